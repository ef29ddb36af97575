"""OpenTelemetry's protocol, to which newer Langfuse SDKs and perhaps one day a daemon moved."""

import gzip
import json
import sys
from unittest import mock

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from tests.harness.telling_langfuse import asked, event, ingested

from lakehouse_parity.doubles.langfuse import LangfuseSink, otlp
from lakehouse_parity.doubles.langfuse.kept import otlp_id
from lakehouse_parity.doubles.langfuse.sink import OTLP
from lakehouse_parity.model import Outage

TRACE, SPAN = "0123456789abcdef0123456789abcdef", "0123456789abcdef"
PATH = "/go" + OTLP
START = 1_000_000_000 * 10**9 + 123_456_789
BODY = {
    "id": SPAN,
    "traceId": TRACE,
    "name": "n",
    "startTime": "2001-09-09T01:46:40.123456789Z",
    "endTime": "2001-09-09T01:46:41.123456789Z",
}


def span(trace=TRACE, span_id=SPAN, attributes=(), **members):
    """A span in OTLP's JSON."""
    times = {"startTimeUnixNano": str(START), "endTimeUnixNano": str(START + 10**9)}
    pairs = [{"key": key, "value": value} for key, value in dict(attributes).items()]
    return {"traceId": trace, "spanId": span_id, "name": "n", **times, "attributes": pairs, **members}


def text(value):
    return {"stringValue": value}


def request(*spans):
    return {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}


def exported(*spans, sink=None, path=PATH, raw=None, content_type="application/json", **headers):
    sink = sink or LangfuseSink("pk", "sk")
    body = raw if raw is not None else json.dumps(request(*spans)).encode()
    return asked(sink, path, body, content_type=content_type, **headers), sink


def bodies(sink, trace=TRACE):
    return [json.loads(body) for body in sink.take("go", trace)]


def test_json_is_answered_in_json_and_the_span_is_kept_as_langfuse_shows_it():
    reply, sink = exported(span())
    assert (reply.status, reply.content_type, json.loads(reply.body)) == (200, "application/json", {})
    assert bodies(sink) == [BODY]
    assert json.loads(sink.take_traces("go", TRACE)[0]) == {"id": TRACE, "name": "n"}


def test_protobuf_is_answered_in_protobuf_and_gives_the_same_span():
    message = ExportTraceServiceRequest()
    found = message.resource_spans.add().scope_spans.add().spans.add()
    found.trace_id, found.span_id, found.name = bytes.fromhex(TRACE), bytes.fromhex(SPAN), "n"
    found.start_time_unix_nano, found.end_time_unix_nano = START, START + 10**9
    reply, sink = exported(raw=message.SerializeToString(), content_type="application/x-protobuf")
    assert (reply.status, reply.content_type) == (200, "application/x-protobuf")
    assert ExportTraceServiceResponse.FromString(reply.body) == ExportTraceServiceResponse()
    assert bodies(sink) == [BODY]


def in_two(data):
    return gzip.compress(data[:9]) + gzip.compress(data[9:])


@pytest.mark.parametrize("pack", [gzip.compress, in_two])
def test_a_packed_body_is_unpacked_in_one_or_several_members(pack):
    reply, sink = exported(raw=pack(json.dumps(request(span())).encode()), content_encoding="gzip")
    assert (reply.status, bodies(sink)) == (200, [BODY])


def test_a_bomb_is_refused_when_it_has_become_too_large():
    with mock.patch.object(otlp, "MAX_BODY", 1 << 22):
        reply, sink = exported(raw=gzip.compress(bytes(1 << 23)), content_encoding="gzip")
    assert (reply.status, json.loads(reply.body)["code"]) == (413, 3)
    assert "larger than 4194304 bytes when it is unpacked" in sink.unusable[0]


PACKED = gzip.compress(b"{}" * 100, mtime=0)


@pytest.mark.parametrize(
    ("raw", "headers", "status", "reason"),
    [
        (b"{", {}, 400, "no ExportTraceServiceRequest"),
        (b"[]", {}, 400, "no ExportTraceServiceRequest"),
        (b'{"resourceSpans":7}', {}, 400, "no ExportTraceServiceRequest"),
        (b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":7}]}]}]}', {}, 400, "no Export"),
        (b"\xff", {}, 400, "no ExportTraceServiceRequest"),
        (b"[" * 100_000, {}, 400, "nested too deeply"),
        (b"\x0f", {"content_type": "application/x-protobuf"}, 400, "no ExportTraceServiceRequest"),
        (b"{}", {"content_encoding": "gzip"}, 400, "the body is no gzip"),
        (PACKED[:-9], {"content_encoding": "gzip"}, 400, "the gzip ends too early"),
        (PACKED[:5], {"content_encoding": "gzip"}, 400, "the gzip ends too early"),
        (PACKED + b"more", {"content_encoding": "gzip"}, 400, "the body is no gzip"),
        (b"{}", {"content_encoding": "br"}, 415, "'br' is not known"),
        (b"{}", {"content_type": "text/plain"}, 415, "the content type has to be"),
        (b"{}", {"content_type": ""}, 415, "the content type has to be"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_status_that_says_why(raw, headers, status, reason):
    reply, sink = exported(raw=raw, **headers)
    assert reply.status == status
    if reply.content_type == "application/json":
        told = json.loads(reply.body)["message"]
    else:
        told = Status.FromString(reply.body).message
    assert reason in told
    refused = f"Langfuse, asked by go: a request of OpenTelemetry's protocol was refused: {told}"
    assert sink.unusable == [refused]
    assert sink.trace_ids("go") == []


@pytest.mark.parametrize("raw", [b"{}", b'{"resourceSpans":[]}', b'{"colour":[1]}'])
def test_a_request_without_spans_is_taken(raw):
    reply, sink = exported(raw=raw)
    assert (reply.status, sink.trace_ids("go"), sink.unusable) == (200, [], [])


def test_other_keys_are_refused_as_everywhere():
    reply, sink = exported(span(), authorization="Basic x")
    assert (reply.status, sink.take("go", TRACE)) == (401, ())


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"trace": ""}, "a trace id has 16 bytes"),
        ({"trace": "0" * 32}, "a trace id has 16 bytes"),
        ({"trace": TRACE[:-2]}, "a trace id has 16 bytes"),
        ({"trace": "x" * 32}, "a trace id has 16 bytes"),
        ({"span_id": "0" * 16}, "a span id has 8 bytes"),
        ({"span_id": SPAN + "00"}, "a span id has 8 bytes"),
    ],
)
def test_a_bad_span_is_refused_alone_and_counted(bad, reason):
    reply, sink = exported(span(), span(**bad), span(**bad))
    partial = json.loads(reply.body)["partialSuccess"]
    assert (reply.status, partial["rejectedSpans"]) == (200, "2")
    assert partial["errorMessage"].startswith(reason)
    assert bodies(sink) == [BODY]


def test_the_attributes_of_the_sdks_become_the_members_of_an_observation():
    _, sink = exported(
        span(
            parentSpanId="00000000000000aa",
            attributes={
                "langfuse.observation.type": text("generation"),
                "langfuse.observation.input": text('{"prompt":"P"}'),
                "langfuse.observation.output": text("hello"),
                "langfuse.observation.level": text("WARNING"),
                "langfuse.observation.status_message": text("7"),
                "langfuse.observation.model.name": text("m"),
                "langfuse.observation.model.parameters": text('{"temperature":1.0}'),
                "langfuse.observation.metadata.iteration": {"intValue": "0"},
                "langfuse.observation.metadata.model": text('"m"'),
                "langfuse.observation.metadata.plain": text("plain"),
                "langfuse.trace.name": text("call"),
                "langfuse.trace.tags": {"arrayValue": {"values": [text("a")]}},
                "user.id": text("u"),
                "http.status": {"doubleValue": 2.5},
                "odd": {"doubleValue": "NaN"},
                "bytes": {"bytesValue": "AAE="},
                "nothing": {},
                "list": {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": True}}]}},
            },
        )
    )
    [raw] = sink.take("go", TRACE)
    assert b'"modelParameters":{"temperature":1.0}' in raw
    assert json.loads(raw) == {
        **BODY,
        "parentObservationId": "00000000000000aa",
        "type": "generation",
        "input": {"prompt": "P"},
        "output": "hello",
        "level": "WARNING",
        "statusMessage": "7",
        "model": "m",
        "modelParameters": {"temperature": 1.0},
        "metadata": {"iteration": 0, "model": "m", "plain": "plain"},
        "attributes": {
            "http.status": 2.5, "odd": "nan", "bytes": "AAE=", "nothing": None, "list": {"k": True}
        },
    }  # fmt: skip
    [trace] = sink.take_traces("go", TRACE)
    assert json.loads(trace) == {"id": TRACE, "name": "call", "tags": ["a"], "userId": "u"}


def test_a_span_that_failed_has_the_level_and_the_message_of_its_status():
    _, sink = exported(span(status={"code": 2, "message": "boom"}), span(status={"code": 1}))
    assert [(body.get("level"), body.get("statusMessage")) for body in bodies(sink)] == [
        ("ERROR", "boom"),
        (None, None),
    ]


def test_what_several_spans_say_of_their_trace_is_one_trace():
    named = span(attributes={"langfuse.trace.name": text("call")}, parentSpanId="00000000000000aa")
    sink = exported(span(), named, span(name="later"))[1]
    exported(span(attributes={"langfuse.trace.metadata.k": text("1")}), sink=sink)
    [trace] = sink.take_traces("go", TRACE)
    assert json.loads(trace) == {"id": TRACE, "name": "call", "metadata": {"k": 1}}


def test_a_span_under_the_id_that_sdks_make_of_a_text_hangs_under_the_text():
    sink = LangfuseSink("pk", "sk")
    ingested(event(traceId="the call", id="s"), path="/go/api/public/ingestion", sink=sink)
    exported(span(trace=otlp_id("the call")), sink=sink)
    assert [(body["id"], body["traceId"]) for body in bodies(sink, "the call")] == [
        ("s", "the call"),
        (SPAN, "the call"),
    ]
    assert [json.loads(body)["id"] for body in sink.take_traces("go", "the call")] == ["the call"]
    assert bodies(sink, otlp_id("the call")) == []
    assert sink.take("rust", "the call") == ()


@pytest.mark.parametrize(("outage", "status"), [(Outage.REFUSE, 401), (Outage.FAIL, 500), (Outage.SLOW, 200)])
def test_langfuse_fails_here_too_when_it_is_to(outage, status):
    sink = LangfuseSink("pk", "sk")
    sink.fail("the call", outage)
    reply, _ = exported(span(trace=otlp_id("the call")), sink=sink)
    assert (reply.status, reply.delay > 0) == (status, outage is Outage.SLOW)
    assert exported(span(), sink=sink)[0].delay == 0


def test_without_the_packages_of_the_extra_the_client_and_the_run_are_told_which():
    name = "lakehouse_parity.doubles.langfuse.otlp"
    missing = {name: None, "google.rpc": None, "google.rpc.code_pb2": None}
    with mock.patch.dict(sys.modules, missing):
        del sys.modules[name]
        reply, sink = exported(span())
    assert reply.status == 501
    assert "pip install 'lakehouse-parity[otlp]'" in json.loads(reply.body)["message"]
    assert "pip install 'lakehouse-parity[otlp]'" in sink.unusable[0]
