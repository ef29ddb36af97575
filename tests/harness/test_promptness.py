"""Whether answers wait for a Langfuse that fails: the fastest of several tells, or one that is too long."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from tests.harness.making import observed, probe

from lakehouse_parity.model import Outage
from lakehouse_parity.promptness import Promptness

SLOW = [probe(f"spans/{name}", model=name, outage=Outage.SLOW) for name in "abc"]
FAIL = probe("spans/f", model="f", outage=Outage.FAIL)


def observations(seconds, *, ping=0.0, probes=SLOW, promptness=None):
    """Each probe's observation, of one runtime that answers so long after the model."""

    async def ask():
        waits = {each.model: waited for each, waited in zip(probes, seconds, strict=True)}
        answered = lambda _runtime, model: time.time() - waits[model]  # noqa: E731  a stand-in
        doubles = SimpleNamespace(model=SimpleNamespace(answered=answered))
        target = SimpleNamespace(
            runtime=SimpleNamespace(name="rust"),
            observe=lambda _probe: asyncio.sleep(0, observed()),
            ping=lambda: asyncio.sleep(0, ping),
        )
        one_round, told = promptness or Promptness(), {}
        one_round.begin()
        for each in probes:
            told[each.id] = await one_round.timed(target, each, doubles)
        seen = {each.id: {"rust": told[each.id], "go": observed()} for each in probes}
        return [one_round.told(each, seen[each.id])["rust"] for each in probes]

    return asyncio.run(ask())


def asked(seconds, **members):
    """Whether each of the probes was in time."""
    return [each.in_time for each in observations(seconds, **members)]


@pytest.mark.parametrize(
    ("seconds", "in_time"),
    [
        ((0.0, 0.0, 0.0), [True, True, True]),
        ((1.9, 0.0, 1.9), [True, True, True]),
        ((0.3, 0.3, 0.3), [False, False, False]),
        ((0.0, 0.0, 2.6), [True, True, False]),
    ],
)
def test_the_fastest_of_those_that_meet_the_same_failure_tells_unless_one_takes_too_long(seconds, in_time):
    assert asked(seconds) == in_time


def test_only_one_that_takes_too_long_is_surely_late():
    assert [each.surely_late for each in observations((0.3, 2.4, 2.6))] == [False, False, True]


def test_on_a_busy_machine_all_may_take_longer():
    assert asked((0.3, 0.3, 0.3), ping=0.03) == [True, True, True]


def test_one_slow_ping_of_a_later_round_does_not_make_the_machine_a_busy_one():
    promptness = Promptness()
    asked((1.0, 1.0, 1.0), promptness=promptness)
    assert asked((1.0,), ping=0.5, probes=SLOW[:1], promptness=promptness) == [False]


def test_one_way_of_failing_tells_nothing_of_another():
    assert asked((0.3, 0.0), probes=[SLOW[0], FAIL]) == [False, True]


def test_who_was_not_asked_was_neither_in_time_nor_late():
    seen = {"rust": observed(), "go": observed()}
    assert Promptness().told(FAIL, seen)["go"].in_time is None
