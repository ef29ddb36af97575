"""A runtime is asked at most so often, whoever asks."""

import asyncio

import pytest
from tests.fakes.driving import drive
from tests.fakes.lies import AnswersUnprocessableWith400
from tests.fakes.lying_daemon import Truth

from lakehouse_parity.cli import main
from lakehouse_parity.wire.pace import Pace


class Clock:
    """A loop's time that only sleeping moves."""

    def __init__(self, monkeypatch):
        self.now, self.slept = 100.0, []
        monkeypatch.setattr(asyncio, "get_running_loop", lambda: self)
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    def time(self):
        return self.now

    async def sleep(self, seconds):
        self.slept.append(round(seconds, 6))


def turns(pace, clock, at):
    """How long each waits that comes at these times."""

    async def wait():
        for moment in at:
            clock.now = moment
            before = len(clock.slept)
            await pace.turn()
            yield clock.slept[-1] if len(clock.slept) > before else 0

    async def gathered():
        return [each async for each in wait()]

    return asyncio.run(gathered())


def test_who_comes_too_early_waits_for_the_next_turn(monkeypatch):
    assert turns(Pace(10), Clock(monkeypatch), [0, 0, 0, 0.25]) == [0, 0.1, 0.2, 0.05]


def test_who_comes_late_waits_for_nobody_and_saves_nothing_up(monkeypatch):
    assert turns(Pace(10), Clock(monkeypatch), [0, 5, 5, 5]) == [0, 0, 0.1, 0.2]


def arrivals():
    class Timed(Truth):
        at = []  # noqa: RUF012  one list for the test

        def request(self, request):
            Timed.at.append(asyncio.get_running_loop().time())
            return super().request(request)

    return Timed


def test_every_request_of_a_run_keeps_the_pace_repeats_and_usage_included(tmp_path):
    timed = arrivals()

    class Lying(timed, AnswersUnprocessableWith400):
        pass

    drive(Lying, Truth, tmp_path / "log", only=["validate/refused", "health/ready"], max_rps=100)
    assert len(timed.at) > 12
    assert timed.at[-1] - timed.at[0] >= (len(timed.at) - 1) / 100 - 0.01


@pytest.mark.parametrize("value", ["0", "-1", "inf", "nan"])
def test_a_pace_that_is_none_is_a_mistake(value, capsys):
    assert main(["run", "--bundled", "--max-rps", value]) == 2
    assert "--max-rps has to be more than 0" in capsys.readouterr().err
