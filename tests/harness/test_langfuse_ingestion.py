"""Langfuse's public ingestion endpoint, as its own documentation has it."""

import json

import pytest
from tests.harness.telling_langfuse import asked, event, ingested, keys

from lakehouse_parity.doubles.langfuse import ANYONE, LangfuseSink
from lakehouse_parity.doubles.langfuse.events import BODIES
from lakehouse_parity.doubles.langfuse.ingestion import LARGEST


def spans(sink, trace="t", owner="rust"):
    return [json.loads(body) for body in sink.take(owner, trace)]


def test_a_batch_is_answered_with_207_and_a_result_for_each_event():
    status, answer, sink = ingested(event("trace-create", "a", id="t"), event(id_="b", traceId="t", id="s"))
    assert status == 207
    assert answer == {"successes": [{"id": "a", "status": 201}, {"id": "b", "status": 201}], "errors": []}
    assert sink.take("rust", "t") == (b'{"traceId":"t","id":"s"}',)
    assert sink.take_traces("rust", "t") == (b'{"id":"t"}',)


@pytest.mark.parametrize(
    "authorization", ["", "Basic", "Basic x", keys("pk", "other"), keys("other"), keys().lower(), "é"]
)
def test_other_keys_are_refused_and_nothing_is_kept_and_the_run_is_told(authorization):
    status, answer, sink = ingested(event(traceId="t", id="s"), authorization=authorization)
    assert (status, answer["error"]) == (401, "UnauthorizedError")
    assert answer["message"].startswith("Invalid credentials.")
    assert sink.take("rust", "t") == ()
    assert sink.unusable == [
        "Langfuse, asked by rust: the keys are not those of `langfuse` in the configuration"
    ]


BAD = [
    (7, "an event has to be an object"),
    (None, "an event has to be an object"),
    ([], "an event has to be an object"),
    ({}, "type: there is no 'None'"),
    ({**event(id="s"), "type": "span-crate"}, "type: there is no 'span-crate'; the types are trace-create"),
    ({**event(id="s"), "type": ["span-create"]}, "type: there is no"),
    ({**event(id="s"), "id": 7}, 'id: 7 is not of type "string"'),
    ({**event(id="s"), "id": ""}, 'id: "" is shorter than 1 character'),
    ({**event(id="s"), "id": "i" * 801}, "is longer than 800 characters"),
    ({**event(id="s"), "id": "a\rb"}, "id: "),
    ({**event(id="s"), "timestamp": "yesterday"}, 'timestamp: "yesterday" is not a "date-time"'),
    ({**event(id="s"), "timestamp": None}, 'timestamp: null is not of type "string"'),
    (
        {"id": "x", "type": "span-create", "timestamp": "2000-01-01T00:00:00Z"},
        '"body" is a required property',
    ),
    ({**event(), "body": []}, 'body: [] is not of type "object"'),
    (event(traceId="u"), 'body: "id" is a required property'),
    (event(id="s", startTime=7), "body.startTime: 7 is not of types"),
    (event(id="s", endTime="2000-01-01"), 'body.endTime: "2000-01-01" is not a "date-time"'),
    (event(id="s", level="LOUD"), 'body.level: "LOUD" is not one of'),
    (event("trace-create", id="u", tags="x"), "body.tags: "),
    (event("trace-create", id="u", name="n" * 1001), "is longer than 1000 characters"),
    (event("trace-create", id="u", environment="langfuse-x"), "body.environment: "),
    (event("generation-create", id="s", model=7), "body.model: 7 is not of types"),
    (event("score-create", name="", value=1), 'body.name: "" is shorter than 1 character'),
    (event("score-create", name="good"), 'body: "value" is a required property'),
    (event("observation-create", id="s", type="NOISE"), "body.type: "),
    (event("sdk-log"), 'body: "log" is a required property'),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_a_bad_event_is_refused_alone_with_the_place_and_the_reason(bad, message):
    first, last = event(id_="a", traceId="t", id="1"), event(id_="c", traceId="t", id="2")
    status, answer, sink = ingested(first, bad, last)
    assert status == 207
    assert [each["id"] for each in answer["successes"]] == ["a", "c"]
    [error] = answer["errors"]
    own = bad.get("id") if isinstance(bad, dict) else None
    assert error.pop("error").find(message) >= 0
    assert error == {
        "id": own if isinstance(own, str) else "unknown",
        "status": 400,
        "message": "Invalid request data",
    }
    assert [span["id"] for span in spans(sink)] == ["1", "2"]


def test_a_fault_does_not_quote_a_whole_prompt():
    [error] = ingested(event(id="s", startTime="x" * 100_000))[1]["errors"]
    assert len(error["error"]) < 400


def test_a_refused_span_is_kept_as_it_was_sent_so_that_the_comparison_shows_what_is_wrong():
    sink = ingested(event(traceId="t", id=7), event("trace-create", "f", id="t", name=["iterate"]))[2]
    assert spans(sink) == [{"traceId": "t", "id": 7}]
    assert sink.take_traces("rust", "t") == (b'{"id":"t","name":["iterate"]}',)


def test_members_without_a_value_may_be_null_and_members_that_nobody_knows_are_no_fault():
    body = dict.fromkeys(("traceId", "name", "startTime", "endTime", "level", "metadata", "input"))
    assert ingested(event(id="s", **body, colour={"of": [1]}))[1]["errors"] == []


def test_every_type_that_the_interface_has_is_taken():
    bodies = {"score-create": {"name": "n", "value": 1}, "sdk-log": {"log": 1}}
    bodies |= {f"observation-{how}": {"id": "s", "type": "SPAN"} for how in ("create", "update")}
    events = [event(kind, kind, **bodies.get(kind, {"id": kind})) for kind in BODIES]
    answer = ingested(*events)[1]
    assert [each["id"] for each in answer["successes"]] == list(BODIES)


@pytest.mark.parametrize("moment", ["2000-01-01T00:00:00Z", "2000-01-01T00:00:00.123456789+02:00"])
def test_a_moment_may_have_fractions_and_another_zone(moment):
    assert ingested(event(id="s", startTime=moment))[1]["errors"] == []


NO_BATCHES = [
    b"",
    b"nonsense",
    b"[]",
    b"{}",
    b"\xff",
    *(b'{"batch":%b}' % value for value in (b"7", b"null", b"{}", b'"ab"')),
]


@pytest.mark.parametrize("raw", NO_BATCHES)
def test_a_body_without_a_batch_is_400_and_the_run_is_told(raw):
    status, answer, sink = ingested(raw=raw)
    assert (status, answer["message"]) == (400, "Invalid request data")
    assert sink.unusable == ["Langfuse, asked by rust: a body without a list `batch` was refused"]


def test_an_empty_batch_is_a_batch():
    assert ingested()[:2] == (207, {"successes": [], "errors": []})


def test_a_body_that_is_too_large_is_413_and_one_byte_less_is_not():
    def sized(size):
        head, tail = b'{"batch":[],"metadata":"', b'"}'
        return head + b"x" * (size - len(head) - len(tail)) + tail

    sink = LangfuseSink("pk", "sk")
    path = "/rust/api/public/ingestion"
    assert [asked(sink, path, sized(LARGEST + more)).status for more in (0, 1)] == [207, 413]
    assert sink.unusable == [
        f"Langfuse, asked by rust: a batch of {LARGEST + 1} bytes was refused: Langfuse takes 4.5 MB"
    ]


@pytest.mark.parametrize(
    "path", ["/rust/api/public/ingestion/", "/rust/api/public/traces", "/", "/rust", "/rust/rust/x", "*", ""]
)
def test_another_path_is_404(path):
    assert asked(LangfuseSink("pk", "sk"), path).status == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["ingestion", "otel/v1/traces"])
def test_another_method_is_405(method, path):
    reply = asked(LangfuseSink("pk", "sk"), f"/go/api/public/{path}", method=method)
    assert (reply.status, json.loads(reply.body)["error"]) == (405, "MethodNotAllowedError")


def test_health_is_there_for_everybody_and_the_project_for_those_with_the_keys():
    sink = LangfuseSink("pk", "sk")
    health = asked(sink, "/api/public/health", method="GET", authorization="")
    assert (health.status, json.loads(health.body)["status"]) == (200, "OK")
    assert asked(sink, "/go/api/public/projects", method="GET", authorization="").status == 401
    projects = asked(sink, "/go/api/public/projects", method="GET")
    assert [project["id"] for project in json.loads(projects.body)["data"]] == ["parity"]
    assert sink.unusable == []


def test_the_path_says_whose_spans_they_are_and_without_one_they_are_anyones():
    sink = LangfuseSink("pk", "sk")
    for prefix in ("/rust", "/go", ""):
        ingested(event(traceId="t", id="s" + prefix), path=prefix + "/api/public/ingestion", sink=sink)
    owners = ("rust", "go", ANYONE)
    assert [[span["id"] for span in spans(sink, owner=owner)] for owner in owners] == [
        ["s/rust"],
        ["s/go"],
        ["s"],
    ]
    assert [sink.trace_ids(owner) for owner in owners] == [["t"]] * 3


def test_a_query_is_no_part_of_the_path():
    assert ingested(event(traceId="t", id="s"), path="/go/api/public/ingestion?x=1")[0] == 207


def test_a_span_is_kept_without_loss_whatever_it_holds():
    body = b'{"traceId":"t","id":"s","a":1.0,"a":1e400,"x":"\\ud800"}'
    head = b'{"batch":[{"id":"e","type":"span-create","timestamp":"2000-01-01T00:00:00Z","body":'
    _, answer, sink = ingested(raw=head + body + b"}]}")
    assert answer["errors"] == []
    assert sink.take("rust", "t") == (body,)


def test_a_span_nested_beyond_the_interpreters_stack_is_kept():
    body = b'{"traceId":"t","id":"s","input":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    head = b'{"batch":[{"id":"e","type":"span-create","timestamp":"2000-01-01T00:00:00Z","body":'
    assert ingested(raw=head + body + b"}]}")[2].take("rust", "t") == (body,)


def test_a_span_that_is_sent_twice_is_there_twice():
    sink = ingested(event(traceId="t", id="s", name="a"), event(traceId="t", id="s", name="b"))[2]
    assert [span["name"] for span in spans(sink)] == ["a", "b"]


def test_an_update_completes_its_span_and_what_it_leaves_open_stays():
    sink = ingested(
        event(traceId="t", id="s", name="a", level=None, input=1),
        event("span-update", "u", traceId="t", id="s", input=None, output=2),
        event("span-update", "v", id="s", level="ERROR"),
        event("span-update", "w", id="s", traceId="other", output=3),
    )[2]
    assert spans(sink) == [
        {"traceId": "t", "id": "s", "name": "a", "level": "ERROR", "input": 1, "output": 2}
    ]


def test_an_update_that_comes_first_is_completed_by_its_span():
    sink = ingested(
        event("span-update", "u", traceId="t", id="s", output=2, name="late"),
        event(traceId="t", id="s", name="early", input=1),
    )[2]
    assert spans(sink) == [{"traceId": "t", "id": "s", "name": "late", "input": 1, "output": 2}]


def test_what_is_no_span_says_what_it_is():
    sink = ingested(
        event("generation-create", "a", traceId="t", id="g"), event("event-create", "b", traceId="t", id="e")
    )[2]
    assert [(span["id"], span["type"]) for span in spans(sink)] == [("g", "generation"), ("e", "event")]


def test_spans_that_are_forgotten_are_gone_and_the_others_are_not():
    sink = LangfuseSink("pk", "sk")
    for path in ("/rust/api/public/ingestion", "/go/api/public/ingestion"):
        bodies = [{"traceId": "t", "id": "1"}, {"traceId": "t", "id": "2"}, {"traceId": "u", "id": "1"}]
        ingested(*(event(**body) for body in bodies), event("trace-create", id="t"), path=path, sink=sink)
    sink.forget("rust", {"t", "v"}, [sink.take("rust", "t")[0], *sink.take_traces("rust", "t")])
    assert [len(sink.take(*key)) for key in (("rust", "t"), ("rust", "u"), ("go", "t"))] == [1, 1, 2]
    assert [len(sink.take_traces(owner, "t")) for owner in ("rust", "go")] == [0, 1]
    assert sink.take("rust", "v") == ()
    sink.forget("rust", {"t"}, sink.take("rust", "t"))
    assert [sink.trace_ids(owner) for owner in ("rust", "go")] == [["u"], ["t", "u"]]


def test_an_event_under_the_id_of_another_one_is_known_by_it_and_one_sent_again_is_not():
    trace, span = event("trace-create", "one", id="t"), event(id_="two", traceId="t", id="s")
    sink = ingested(trace, span)[2]
    ingested(trace, span, event(id_="two", traceId="t", id="other"), sink=sink)
    ingested(event("trace-create", "one", id="u"), sink=sink)
    assert [each.get("eventId") for each in spans(sink)] == [None, None, "two"]
    assert [sink.take_traces("rust", name) for name in "tu"] == [
        (b'{"id":"t"}', b'{"id":"t"}'),
        (b'{"id":"u","eventId":"one"}',),
    ]


def test_an_event_of_the_other_runtime_may_have_the_same_id():
    sink = ingested(event(traceId="t", id="s"))[2]
    ingested(event(traceId="t", id="z"), path="/go/api/public/ingestion", sink=sink)
    assert spans(sink, owner="go") == [{"traceId": "t", "id": "z"}]
