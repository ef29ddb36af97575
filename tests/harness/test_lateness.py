"""Who was in time once was not late otherwise, but where nothing else than a slow Langfuse explains it."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.harness.making import answer, observed, probe, sides

from lakehouse_parity.confirming import confirm
from lakehouse_parity.events import Judged
from lakehouse_parity.judging import judge
from lakehouse_parity.model import Outage, Request, Verdict

ASKED = Request("GET", "/held-to-no-invariant")
SLOW = probe("spans/slow", ("SP-3",), request=ASKED, model="slow", outage=Outage.SLOW)
AGAIN = 4
PROMPT, LATE, SURELY = {"in_time": True}, {"in_time": False}, {"in_time": False, "surely_late": True}


def judged(rust, go, status=200):
    reference = observed(in_time=True)
    seen = sides(
        replace(observed(**rust), answer=answer(status=status)), observed(**go), reference, reference
    )
    return Judged(judge(SLOW, seen, []), seen)


def outcome_of(*times):
    """What a probe comes to that was asked with these results, the last of them as often as there is time."""
    first, *others = [judged(*each) for each in times]

    async def ask(_ids, number, _order):
        yield others[min(number, len(others) - 1)]

    [found] = asyncio.run(confirm([first], ask, [], AGAIN))
    return found.outcome


def test_who_is_late_each_time_drifts():
    assert outcome_of((PROMPT, LATE), (PROMPT, LATE)).verdict is Verdict.GO_DRIFT


@pytest.mark.parametrize("slip", [0, 1, AGAIN])
def test_who_was_held_up_once_is_at_parity_whenever_that_was(slip):
    times = [(PROMPT, PROMPT)] * (1 + AGAIN)
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
