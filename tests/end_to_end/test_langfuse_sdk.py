"""The sink, told by clients that nobody here wrote: the official SDKs, an old one and the current one."""

import asyncio
import json

import pytest
from tests.end_to_end.langfuse_sdks import told

from lakehouse_parity.config import Address
from lakehouse_parity.doubles.langfuse import LangfuseSink
from lakehouse_parity.doubles.langfuse.kept import otlp_id
from lakehouse_parity.wire.server import Server

TRACE = "0123456789abcdef0123456789abcdef"
INPUT = {"q": [1, 2.5, None, "é🦀"]}


def served(sdk, *words, secret="sk", owner="rust"):
    """What the client says and what the sink has, after one client program under one base URL."""

    async def serve():
        sink = LangfuseSink("pk", "sk")
        server = Server("Langfuse", Address("127.0.0.1", 0), sink.handle)
        await server.start()
        try:
            base = f"http://{server.address}/{owner}".rstrip("/")
            return await told(sdk, base, "pk", secret, TRACE, *words), sink
        finally:
            server.stop()

    return asyncio.run(serve())


def found(sink, owner="rust"):
    return {span["name"]: span for span in map(json.loads, sink.take(owner, TRACE))}


@pytest.fixture(scope="module")
def old():
    return served("v2", "outer-id")


@pytest.fixture(scope="module")
def current():
    return served("current")


def test_either_sdk_is_known_by_its_keys_and_nothing_it_sends_is_refused(old, current):
    for said, sink in (old, current):
        assert said["known"] is True
        assert sink.unusable == []
        assert sink.trace_ids("rust") == [TRACE]


def test_each_sdk_speaks_the_endpoint_that_it_is_here_for(old, current):
    assert {path for _, path in old[1].received} == {"/api/public/ingestion", "/api/public/projects"}
    assert {path for _, path in current[1].received} == {"/api/public/otel/v1/traces", "/api/public/projects"}


@pytest.mark.parametrize("sdk", ["old", "current"])
def test_what_was_sent_is_what_arrives_and_nests_as_it_was_made(sdk, request):
    said, sink = request.getfixturevalue(sdk)
    spans = found(sink)
    outer, inner, generation = (spans[name] for name in ("outer", "inner", "generation"))
    assert {span["traceId"] for span in spans.values()} == {TRACE}
    assert outer["id"] == said.get("outer", "outer-id")
    assert "parentObservationId" not in outer or outer["parentObservationId"] is None
    assert (inner["id"], inner["parentObservationId"]) == (said["inner"], outer["id"])
    assert (generation["id"], generation["parentObservationId"]) == (said["generation"], inner["id"])
    assert (outer["input"], outer["output"]) == (INPUT, "")
    assert (outer["level"], outer["statusMessage"]) == ("WARNING", "odd")
    assert outer["metadata"]["k"] == "v"
    assert (inner["input"], inner["output"]) == ("text", {"done": True})
    assert generation["type"] == "generation"
    temperature = generation["modelParameters"]["temperature"]
    assert (generation["model"], temperature) == ("m", "0.5" if sdk == "old" else 0.5)
    assert (generation["input"], generation["output"]) == ([{"role": "user", "content": "hi"}], "hello")
    for span in (outer, inner, generation):
        assert span["startTime"] <= span["endTime"]
    assert outer["startTime"] <= inner["startTime"] <= generation["startTime"]
    assert len(sink.take("rust", TRACE)) == len(spans)


def test_the_old_sdk_makes_the_trace_and_an_event_in_it(old):
    _, sink = old
    [trace] = map(json.loads, sink.take_traces("rust", TRACE))
    assert (trace["id"], trace["name"], trace["userId"], trace["tags"]) == (TRACE, "caller", "u", ["a", "b"])
    assert trace["metadata"] == {"n": 1}
    assert found(sink)["event"]["type"] == "event"
    assert found(sink)["generation"]["usage"] == {"input": 3, "output": 2, "unit": "TOKENS"}


def test_the_current_sdk_says_who_the_trace_is_by_its_outermost_span(current):
    _, sink = current
    [trace] = map(json.loads, sink.take_traces("rust", TRACE))
    assert (trace["id"], trace["name"]) == (TRACE, "outer")
    assert found(sink)["outer"]["metadata"] == {"k": "v", "n": 1}
    assert found(sink)["generation"]["usageDetails"] == {"input": 3, "output": 2}


def test_the_id_that_the_sink_makes_of_a_text_is_the_sdks_own(current):
    assert current[0]["seeded"] == otlp_id("any text")


@pytest.mark.parametrize(("sdk", "words"), [("v2", ["outer-id"]), ("current", [])])
def test_a_client_with_a_wrong_key_is_refused_and_goes_on_and_nothing_is_kept(sdk, words):
    said, sink = served(sdk, *words, secret="other")
    assert said["known"] is not True
    assert sink.trace_ids("rust") == []
    assert sink.unusable == [
        "Langfuse, asked by rust: the keys are not those of `langfuse` in the configuration"
    ]


@pytest.mark.parametrize(("sdk", "words"), [("v2", ["outer-id"]), ("current", [])])
def test_a_client_without_a_runtime_in_its_base_url_is_kept_as_nobody_known(sdk, words):
    _, sink = served(sdk, *words, owner="")
    assert sink.trace_ids("") == [TRACE]
    assert sink.trace_ids("rust") == []
