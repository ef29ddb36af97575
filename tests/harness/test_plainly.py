"""A line that is written or read by types alone is the one of the long way, and tells what it tells."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.making import observed, outcome
from tests.harness.test_recording import builds, data, judged, latin, places, requests, texts, written

from lakehouse_parity import plainly, recorded, recording
from lakehouse_parity.events import Judged
from lakehouse_parity.judging import SIDES
from lakehouse_parity.model import Answer, Observation, Outcome, Probe, Request, Verdict

answers = builds(
    Answer, st.integers(100, 999), st.lists(st.tuples(latin, latin), max_size=3).map(tuple), data
)
names = st.lists(texts, max_size=2).map(tuple)
probes = builds(Probe, texts, texts, names, requests, places, texts, trace=st.none() | texts)
outcomes = builds(Outcome, probes, st.sampled_from(Verdict), texts)
sides = st.fixed_dictionaries({}, optional=dict.fromkeys(SIDES, builds(Observation, answers)))
plain = builds(Judged, outcomes, sides)


def line(event):
    return written([event]).split("\n", 1)[1].encode()


def the_long_way(data):
    return recorded._decoded(json.loads(data))


@given(plain | judged)
def test_whatever_the_line_both_ways_agree(event):
    found = plainly.event(line(event))
    assert found in (None, the_long_way(line(event)))


@given(plain | judged)
def test_a_line_is_the_same_to_the_letter_both_ways(event):
    assert plainly.line(event) in (None, recording._judged(event))


def test_most_lines_are_plain():
    event = Judged(outcome(trace="t"), dict.fromkeys(SIDES, observed('{"a":1}')))
    assert plainly.event(line(event)) == event
    assert plainly.line(event) == recording._judged(event)


def test_a_key_in_a_header_is_left_out_of_a_plain_line_too():
    headers = (("set-cookie", "s3cret"), ("x", "y"))
    request = Request("POST", "/v1/validate", ((b"Authorization", b"Bearer s3cret"),), b"{}")
    event = Judged(outcome(request=request), {"rust": Observation(Answer(200, headers, b"{}"))})
    text = plainly.line(event)
    assert text == recording._judged(event)
    assert "s3cret" not in text


@pytest.mark.parametrize(
    "event",
    [
        Judged(outcome(model="m"), {"rust": observed()}),
        Judged(outcome(), {"rust": observed(rows=())}),
        Judged(outcome(), {"rust": observed(b"\xff")}),
        Judged(outcome(), {"rust": Observation(failure="lost")}),
    ],
)
def test_what_is_not_plain_is_left_to_the_long_way(event):
    assert plainly.line(event) is None
    assert plainly.event(line(event)) is None
    assert the_long_way(line(event)) == event


@pytest.mark.parametrize(
    "odd", [b"", b"{", b'{"finished":{}}', b"[]", b"\xff", b'{"probe":1,"seen":{},"judged":{}}']
)
def test_what_is_no_such_line_is_left_to_who_says_why(odd):
    assert plainly.event(odd) is None
