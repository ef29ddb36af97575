"""An alarm that is false costs as much trust as one that is missing: other words are no drift."""

import asyncio
from unittest import mock

import pytest
from tests.fakes.driving import drive
from tests.fakes.harmless import HARMLESS, WritesFloats
from tests.fakes.lying_daemon import Truth

from lakehouse_parity import engine
from lakehouse_parity.events import Judged


@pytest.fixture
def log(tmp_path):
    return tmp_path / "sessions.jsonl"


@pytest.mark.parametrize("words", HARMLESS, ids=lambda words: words.__name__)
def test_the_truth_in_other_words_is_parity(words, log):
    ran = drive(words, Truth, log)
    assert ran.drifted() == {}
    assert (ran.summary.exit_code, ran.summary.problems, ran.summary.unseen) == (0, (), ())


def test_all_other_words_at_once_are_parity_between_themselves(log):
    ran = drive(HARMLESS[0], HARMLESS[1], log)
    assert ran.drifted() == {}


def test_a_difference_of_form_is_told_and_not_judged(log):
    ran = drive(Truth, WritesFloats, log, only=["iterate/accepted"])
    [outcome] = ran.outcomes.values()
    assert {"body $.iterations", "body $.history[0].iteration", "usage $.requests"} <= set(outcome.forms)
    assert outcome.differences == ()


class HandsOverInTurn(Truth):
    """Spans leave one call after the other, and the last ones long after the last answer."""

    def __init__(self, seat):
        super().__init__(seat)
        self._turn = asyncio.Lock()

    async def before_emitting(self):
        async with self._turn:
            await asyncio.sleep(0.04)


def test_spans_that_come_one_after_the_other_are_not_late_as_long_as_they_come(log):
    ran = drive(Truth, HandsOverInTurn, log, deadline=0.5)
    assert sum(len(event.seen["go"].spans or ()) for event in ran.events if isinstance(event, Judged)) > 13
    assert ran.drifted() == {}


def test_evidence_is_awaited_in_portions_so_that_daemons_need_not_pile_it_up(log):
    with mock.patch.object(engine, "PORTION", 3):
        ran = drive(Truth, Truth, log)
    assert (ran.drifted(), ran.summary.exit_code) == ({}, 0)
    assert len(ran.outcomes) > 3
