"""Calls that meet at the scripted model: nobody is answered before the last has come, or it is too late."""

import asyncio

import pytest
from tests.harness.sockets import run

from lakehouse_parity.doubles import meetings
from lakehouse_parity.doubles.meetings import Meetings


def met(*comers, size=2):
    """What each of the comers, runtime and name, was told: None where it did not wait."""

    async def meet():
        gathered = Meetings()
        gathered.call("m", size)
        told = [gathered.come(*comer, who) for who, comer in enumerate(comers)]
        return [None if over is None else await over for over in told]

    return run(meet())


def test_those_who_meet_are_told_so():
    assert met(("rust", "m"), ("rust", "m")) == [True, True]


@pytest.mark.parametrize("others", [[("go", "m")], [("rust", "n")], []])
def test_the_calls_of_another_runtime_or_meeting_do_not_count(others, monkeypatch):
    monkeypatch.setattr(meetings, "DEADLINE", 0.01)
    assert met(("rust", "m"), *others)[0] is False


def test_who_comes_too_late_is_told_that_all_have_missed_each_other(monkeypatch):
    monkeypatch.setattr(meetings, "DEADLINE", 0.01)

    async def meet():
        gathered = Meetings()
        gathered.call("m", 2)
        first = await gathered.come("rust", "m", 0)
        return [first, await gathered.come("rust", "m", 1)]

    assert run(meet()) == [False, False]


def test_one_who_comes_twice_meets_nobody(monkeypatch):
    monkeypatch.setattr(meetings, "DEADLINE", 0.01)

    async def meet():
        gathered = Meetings()
        gathered.call("m", 2)
        gathered.come("rust", "m", 0)
        return await gathered.come("rust", "m", 0)

    assert run(meet()) is False


@pytest.mark.parametrize("size", [0, 1])
def test_who_is_alone_does_not_wait(size):
    assert met(("rust", "m"), size=size) == [None]


def test_a_meeting_that_is_called_again_begins_anew():
    async def meet():
        gathered = Meetings()
        gathered.call("m", 2)
        before = [gathered.come("rust", "m", who) for who in range(2)]
        gathered.call("m", 2)
        again = gathered.come("rust", "m", 0)
        await asyncio.sleep(0)
        return [over.done() for over in (*before, again)]

    assert run(meet()) == [True, True, False]
