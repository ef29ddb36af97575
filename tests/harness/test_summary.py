"""What a run came to: every probe is counted once, and no absence is green."""

import pytest
from tests.harness.making import outcome
from tests.harness.running import PASSING, events, every_verdict, summary

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports.summary import COLUMNS, Summary

GOOD = outcome()


def test_every_verdict_has_its_column():
    found = summary(*every_verdict())
    assert dict(found.suites) == {
        "iterate": {"probes": len(Verdict), "parity": 1, "known": 1, "skipped": 1, "broken": 1, "diverged": 7}
    }
    assert set(found.suites["iterate"]) == set(COLUMNS)


@pytest.mark.parametrize("verdict", Verdict)
def test_one_outcome_decides_the_exit_code(verdict):
    found = summary(GOOD, outcome(verdict, "iterate/two"))
    expected = 3 if verdict is Verdict.BROKEN else 0 if verdict in PASSING else 1
    assert (found.exit_code, found.verdict) == (
        expected,
        {0: "parity", 1: "divergence", 3: "no_verdict"}[expected],
    )


def test_parity_is_zero():
    found = summary(GOOD)
    assert (found.exit_code, found.verdict, found.unseen, found.problems) == (0, "parity", (), ())


def test_a_problem_of_the_run_is_a_divergence():
    found = summary(GOOD, problems=("a mask never fired",))
    assert (found.exit_code, found.problems) == (1, ("a mask never fired",))


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"unobserved": ("the log was truncated",)}, "the log was truncated"),
        ({"planned": 2}, "2 probes were planned and 1 judged"),
        ({"planned": 0}, "0 probes were planned and 1 judged"),
    ],
)
def test_what_could_not_be_looked_at_leaves_no_verdict(members, reason):
    found = summary(GOOD, **members)
    assert (found.exit_code, found.unseen) == (3, (reason,))


def test_one_probe_judged_twice_does_not_make_up_for_another():
    assert summary(GOOD, GOOD).unseen == ("2 probes were planned and 1 judged",)


def test_no_verdict_beats_a_divergence():
    found = summary(outcome(Verdict.RUST_DRIFT), outcome(Verdict.BROKEN, "iterate/two"), problems=("x",))
    assert (found.exit_code, found.unseen) == (3, ("1 probes could not be observed",))


def test_a_run_of_nothing_is_no_parity():
    assert summary().unseen == ("nothing was compared: there was no probe",)
    assert summary().exit_code == 3


def test_a_run_in_which_everything_was_skipped_is_no_parity():
    found = summary(outcome(Verdict.SKIPPED), outcome(Verdict.SKIPPED, "iterate/two"))
    assert (found.exit_code, found.unseen) == (3, ("nothing was compared: every probe was skipped",))


def test_what_is_skipped_costs_the_verdict_only_where_it_is_required():
    skipped = outcome(Verdict.SKIPPED, "iterate/two", needs=frozenset({"langfuse"}))
    assert summary(GOOD, skipped).exit_code == 0
    assert summary(GOOD, skipped, required=["model"]).exit_code == 0
    found = summary(GOOD, skipped, required=["langfuse"])
    assert (found.exit_code, found.unseen) == (
        3,
        ("1 probes need langfuse, which is required, and were skipped",),
    )


@pytest.mark.parametrize("heard", [0, 1, 2])
def test_a_run_that_did_not_end_has_no_verdict(heard):
    found = Summary()
    for event in events(GOOD)[:heard]:
        found(event)
    assert (found.exit_code, found.verdict) == (3, "no_verdict")


def test_a_run_that_could_not_begin_says_why():
    found = Summary(failure="rust cannot be reached")
    assert (found.exit_code, found.unseen) == (3, ("rust cannot be reached",))


def test_failing_are_the_outcomes_that_do_not_pass():
    assert {each.verdict for each in summary(*every_verdict()).failing} == set(Verdict) - set(PASSING)


def test_suites_are_counted_apart_in_the_order_of_their_names():
    found = summary(outcome(id_="b/1"), outcome(id_="a/1"), outcome(id_="b/2"))
    assert [(suite, counts["probes"]) for suite, counts in found.suites.items()] == [("a", 1), ("b", 2)]
