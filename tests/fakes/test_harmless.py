"""An alarm that is false costs as much trust as one that is missing: other words are no drift."""

import pytest
from tests.fakes.driving import drive
from tests.fakes.harmless import HARMLESS, WritesFloats
from tests.fakes.lying_daemon import Truth


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
