"""What must hold between the spans of one probe, its row and its model calls."""

import json
from datetime import UTC, datetime

import pytest
from tests.harness.making import call, row, span

from lakehouse_parity.evidence import CLOCK_STEP, span_documents
from lakehouse_parity.model import Observation

BASE = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
ALL_HOLD = {
    "start is not after end": True,
    "encloses its model call": True,
    "ends before the next starts": True,
    "sent in order": True,
}


def at(seconds):
    return datetime.fromtimestamp(BASE + seconds, UTC).isoformat().replace("+00:00", "Z")


def attempt(iteration, start, end, **members):
    return span(metadata={"iteration": iteration}, startTime=at(start), endTime=at(end), **members)


def holds(*spans, **members):
    return [document["holds"] for document in span_documents(Observation(spans=spans, **members))]


def test_a_proper_story_holds_throughout():
    calls = (call(received=BASE + 1.1, answered=BASE + 1.9), call(received=BASE + 2.1, answered=BASE + 2.9))
    assert holds(attempt(0, 1, 2), attempt(1, 2, 3), model_requests=calls) == [ALL_HOLD, ALL_HOLD]


def test_spans_stand_in_the_order_of_their_iterations_however_they_came():
    documents = span_documents(Observation(spans=(attempt(10, 5, 6), attempt(9, 3, 4), attempt(0, 1, 2))))
    assert [document["metadata"]["iteration"] for document in documents] == [b"0", b"9", b"10"]


def test_spans_without_an_iteration_come_last_in_the_order_in_which_they_came():
    spans = (span(metadata={}, name="x"), span(metadata=None, name="y"), attempt(0, 1, 2, name="z"))
    assert [document["name"] for document in span_documents(Observation(spans=spans))] == ["z", "x", "y"]


def test_a_span_that_ends_before_it_starts_is_told():
    assert holds(attempt(0, 2, 1))[0]["start is not after end"] is False
    assert holds(attempt(0, 2, 2))[0]["start is not after end"] is True


@pytest.mark.parametrize(
    ("received", "answered", "encloses"),
    [
        (1.0, 2.0, True),
        (1 - CLOCK_STEP * 0.9, 2 + CLOCK_STEP * 0.9, True),
        (1 - CLOCK_STEP * 1.1, 1.5, False),
        (1.5, 2 + CLOCK_STEP * 1.1, False),
        (0.1, 0.2, False),
        (2.1, 2.2, False),
    ],
)
def test_a_span_encloses_its_call_within_what_milliseconds_can_tell(received, answered, encloses):
    calls = (call(received=BASE + received, answered=BASE + answered),)
    assert holds(attempt(0, 1, 2), model_requests=calls)[0]["encloses its model call"] is encloses


def test_each_span_is_held_against_the_call_of_its_own_turn():
    calls = (call(received=BASE + 1.1, answered=BASE + 1.9), call(received=BASE + 9.1, answered=BASE + 9.9))
    found = holds(attempt(0, 1, 2), attempt(1, 3, 4), model_requests=calls)
    assert [each["encloses its model call"] for each in found] == [True, False]


def test_attempts_that_overlap_are_told_at_the_earlier_one():
    found = holds(attempt(0, 1, 3), attempt(1, 2, 4))
    assert [each["ends before the next starts"] for each in found] == [False, True]
    assert holds(attempt(0, 1, 2), attempt(1, 2, 3))[0]["ends before the next starts"] is True


@pytest.mark.parametrize("time", [None, "", "yesterday", 7, {}, [], "2000-13-01T00:00:00Z"])
@pytest.mark.parametrize("member", ["startTime", "endTime"])
def test_times_that_cannot_be_read_are_told_and_nothing_else(member, time):
    assert holds(span(**{member: time})) == [{"times are readable": False, "sent in order": True}]


def test_times_of_any_zone_are_compared_as_moments():
    assert holds(span(startTime="2000-01-01T02:00:00+02:00", endTime="2000-01-01T00:00:00Z"))[0] == ALL_HOLD


def test_an_id_is_looked_for_in_the_row_only_where_rows_are_looked_at():
    assert "id stands in the session row" not in holds(span())[0]
    named, unnamed = row(attempts=[{"span_id": "00000000000000aa"}]), row(attempts=[{"span_id": "b"}])
    key = "id stands in the session row"
    assert holds(span(), rows=(named,))[0][key] is True
    assert holds(span(), rows=(unnamed,))[0][key] is False
    assert holds(span(), rows=())[0][key] is False
    assert holds(span(), rows=(unnamed, named))[0][key] is True


@pytest.mark.parametrize(
    "line", [b"", b"7", b"{}", b'{"attempts":7}', b'{"attempts":[7]}', b'{"attempts":null}']
)
def test_an_odd_row_names_no_ids_and_stops_nothing(line):
    assert holds(span(), rows=(line,))[0]["id stands in the session row"] is False


@pytest.mark.parametrize("value", [{}, [], None, 7, {"a": []}])
def test_a_span_whose_id_is_no_text_stops_nothing(value):
    assert (
        holds(span(id=value), rows=(row(attempts=[{"span_id": "a"}]),))[0]["id stands in the session row"]
        is False
    )
    rows = (row(attempts=[{"span_id": value}]),)
    assert holds(span(id=value), rows=rows)[0]["id stands in the session row"] is True


def test_a_span_that_brings_the_word_of_the_harness_itself_does_not_vouch_for_itself():
    [document] = span_documents(Observation(spans=(span(holds="all"),)))
    assert document["holds"] == "all"


def test_spans_that_came_in_another_order_than_their_iterations_are_told_at_the_later_one():
    found = holds(attempt(0, 1, 2), attempt(2, 5, 6), attempt(1, 3, 4))
    assert [each["sent in order"] for each in found] == [True, True, False]
    assert [each["sent in order"] for each in holds(attempt(0, 1, 2), attempt(0, 1, 2))] == [True, True]


TWO = (span(traceId="t"), span(traceId="t"))


def told(*traces, spans=TWO):
    documents = span_documents(Observation(spans=spans, traces=tuple(json.dumps(t).encode() for t in traces)))
    return [document.get("trace") for document in documents]


def test_the_first_span_tells_of_the_trace_and_its_id_only_where_it_is_another():
    assert told({"id": "t", "name": "iterate", "userId": "u"}) == [[{"name": "iterate"}], None]
    assert told({"id": "u", "name": "iterate"}) == [[{"id": "u", "name": "iterate"}], None]
    assert told({"id": "t"}, {"name": None}) == [[{}, {"id": None, "name": None}], None]
    assert told() == [[], None]


def test_a_trace_without_spans_is_told_alone_and_none_is_nothing():
    assert told({"id": "t", "name": "n"}, spans=()) == [[{"id": "t", "name": "n"}]]
    assert told(spans=()) == []


def test_no_spans_are_no_documents():
    assert span_documents(Observation()) == span_documents(Observation(spans=())) == []
