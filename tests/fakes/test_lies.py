"""Only a lie that is caught shows that a check checks: each is told in either seat, and found out.

Every lie has to be seen by the probes that it names, at the place that it names, blamed on the seat
that told it and on no other; every other probe has to stay at parity.
"""

import pytest
from tests.fakes.driving import drive, probes
from tests.fakes.lies import (
    LIES,
    AnswersCreated,
    LeavesRowUnfinished,
    RewritesAnswers,
    TearsRow,
    WritesAnotherSchema,
)
from tests.fakes.lying_daemon import Truth

from lakehouse_parity.model import Verdict

BEST = 5.0
"""Seconds to wait for evidence that comes."""
LOST = 0.3
"""Seconds to wait for evidence that never comes."""


EVERYTHING = {probe.id for probe in probes()}
NEIGHBOURS = ("iterate/accepted", "iterate/failed", "validate/refused", "health/ready", "spans/langfuse-down")
"""What is asked beside the probes that catch a lie in the second seat, where the first asked everything."""


def name(lie):
    return lie.__name__


@pytest.fixture
def log(tmp_path):
    return tmp_path / "sessions.jsonl"


def test_two_runtimes_that_tell_the_truth_are_at_parity_and_nothing_is_wrong(log):
    ran = drive(Truth, Truth, log)
    assert ran.drifted() == {}
    assert (ran.summary.exit_code, ran.summary.problems, ran.summary.unseen) == (0, (), ())
    assert set(ran.outcomes) == {probe.id for probe in probes()}
    assert [outcome.differences for outcome in ran.outcomes.values() if outcome.differences] == []


def test_there_are_lies_over_every_surface():
    assert len(LIES) >= 60
    surfaces = {place.partition(" ")[0] for lie in LIES for place in lie.caught.values()}
    assert surfaces >= {"status", "header", "body", "session_row", "model_request", "span", "usage"}


def test_every_lie_names_probes_that_exist():
    existing = {probe.id for probe in probes()}
    assert {lie.__name__: set(lie.caught) - existing for lie in LIES if set(lie.caught) - existing} == {}


@pytest.mark.parametrize("seat", ["rust", "go"])
@pytest.mark.parametrize("lie", LIES, ids=name)
def test_a_lie_is_caught_where_it_is_told_and_blamed_on_who_told_it(lie, seat, log):
    truths = {"rust": Truth, "go": Truth, seat: lie}
    slow = lie.verdict == "broken"
    ran = drive(
        **truths,
        log=log,
        deadline=LOST if lie.loses or slow else BEST,
        seconds=2.0 if slow else 10.0,
        only=EVERYTHING if seat == "rust" else {*lie.caught, *NEIGHBOURS},
        again=4,
    )
    expected = lie.verdict or f"{seat}_drift"
    assert ran.drifted() == dict.fromkeys(lie.caught, expected)
    for probe, place in lie.caught.items():
        outcome = ran.outcomes[probe]
        if expected == "broken":
            assert outcome.reason.startswith(f"{seat}: ")
            assert outcome.differences == ()
            continue
        assert any(found.startswith(place) for found in ran.places(probe)), ran.places(probe)
        assert {difference.verdict for difference in outcome.differences} == {Verdict(expected)}
        flipping = {runtime for runtime, rate in outcome.stability.flip_rate.items() if rate}
        assert flipping == ({seat} if lie.verdict == "unstable" else set())


@pytest.mark.parametrize(
    ("lie", "verdict", "code"),
    [
        (AnswersCreated, "both_drift", 1),
        (RewritesAnswers, "reference_drift", 0),
        (WritesAnotherSchema, "reference_drift", 0),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_who_is_right_where_both_tell_the_same_lie_is_the_clauses_to_say(lie, verdict, code, log):
    ran = drive(lie, lie, log)
    assert ran.drifted() == dict.fromkeys(lie.caught, verdict)
    assert ran.summary.exit_code == code


def test_two_different_lies_at_one_place_leave_nobody_standing_alone(log):
    class AnswersAccepted(AnswersCreated):
        def handled(self, handled):
            found = super().handled(handled)
            status = 202 if found.answer.status == 201 else found.answer.status
            return found._replace(answer=found.answer._replace(status=status))

    ran = drive(AnswersCreated, AnswersAccepted, log)
    assert ran.drifted() == dict.fromkeys(AnswersCreated.caught, "split")


def test_a_row_that_is_torn_leaves_the_run_without_a_verdict(log):
    ran = drive(TearsRow, Truth, log, deadline=LOST)
    assert ran.summary.exit_code == 3
    assert ran.summary.unseen[0].startswith("an unreadable line in the session log: b'")


def test_a_row_that_is_not_finished_leaves_the_run_without_a_verdict(log):
    ran = drive(Truth, LeavesRowUnfinished, log, only=["iterate/silent"], deadline=LOST)
    assert list(ran.drifted()) == ["iterate/silent"]
    assert ran.summary.exit_code == 3
    # what stands behind it by then, if anything, is a row of the other runtime
    beginnings = ("an unfinished line in the session log: b'", "an unreadable line in the session log: b'")
    assert any(told.startswith(beginnings) for told in ran.summary.unseen)


def test_a_lie_that_is_caught_fails_the_gate(log):
    ran = drive(AnswersCreated, Truth, log)
    assert (ran.summary.exit_code, ran.summary.verdict) == (1, "divergence")
