"""A run as JSON Lines: what was written is read again, and judged again it comes to the same."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.making import bodies, call, mask, observed, outcome, probe, row, span
from tests.harness.trees import plain_trees, trees

from lakehouse_parity import recorded, recording
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.events import Finished, Judged, RuntimeFacts, Started
from lakehouse_parity.judging import SIDES, judge
from lakehouse_parity.masks import TYPES
from lakehouse_parity.model import (
    Answer,
    Fault,
    Mask,
    ModelRequest,
    Observation,
    Outcome,
    Probe,
    Refusal,
    Request,
    Step,
    Surface,
    Verdict,
)
from lakehouse_parity.redaction import redacted

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
latin = st.text(st.characters(max_codepoint=255), max_size=6)
data = st.binary(max_size=6) | trees.map(lambda tree: recording.lossless.write(tree).encode())
maybe = st.none() | data
json_texts = trees.map(lambda tree: recording.lossless.write(tree).encode())
objects = trees.map(lambda tree: recording.lossless.write({"a": tree}).encode())
times = st.floats(0, 2e9)


def builds(kind, *parts, **members):
    """Records by their parts; what their annotations name is there for type checkers alone."""
    return st.builds(lambda *given, **named: kind(*given, **named), *parts, **members)  # noqa: PLW0108  as said


places = builds(Place, texts, st.integers(0, 99))
requests = builds(
    Request, texts, texts, st.lists(st.tuples(st.binary(max_size=4), st.binary(max_size=4))).map(tuple), data
)
steps = builds(
    Step,
    content=trees,
    tokens=st.none() | st.tuples(st.integers(0), st.integers(0)),
    status=st.integers(200, 599),
    body=maybe,
    content_type=texts,
    headers=st.lists(st.tuples(st.sampled_from(["location", "x"]), texts), max_size=2).map(tuple),
    fault=st.none() | st.sampled_from(Fault),
    delay=st.floats(0, 600),
)
expectations = st.tuples(st.sampled_from(Surface), st.just("$"), trees)
masks = builds(
    Mask, st.sampled_from(Surface), st.just("$.a"), st.sampled_from(sorted(TYPES)), texts, st.none() | places
)
probes = builds(
    Probe,
    id=texts,
    suite=texts,
    clauses=st.lists(st.sampled_from(["IT-1", "SE-3"]), min_size=1).map(tuple),
    request=requests,
    place=places,
    why=texts,
    script=st.lists(steps, max_size=2).map(tuple),
    provider=texts,
    model=texts,
    raw=st.none() | texts,
    trace=st.none() | texts,
    expect=st.lists(expectations, max_size=2).map(tuple),
    absent=st.lists(st.tuples(st.sampled_from(Surface), st.just("$.a")), max_size=2).map(tuple),
    masks=st.lists(masks, max_size=2).map(tuple),
    exact=st.booleans(),
    needs=st.frozensets(texts, max_size=2),
)
headers = st.lists(st.tuples(st.sampled_from(["content-type", "x", "x-lakehouse-trace-id"]), latin)).map(
    tuple
)
answers = builds(Answer, st.integers(200, 599), headers, data)
calls = builds(ModelRequest, texts, headers, data, times, times)
many = st.none() | st.lists(data, max_size=2).map(tuple)
observations = builds(
    Observation,
    answer=st.none() | answers,
    model_requests=st.none() | st.lists(calls, max_size=2).map(tuple),
    rows=many,
    spans=st.none() | st.lists(objects, max_size=2).map(tuple),
    usage=st.none() | json_texts,
    extraction=maybe,
    refusal=st.none() | st.sampled_from(Refusal),
    failure=texts,
)
outcomes = builds(Outcome, probes, st.sampled_from(Verdict), texts)
facts = builds(RuntimeFacts, texts, texts, texts, texts, st.sampled_from(["", "daemon", "reference"]))
started = builds(Started, texts, st.dictionaries(texts, facts, max_size=2), st.integers(0))
judged = builds(Judged, outcomes, st.fixed_dictionaries({}, optional=dict.fromkeys(SIDES, observations)))
finished = builds(
    Finished, st.integers(0), st.lists(texts, max_size=2).map(tuple), st.lists(texts, max_size=2).map(tuple)
)


def written(events):
    file = io.StringIO()
    recorder = recording.Recorder(file)
    for event in events:
        recorder(event)
    return file.getvalue()


@pytest.fixture(scope="session")
def reread(tmp_path_factory):
    path = tmp_path_factory.mktemp("recording") / "recording.jsonl"

    def reread(events):
        path.write_text(written(events), encoding="utf-8", newline="")
        return list(recorded.read(path))

    return reread


@given(st.lists(started | judged | finished, max_size=3))
def test_every_event_is_read_as_it_was_written(reread, events):
    assert reread(events) == events


@given(plain_trees, plain_trees, plain_trees, st.sampled_from(["IT-15", "IT-28", "TR-9"]))
def test_what_is_read_comes_to_the_same_when_it_is_judged_again(reread, rust, go, expected, clause):
    write = recording.lossless.write
    asked = probe(clauses=(clause,), expect=((Surface.BODY, "$", expected),), masks=(mask("$.a", "text"),))
    seen = bodies(write(rust), write(go), write(rust))
    first = judge(asked, seen, [])
    [event] = reread([Judged(first, seen)])
    again = judge(event.outcome.probe, event.seen, [])
    assert (again.verdict, again.reason) == (first.verdict, first.reason)
    assert (again.differences, again.forms, again.masked) == (first.differences, first.forms, first.masked)


def test_an_expectation_that_a_mask_covers_is_recorded_as_it_was_spelled_out(reread):
    asked = probe(expect=((Surface.BODY, "$", {"n": b"7"}),))
    seen = bodies('{"n":1}', '{"n":2}', '{"n":3}')
    first = judge(asked, seen, [mask("$.n", "count")])
    [event] = reread([Judged(first, seen)])
    assert event.outcome.probe.expect == asked.expect
    assert judge(event.outcome.probe, event.seen, [mask("$.n", "count")]).verdict is Verdict.PARITY


def test_one_event_is_one_line_and_the_first_line_names_the_format():
    lines = written([Started("now", {}, 1), Judged(outcome()), Finished(7)]).splitlines()
    assert json.loads(lines[0]) == {"schema": "lakehouse-parity/recording/v1"}
    assert [set(json.loads(line)) for line in lines[1:]] == [
        {"started"},
        {"probe", "seen", "judged"},
        {"finished"},
    ]


def test_line_breaks_of_any_kind_stay_inside_their_line():
    text = written([Judged(outcome(reason="a\nb\r\u2028\u2029\x85c"), {"rust": observed("x\ny")})])
    assert text.count("\n") == 2


SECRETS = (
    "Authorization", "proxy-authorization", "x-api-key", "Api-Key", "Cookie", "Set-Cookie", "X-Auth-Token",
    "x-goog-api-key", "Private-Token", "X-Amz-Security-Token", "X-Client-Secret",
)  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
def test_keys_tokens_and_cookies_are_redacted_in_every_header(name):
    headers = ((name, "sk-secret"), ("x", "y"))
    asked = Request("POST", "/", tuple((each.encode(), value.encode()) for each, value in headers))
    seen = {
        "rust": observed(model_requests=(call(headers=headers),)),
        "go": Observation(answer=Answer(200, headers, b"")),
    }
    text = written([Judged(outcome(request=asked), seen)])
    assert "sk-secret" not in text
    assert text.count("(redacted)") == 3
    assert text.count('["x","y"]') == 2


def test_headers_that_are_judged_by_are_never_redacted():
    for name in ("content-type", "x-lakehouse-trace-id", "content-length", "date", "x-session-id"):
        assert redacted(((name, "v"), (name.upper(), "v"))) == ((name, "v"), (name.upper(), "v"))


def test_bytes_that_are_no_text_are_kept_all_the_same(reread):
    events = [
        Judged(outcome(), {"go": Observation(answer=Answer(200, (), b"\xff\x00"), rows=(b"\xfe", row()))})
    ]
    assert reread(events) == events


def test_what_was_not_looked_at_is_not_what_was_empty(reread):
    events = [
        Judged(outcome(), {"rust": Observation(), "go": Observation(rows=(), spans=(), model_requests=())})
    ]
    assert reread(events) == events


def test_rows_spans_and_calls_keep_their_order_and_times(reread):
    observation = observed(rows=(row(a=1), row(a=2)), spans=(span(b=1), span(b=2)), model_requests=(
        call("1", received=1.25, answered=2.5), call("2")))  # fmt: skip
    assert reread([Judged(outcome(), {"rust": observation})])[0].seen["rust"] == observation


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 0, "is empty"),
        ("{}\n", 1, "is no recording of lakehouse-parity/recording/v1"),
        ('{"schema":"lakehouse-parity/recording/v0"}\n', 1, "is no recording of"),
        ("[]\n", 1, "is not a line of a recording"),
        ("nonsense\n", 1, "is not a line of a recording"),
        ('{"schema":"lakehouse-parity/recording/v1"}\n{"probe":\n', 2, "is not a line of a recording"),
        ('{"schema":"lakehouse-parity/recording/v1"}\n{}\n', 2, "is not a line of a recording"),
        ('{"schema":"lakehouse-parity/recording/v1"}\n{"started":{}}\n', 2, "is not a line of a recording"),
        ('{"schema":"lakehouse-parity/recording/v1"}\n[]\n', 2, "is not a line of a recording"),
    ],
)
def test_what_is_no_recording_is_a_mistake_with_its_line(tmp_path, text, line, message):
    path = tmp_path / "recording.jsonl"
    path.write_text(text)
    with pytest.raises(Mistake, match=message) as raised:
        list(recorded.read(path))
    assert raised.value.place == Place(str(path), line)


def test_a_recording_that_is_not_there_or_no_text_is_a_mistake(tmp_path):
    with pytest.raises(Mistake, match="cannot be read: No such file or directory"):
        list(recorded.read(tmp_path / "none"))
    path = tmp_path / "recording.jsonl"
    path.write_bytes(b"\xff\n")
    with pytest.raises(Mistake, match="is not a line of a recording"):
        list(recorded.read(path))


def test_a_recording_of_a_run_that_was_ended_can_be_read_to_its_last_whole_line(tmp_path):
    path = tmp_path / "recording.jsonl"
    whole = written([Started("now", {}, 2), Judged(outcome())])
    path.write_text(whole)
    assert list(recorded.read(path)) == [Started("now", {}, 2), Judged(outcome())]
    path.write_text(whole + whole.splitlines(keepends=True)[-1][:-5])
    said = f"{path}:4: the recording breaks off inside this line"
    assert list(recorded.read(path)) == [Started("now", {}, 2), Judged(outcome()), Finished(0, (), (said,))]


@pytest.mark.parametrize("status", ["200.0", "true"])
def test_a_twin_that_is_not_written_alike_is_read_by_itself(tmp_path, status):
    path = tmp_path / "recording.jsonl"
    answer = Observation(answer=Answer(1 if status == "true" else 200, (), b""))
    text = written([Judged(outcome(), {"reference": answer, "reference_go": answer})])
    before, status_of_twin, after = text.rpartition('"status":')
    path.write_text(before + status_of_twin + status + after.lstrip("0123456789"))
    with pytest.raises(Mistake, match="answer status has to be a whole number"):
        list(recorded.read(path))
