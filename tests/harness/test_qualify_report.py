import io
import json

import pytest
from rich.console import Console
from tests.harness.qualifying import drift, finding, sighting

from lakehouse_parity.qualify import report
from lakehouse_parity.qualify.result import Result

GOOD = finding(sighting(), sighting("iterate/two"), planted=drift("good"), seconds=1.25)
MISSED = finding(planted=drift("missed", "VA-1", spots=("status $",)))
BROKEN = finding(planted=drift("hangs"), broken=("iterate/one", "iterate/two"), unobserved=("a torn line",))
UNSTABLE = finding(sighting(verdict="unstable"), planted=drift("unsteady"))
MISBLAMED = finding(sighting(), sighting("iterate/two", "split"), planted=drift("misblamed"))
MISLAID = finding(
    sighting(verdict="go_drift", own=True, places=("body $.b", "usage $"), located=False),
    planted=drift("mislaid", runtime="go"),
)
FAILED = finding(planted=drift("failed"), failure="rust did not listen")
EQUIVALENT = finding(planted=drift("same", equivalent="Nobody can tell."))
DISPROVED = finding(sighting(), planted=drift("claimed", equivalent="Nobody can tell."))


def said(*findings):
    return list(report.lines(Result(findings)))


def drawn(*findings):
    screen = Console(width=160, record=True, file=io.StringIO())
    screen.print(report.matrix(Result(findings)))
    return [line.split() for line in screen.export_text().splitlines()]


def test_the_matrix_has_a_row_for_each_drift():
    assert drawn(GOOD, MISSED, BROKEN, MISLAID, EQUIVALENT)[1:] == [
        ["rust", "good", "IT-15", "caught", "yes", "yes", "1.2", "iterate/one", "and", "1", "more"],
        ["rust", "missed", "VA-1", "missed", "·", "·", "0.0"],
        ["rust", "hangs", "IT-15", "broken", "·", "·", "0.0"],
        ["go", "mislaid", "IT-15", "caught", "yes", "no", "0.0", "iterate/one"],
        ["rust", "same", "IT-15", "equivalent", "·", "·", "0.0"],
    ]


def test_of_a_drift_that_is_as_it_should_be_nothing_is_said_but_the_figures():
    assert said(GOOD) == ["rust: 1 drifts: caught 1 (100.0 %), blamed 1 (100.0 %), located 1 (100.0 %)"]


def test_a_survivor_is_named_with_the_clause_that_has_no_eyes():
    first, clause, asked, figures = said(MISSED)
    assert first == "rust missed: missed: VA-1 has no eyes for it: What missed does."
    assert clause.startswith("  VA-1: ")
    assert asked == "  asked: 10 probes; it should show at status $"
    assert "caught 0 (0.0 %)" in figures


def test_what_broke_is_told_with_its_probes_and_what_could_not_be_looked_at():
    lines = said(BROKEN)
    assert lines[0].startswith("rust hangs: broken: ")
    assert "  not observed: iterate/one, iterate/two" in lines
    assert "  a torn line" in lines


def test_what_does_not_hold_is_told_with_its_probe():
    lines = said(UNSTABLE)
    assert lines[0].startswith("rust unsteady: unstable: ")
    assert "  iterate/one: unstable" in lines


def test_who_is_blamed_beside_the_runtime_is_told():
    assert said(MISBLAMED)[0] == "rust misblamed: not rust alone is blamed: iterate/two split"


def test_where_it_was_seen_and_where_it_should_have_been_is_told():
    assert said(MISLAID)[:2] == [
        "go mislaid: not located: seen at body $.b, usage $",
        "  and not at body $.a",
    ]


def test_a_drift_that_could_not_be_examined_is_told():
    assert said(FAILED)[0] == "rust failed: could not be examined: rust did not listen"


def test_equivalent_drifts_are_listed_with_their_proof_and_told_where_they_are_seen():
    assert said(GOOD, EQUIVALENT)[0] == "rust same: equivalent: Nobody can tell."
    assert said(GOOD, EQUIVALENT)[-1] == "1 equivalent by the contract and not counted"
    assert said(DISPROVED)[1] == "  and yet it was seen by iterate/one"


def test_the_json_has_the_members_that_programs_read():
    result = Result((GOOD, MISSED, BROKEN, EQUIVALENT), 2.5)
    document = json.loads(report.as_json(result))
    assert document["schema"] == "lakehouse-parity/qualify/v1"
    assert document["unmutated"] == "parity"
    first, second, third = document["drifts"]
    assert {key: first[key] for key in ("name", "runtime", "clause", "caught", "blamed", "located")} == {
        "name": "good", "runtime": "rust", "clause": "IT-15", "caught": True, "blamed": True, "located": True,
    }  # fmt: skip
    assert (first["probes"], first["seconds"]) == (["iterate/one", "iterate/two"], 1.25)
    assert first["verdicts"] == {"iterate/one": "rust_drift", "iterate/two": "rust_drift"}
    assert (second["caught"], second["seen"], second["expected_at"]) == (False, "missed", ["status $"])
    assert (third["broken"], third["unobserved"]) == (["iterate/one", "iterate/two"], ["a torn line"])
    assert [entry["proof"] for entry in document["equivalent"]] == ["Nobody can tell."]


@pytest.mark.parametrize("equivalent", ["", "Why."])
def test_the_list_has_one_line_a_drift(equivalent):
    [line] = report.listing([drift("one", equivalent=equivalent)])
    assert line == f"rust one (IT-15){' (equivalent)' if equivalent else ''}: What one does."
