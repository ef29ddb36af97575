"""`junit.xml`: well-formed, of the schema that CI systems read, and every probe a case."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from lxml import etree
from tests.harness.making import drifted, outcome
from tests.harness.running import FACTS, PASSING, RUNS, every_verdict, summary
from tests.harness.trees import texts

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports import junit
from lakehouse_parity.reports.summary import Summary
from lakehouse_parity.reports.wording import describe

JENKINS = etree.XMLSchema(etree.parse(Path(__file__).parent / "schemas" / "junit-10.xsd"))
"""The schema by which Jenkins reads these files, with its licence in it."""


def count(text):
    assert re.fullmatch("[0-9]+", text)


def seconds(text):
    assert re.fullmatch(r"[0-9]+\.[0-9]+", text)


def moment(text):
    """Without a time zone."""
    assert re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}", text)


def token(text):
    assert text
    assert text == " ".join(text.split())


DETAIL = ({"type": str}, {"message": str}, [])
STRICT = {
    "testsuites": ({}, {}, ["testsuite"]),
    "testsuite": (
        dict.fromkeys(("name", "package", "hostname"), token)
        | dict.fromkeys(("id", "tests", "failures", "errors"), count)
        | {"timestamp": moment, "time": seconds},
        {"skipped": count},
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "properties": ({}, {}, ["property"]),
    "property": ({"name": token, "value": str}, {}, []),
    "testcase": ({"name": token, "classname": token, "time": seconds}, {}, ["skipped", "error", "failure"]),
    "failure": DETAIL,
    "error": DETAIL,
    "skipped": ({}, {"message": str, "type": str}, []),
    "system-out": ({}, {}, []),
    "system-err": ({}, {}, []),
}
"""What the schema for Ant's JUnit task asks for, the strictest in use: attributes that have to be there,
attributes that may be, children in their order, of which a suite needs all but cases."""


def check_junit(element):
    needed, allowed, children = STRICT[element.tag]
    assert set(needed) <= set(element.attrib) <= set(needed) | set(allowed)
    for name, value in element.attrib.items():
        ({**needed, **allowed})[name](value)
    positions = [children.index(child.tag) for child in element]
    assert positions == sorted(positions)
    if element.tag == "testsuite":
        assert {0, 2, 3} <= set(positions)
    for child in element:
        check_junit(child)


def rendered(*outcomes, **members):
    text = junit.render(summary(*outcomes, **members))
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n')
    JENKINS.assertValid(etree.fromstring(text.encode()))
    return ElementTree.fromstring(text.encode())


@pytest.mark.parametrize("outcomes", RUNS)
def test_it_is_well_formed_and_keeps_to_the_schema(outcomes):
    root = rendered(*outcomes, problems=("stale",), unobserved=("lost",))
    assert root.tag == "testsuites"
    check_junit(root)


def test_every_probe_is_a_case_of_its_suite():
    root = rendered(outcome(id_="a/1"), outcome(id_="b/1"), outcome(id_="a/2"))
    assert {suite.get("name"): [case.get("name") for case in suite.iter("testcase")] for suite in root} == {
        "a": ["a/1", "a/2"],
        "b": ["b/1"],
        "run": ["run/complete"],
    }
    assert root.find("testsuite/testcase").get("classname") == "parity.a"


@pytest.mark.parametrize("verdict", Verdict)
def test_a_case_fails_errs_or_is_skipped_as_its_verdict_says(verdict):
    [case] = rendered(outcome(verdict, reason="so it is"))[0].iter("testcase")
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
    [failure] = rendered(found)[0].iter("failure")
    assert failure.text == "\n".join(describe(found, FACTS))
    assert failure.get("type") == "rust_drift"


def test_a_run_without_trouble_is_a_case_that_passed():
    assert list(rendered(outcome())[-1].find("testcase")) == []


def test_a_run_with_trouble_is_a_case_that_erred_with_every_trouble_in_it():
    [error] = rendered(outcome(), problems=("stale",), unobserved=("lost",))[-1].iter("error")
    assert (error.get("message"), error.text) == ("lost", "lost\nstale")


def test_a_suite_says_who_answered_and_when_and_the_run_how_long_it_took():
    suite, run = rendered(outcome())
    assert suite.get("timestamp") == "2026-01-02T03:04:05"
    assert [each.get("name") for each in suite.iter("property")] == ["rust", "go"]
    assert (run.get("time"), run.find("testcase").get("time")) == ("1.234", "1.234")


def test_a_run_that_never_began_is_valid_too():
    found = Summary()
    found.failure = "no daemon"
    text = junit.render(found)
    JENKINS.assertValid(etree.fromstring(text.encode()))
    check_junit(ElementTree.fromstring(text.encode()))


@given(texts)
def test_any_reason_gives_well_formed_xml(reason):
    check_junit(rendered(outcome(Verdict.RUST_DRIFT, reason=reason + "\x00\ud800\ufffe")))
