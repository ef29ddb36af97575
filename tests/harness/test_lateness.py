"""What clocks tell counts where it is there again, and lateness where it is there each time."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.harness.making import answer, call, observed, probe, sides, span

from lakehouse_parity.confirming import AGAIN, confirm
from lakehouse_parity.events import Judged
from lakehouse_parity.judging import judge
from lakehouse_parity.lateness import OFTEN
from lakehouse_parity.model import Outage, Request, Verdict

ASKED = Request("GET", "/held-to-no-invariant")
SLOW = probe("spans/slow", ("SP-3",), request=ASKED, model="slow", outage=Outage.SLOW)
FEW = 4
PROMPT, LATE, SURELY = {"in_time": True}, {"in_time": False}, {"in_time": False, "surely_late": True}


def judged(rust, go, status=200):
    reference = observed(in_time=True)
    seen = sides(
        replace(observed(**rust), answer=answer(status=status)), observed(**go), reference, reference
    )
    return Judged(judge(SLOW, seen, []), seen)


def outcome_of(*times):
    """What a probe comes to that was asked with these results, the last of them as often as there is time."""
    return settled([judged(*each) for each in times], FEW)


def settled(times, again):
    first, *others = times

    async def ask(_ids, number, _order):
        yield others[min(number, len(others) - 1)]

    [found] = asyncio.run(confirm([first], ask, [], again))
    return found.outcome


def test_who_is_late_each_time_drifts():
    assert outcome_of((PROMPT, LATE), (PROMPT, LATE)).verdict is Verdict.GO_DRIFT


@pytest.mark.parametrize("slip", [0, 1, FEW])
def test_who_was_held_up_once_is_at_parity_whenever_that_was(slip):
    times = [(PROMPT, PROMPT)] * (1 + FEW)
    times[slip] = (LATE, PROMPT)
    found = outcome_of(*times)
    assert (found.verdict, found.differences) == (Verdict.PARITY, ())


def test_that_the_other_was_held_up_once_takes_nothing_from_a_drift():
    found = outcome_of((PROMPT, SURELY), (LATE, SURELY), (PROMPT, SURELY))
    assert found.verdict is Verdict.GO_DRIFT
    assert found.stability.flip_rate == {"rust": 0, "go": 0}


def test_what_nothing_else_explains_is_not_excused_by_a_prompt_answer():
    found = outcome_of((PROMPT, SURELY), (PROMPT, PROMPT))
    assert found.verdict is Verdict.UNSTABLE
    assert found.reason.startswith("go does not hold to its own answer")


def test_beside_another_difference_no_clock_is_part_of_the_story():
    assert outcome_of((LATE, PROMPT, 500), (PROMPT, PROMPT, 500)).verdict is Verdict.RUST_DRIFT


SPANS = probe("spans/one", ("SP-1",), request=ASKED, model="one")
WHOLE = {
    "traceId": "t",
    "name": "iterate.attempt",
    "input": {"prompt": "p"},
    "metadata": {"iteration": 0, "model": "m", "provider": "p", "verdict": "accepted"},
}


def timed(asked=1.0, status=200):
    """One attempt, from 0 to 3 s after the epoch, and when Go asked the model; Go's status besides."""
    attempt = span(**WHOLE, startTime=_at(0), endTime=_at(3))
    rust, go = (
        replace(observed(spans=(attempt,)), model_requests=(call(received=begun, answered=begun + 1),))
        for begun in (1.0, asked)
    )
    seen = sides(rust, replace(go, answer=answer(status=status)), rust)
    return Judged(judge(SPANS, seen, []), seen)


def _at(seconds):
    return f"1970-01-01T00:00:0{seconds}Z"


HONEST, SLIPPED, FAILED = timed(), timed(4.0), timed(status=500)


def test_a_clock_that_slipped_once_and_never_in_ten_times_since_is_the_machines():
    assert SLIPPED.outcome.verdict is Verdict.GO_DRIFT
    found = settled([SLIPPED, HONEST], AGAIN)
    assert (found.verdict, found.differences) == (Verdict.PARITY, ())


def test_one_that_slipped_twice_is_unstable():
    assert settled([SLIPPED, *[HONEST] * (OFTEN - 1), SLIPPED], OFTEN).verdict is Verdict.UNSTABLE


def test_nor_is_it_excused_where_it_was_asked_less_often():
    assert settled([SLIPPED, HONEST], OFTEN - 1).verdict is Verdict.UNSTABLE


def test_nor_where_something_else_was_wrong_then_or_since():
    for once in (timed(4.0, 500), FAILED):
        assert settled([once, HONEST], OFTEN).verdict is Verdict.UNSTABLE
    assert settled([SLIPPED, *[HONEST] * (OFTEN - 1), FAILED], OFTEN).verdict is Verdict.UNSTABLE


def test_nor_where_it_slips_each_time():
    assert settled([SLIPPED, SLIPPED], OFTEN).verdict is Verdict.GO_DRIFT


def test_nor_where_an_answer_was_surely_late():
    assert settled([judged(PROMPT, SURELY), judged(PROMPT, PROMPT)], OFTEN).verdict is Verdict.UNSTABLE
