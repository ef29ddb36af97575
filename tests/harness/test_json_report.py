"""`report.json`: the names that programs rely on, and values that are never another value."""

import json

import pytest
from hypothesis import given
from msgspec.structs import replace
from tests.harness.making import difference, drifted, outcome
from tests.harness.running import RUNS, awkward, summary
from tests.harness.trees import trees

from lakehouse_parity.lossless import parse
from lakehouse_parity.model import Stability, Surface, Verdict
from lakehouse_parity.reports import json_report
from lakehouse_parity.reports.summary import Summary


def strict(text):
    """The value of a text that is JSON to everyone."""

    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text.encode(), parse_constant=refuse)


def rendered(*outcomes, **members):
    return strict(json_report.render(summary(*outcomes, **members)))


def test_what_asking_again_showed_has_its_rates_and_places():
    flips = (("rust", "body", "$.a"), ("rust", "status", "$"))
    stability = Stability(11, {"rust": 0.4545, "go": 0.0}, flips)
    [found, other] = rendered(
        replace(outcome(Verdict.UNSTABLE, differences=[difference()]), stability=stability), drifted("a/b")
    )["outcomes"]
    assert (found["asked"], found["flip_rate"]) == (11, {"rust": 0.4545, "go": 0.0})
    assert found["flips"] == [
        {"runtime": "rust", "surface": "body", "path": "$.a"},
        {"runtime": "rust", "surface": "status", "path": "$"},
    ]
    assert "flip_rate" not in other


@pytest.mark.parametrize("outcomes", RUNS)
def test_it_has_the_names_that_programs_rely_on_with_their_types(outcomes):
    report = rendered(*outcomes)
    assert report["schema"] == "lakehouse-parity/report/v1"
    assert report["verdict"] in ("parity", "divergence", "no_verdict")
    assert report["exit_code"] in (0, 1, 3)
    assert report["started_at"] == "2026-01-02T03:04:05+00:00"
    assert report["duration_ms"] == 1234
    for counts in report["suites"].values():
        assert list(counts) == ["probes", "parity", "diverged", "known", "skipped", "broken"]
        assert all(type(count) is int for count in counts.values())
        assert counts["probes"] == sum(counts.values()) - counts["probes"]
    assert len(report["outcomes"]) == len(outcomes)
    for found in report["outcomes"]:
        assert {"probe", "suite", "clauses", "verdict", "reason", "differences"} <= set(found)
        assert found["verdict"] in [verdict.value for verdict in Verdict]
        for each in found["differences"]:
            assert each["surface"] in [surface.value for surface in Surface]
            assert each["path"].startswith("$")


def test_runtimes_are_told_with_their_url_daemon_version_and_whether_they_are_bundled():
    runtimes = rendered()["runtimes"]
    assert runtimes["rust"] == {
        "url": "http://127.0.0.1:3100",
        "daemon": "gateway",
        "dialect": "serde_json",
        "version": "1.2.3",
        "bundled": False,
    }
    assert runtimes["go"]["bundled"] == "daemon"


def test_an_outcome_is_told_with_its_clauses_and_its_place():
    [found] = rendered(outcome(Verdict.PARITY, "iterate/retry", "all agree", clauses=("IT-4", "IT-9")))[
        "outcomes"
    ]
    assert found == {
        "probe": "iterate/retry",
        "suite": "iterate",
        "clauses": ["IT-4", "IT-9"],
        "file": "probes/iterate/one.yaml:3",
        "verdict": "parity",
        "reason": "all agree",
        "differences": [],
    }


def test_a_difference_has_each_value_that_is_there_and_leaves_out_what_is_absent():
    [found] = rendered(drifted("iterate/one", difference("$.a", rust=None, reference=b"1.0")))["outcomes"]
    assert found["differences"] == [
        {
            "surface": "body",
            "path": "$.a",
            "rust": None,
            "reference": 1.0,
            "verdict": "rust_drift",
            "clause": "IT-15",
            "lexemes": {"rust": "null", "reference": "1.0"},
        }
    ]


def test_a_value_that_ordinary_json_cannot_hold_is_there_as_its_text_and_never_another_value():
    [found] = rendered(awkward())["outcomes"]
    numbers, others, masked = found["differences"]
    assert (numbers["rust"], numbers["reference"]) == ("1e400", 9007199254740993)
    assert str(numbers["go"]) == "-0.0"
    assert numbers["lexemes"] == {"rust": "1e400", "go": "-0", "reference": "9007199254740993"}
    assert others["rust"] == "[" * 5000 + "null" + "]" * 5000
    assert (others["go"], others["reference_go"]) == ("\ud800", 1.5)
    assert (masked["reference"], "rust" in masked) == ("(count, masked)", False)


@pytest.mark.parametrize("depth", [100, 199, 201, 900, 990, 1100])
def test_a_value_of_any_depth_can_be_told(depth):
    value = b"1"
    for _ in range(depth):
        value = [value]
    assert rendered(drifted("iterate/one", difference(rust=value)))["outcomes"]


@given(trees)
def test_any_value_can_be_told_and_its_lexemes_are_whole(tree):
    [found] = rendered(drifted("iterate/one", difference(rust=tree)))["outcomes"]
    assert parse(found["differences"][0]["lexemes"]["rust"].encode()) == tree


def test_differences_of_form_are_listed():
    assert "forms" not in rendered(outcome())["outcomes"][0]
    found = summary(outcome())
    found.outcomes[0] = replace(found.outcomes[0], forms=("body $.a",))
    assert strict(json_report.render(found))["outcomes"][0]["forms"] == ["body $.a"]


def test_a_run_that_could_not_begin_has_a_report_too():
    report = strict(json_report.render(Summary(failure="no daemon")))
    assert (report["verdict"], report["unseen"], report["runtimes"]) == ("no_verdict", ["no daemon"], {})
