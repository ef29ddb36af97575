"""Chapter SP: what Langfuse is told."""

import re
from datetime import datetime

from tests.spec.daemon import ARRIVAL, GOOD_FILL, SETTINGS, answer, iterate

from lakehouse_spec.spans import INGESTION_PATH, event

UNKNOWN = '{"fills":[{"candidate_id":"X"}]}'


def test_each_attempt_is_one_span_sp_1_sp_6_sp_7():
    exchange = iterate("no" * 3000, UNKNOWN, GOOD_FILL)
    spans = exchange.handled.spans
    assert [span["metadata"]["verdict"] for span in spans] == ["no_json", "validation_failed", "accepted"]
    assert [span["metadata"]["iteration"] for span in spans] == [0, 1, 2]
    assert [span["input"]["prompt"] for span in spans] == [exchange.prompt(index) for index in range(3)]
    assert [span["output"]["raw"] for span in spans] == ["no" * 3000, UNKNOWN, GOOD_FILL]
    assert spans[1]["metadata"]["error"] == exchange.json["history"][1]["status"]["error"]
    assert spans[0]["metadata"].keys() == {"iteration", "model", "provider", "verdict"}
    names = {"id", "traceId", "name", "startTime", "endTime", "input", "output", "metadata"}
    assert all(set(span) == names and span["name"] == "iterate.attempt" for span in spans)
    assert all(re.fullmatch("[0-9a-f]{16}", span["id"]) for span in spans)


def test_the_row_names_the_spans_sp_2():
    handled = iterate("no", GOOD_FILL).handled
    assert [attempt["span_id"] for attempt in handled.row["attempts"]] == [
        span["id"] for span in handled.spans
    ]


def test_without_langfuse_there_are_no_spans_and_no_span_ids_sp_2_sp_3():
    handled = iterate("no", GOOD_FILL, settings=SETTINGS._replace(langfuse=False)).handled
    assert (handled.trace, handled.spans) == (None, ())
    assert all("span_id" not in attempt for attempt in handled.row["attempts"])
    assert handled.answer.status == 200


def test_an_event_has_an_id_of_its_own_sp_4():
    assert INGESTION_PATH == "/api/public/ingestion"
    assert event("e", "span-create", ARRIVAL, {"id": "s"}) == {
        "id": "e", "type": "span-create", "timestamp": "2026-03-01T12:00:00.001000Z", "body": {"id": "s"}
    }  # fmt: skip


def test_each_call_is_one_trace_sp_5():
    handled = iterate("no", GOOD_FILL).handled
    assert handled.trace == {"id": handled.row["session_id"], "name": "iterate"}
    assert len(handled.spans) == 2


def test_a_failed_chat_hop_is_a_span_too_sp_8():
    handled = iterate("no", answer(b"boom", 500)).handled
    last = handled.spans[-1]
    assert last["metadata"]["iteration"] == 1
    assert last["metadata"]["verdict"] == "infra_error"
    assert last["metadata"]["error"].encode() == handled.answer.body
    assert "output" not in last
    assert last["id"] == handled.row["attempts"][0]["span_id"]


def test_times_enclose_the_model_call_and_do_not_overlap_sp_9():
    spans = iterate("no", "no", GOOD_FILL).handled.spans
    times = [datetime.fromisoformat(span[name]) for span in spans for name in ("startTime", "endTime")]
    assert times == sorted(times)
    assert all(span["startTime"].endswith("Z") for span in spans)
