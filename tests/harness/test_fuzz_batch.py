import sys

import pytest

from lakehouse_parity.errors import Unobservable
from lakehouse_parity.fuzz.batch import Pipes


def pipes(lie, seconds=20.0):
    return Pipes((sys.executable, "-m", "tests.fakes.adapter", lie), seconds)


def asked(adapter, raws):
    try:
        return adapter.ask(raws)
    finally:
        adapter.close()


def test_answers_come_in_order_without_their_ids():
    assert asked(pipes("honest"), ["x", '{"a":1}']) == [
        b'"found":false,"value":null}',
        b'"found":true,"value":{"a":1}}',
    ]


def test_a_batch_larger_than_both_pipes_does_not_stop_either_side():
    raw = '{"a":"' + "x" * 500 + '"}'
    answers = asked(pipes("honest"), [raw] * 3000)
    assert answers == [b'"found":true,"value":' + raw.encode() + b"}"] * 3000


def test_the_text_that_ends_an_adapter_is_found_among_the_others():
    answers = asked(pipes("ends"), ["{}", "{}", "poison", "{}"])
    assert [b'"found":true' in answer for answer in answers] == [True, True, False, True]
    assert answers[2] == b'"broken":"ended"}'


def test_the_text_that_silences_an_adapter_is_found_too():
    answers = asked(pipes("sleeps", 1.0), ["poison", "{}"])
    assert answers[0].startswith(b'"broken":"silent')
    assert answers[1].startswith(b'"found":true')


def test_an_adapter_that_is_not_there_is_not_observable():
    with pytest.raises(Unobservable, match="cannot be run"):
        asked(Pipes(("/nowhere/adapter",)), ["{}"])
