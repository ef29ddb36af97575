"""`junit.xml`: well-formed, of the schema that CI systems read, and every probe a case."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from tests.harness.making import drifted, outcome
from tests.harness.running import PASSING, RUNS, every_verdict, summary
from tests.harness.trees import texts

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports import junit
from lakehouse_parity.reports.wording import describe

DETAIL = ({}, {"message": str, "type": str}, [])
JUNIT = {
    "testsuites": (
        {},
        {"name": str, "tests": int, "failures": int, "errors": int, "disabled": int, "time": float},
        ["testsuite"],
    ),
    "testsuite": (
        {"name": str, "tests": int},
        dict.fromkeys(("failures", "errors", "skipped", "disabled"), int)
        | dict.fromkeys(("timestamp", "hostname", "id", "package"), str)
        | {"time": float},
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "testcase": (
        {"name": str},
        {"classname": str, "time": float, "status": str, "assertions": int, "file": str},
        ["skipped", "error", "failure", "system-out", "system-err"],
    ),
    "failure": DETAIL,
    "error": DETAIL,
    "skipped": DETAIL,
}
"""The schema that CI systems publish for JUnit files, as far as elements go that are written here:
attributes that have to be there, attributes that may be, children in their order."""


def check_junit(element):
    needed, allowed, children = JUNIT[element.tag]
    assert set(needed) <= set(element.attrib)
    for name, value in element.attrib.items():
        ({**needed, **allowed})[name](value)
    positions = [children.index(child.tag) for child in element]
    assert positions == sorted(positions)
    for child in element:
        check_junit(child)


def rendered(*outcomes, **members):
    text = junit.render(summary(*outcomes, **members))
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    return ElementTree.fromstring(text.encode())


@pytest.mark.parametrize("outcomes", RUNS)
def test_it_is_well_formed_and_keeps_to_the_schema(outcomes):
    root = rendered(*outcomes, problems=("stale",), unobserved=("lost",))
    assert root.tag == "testsuites"
    check_junit(root)


def test_every_probe_is_a_case_of_its_suite():
    root = rendered(outcome(id_="a/1"), outcome(id_="b/1"), outcome(id_="a/2"))
    assert {suite.get("name"): [case.get("name") for case in suite] for suite in root} == {
        "a": ["a/1", "a/2"],
        "b": ["b/1"],
        "run": ["run/complete"],
    }
    assert root[0][0].get("classname") == "parity.a"


@pytest.mark.parametrize("verdict", Verdict)
def test_a_case_fails_errs_or_is_skipped_as_its_verdict_says(verdict):
    [case] = rendered(outcome(verdict, reason="so it is"))[0]
    expected = {Verdict.SKIPPED: ["skipped"], Verdict.BROKEN: ["error"]}
    assert [child.tag for child in case] == expected.get(verdict, [] if verdict in PASSING else ["failure"])
    assert [child.get("message") for child in case] == ["so it is"] * len(case)


def test_the_counts_of_a_suite_are_those_of_its_cases():
    suite, run = rendered(*every_verdict())
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": str(len(Verdict)),
        "failures": "6",
        "errors": "1",
        "skipped": "1",
    }
    assert run.get("errors") == "1"


def test_a_failure_tells_all_that_the_console_tells():
    found = drifted()
    [failure] = rendered(found)[0][0]
    assert failure.text == "\n".join(describe(found))
    assert failure.get("type") == "rust_drift"


def test_a_run_without_trouble_is_a_case_that_passed():
    assert [child.tag for child in rendered(outcome())[-1][0]] == []


def test_a_run_with_trouble_is_a_case_that_erred_with_every_trouble_in_it():
    [error] = rendered(outcome(), problems=("stale",), unobserved=("lost",))[-1][0]
    assert (error.get("message"), error.text) == ("lost", "lost\nstale")


@given(texts)
def test_any_reason_gives_well_formed_xml(reason):
    check_junit(rendered(outcome(Verdict.RUST_DRIFT, reason=reason + "\x00\ud800\ufffe")))
