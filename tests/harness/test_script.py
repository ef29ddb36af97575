"""What the scripted model says: read from a probe, and played in either provider's shape."""

import json

import pytest

from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.fields import Fields
from lakehouse_parity.lossless import parse as parse_json
from lakehouse_parity.model import Fault, Step
from lakehouse_parity.script import EXHAUSTED, OLLAMA_PATH, OPENAI_PATH, Played, play, read_script
from lakehouse_parity.yamlio import parse


def read(text):
    return read_script(Fields(parse(text, "f.yaml"), "probe 'x/one'", Place("f.yaml", 1)))


def step(line):
    [found] = read(f"model:\n  - {line}\n")
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('reply: "I am sorry."', Step(content="I am sorry.")),
        ("reply: ''", Step(content="")),
        ("json: {a: 1.0, b: no}", Step(content='{"a":1.0,"b":"no"}')),
        ("json: null", Step(content="null")),
        ("content: null", Step(content=None)),
        ("content: [1.0, {a: b}]", Step(content=[b"1.0", {"a": "b"}])),
        ("content: false", Step(content=False)),
        ("answer: {}", Step(body=b"")),
        ("answer: {status: 500, body: boom}", Step(status=500, body=b"boom")),
        (
            "answer: {body_hex: 'ff', content_type: text/html}",
            Step(body=b"\xff", content_type="text/html"),
        ),
        (
            "answer: {status: 302, headers: [[location, /x], [a, b]]}",
            Step(status=302, body=b"", headers=(("location", "/x"), ("a", "b"))),
        ),
        ("answer: {content_type: ''}", Step(body=b"", content_type="")),
        ("answer: {json: {a: 1.0}}", Step(body=b'{"a":1.0}')),
        ("fault: hang_up", Step(fault=Fault.HANG_UP)),
        ("fault: break_off", Step(fault=Fault.BREAK_OFF)),
        ("{reply: x, tokens: [1, 0], delay_ms: 250}", Step(content="x", tokens=(1, 0), delay=0.25)),
        ("{reply: x, meets: two}", Step(content="x", meets="two")),
        ("{reply: x, chunked: true}", Step(content="x", chunked=True)),
        ("{fault: hang_up, delay_ms: 1}", Step(fault=Fault.HANG_UP, delay=0.001)),
        ("{answer: {status: 204}, delay_ms: 1}", Step(status=204, body=b"", delay=0.001)),
    ],
)
def test_every_kind_of_step_is_read(line, expected):
    assert step(line) == expected


def test_steps_keep_their_order_and_no_script_is_empty():
    assert [each.content for each in read("model: [{reply: a}, {reply: b}]")] == ["a", "b"]
    assert read("{}") == read("model: []") == ()


def test_a_step_stands_as_often_as_it_says():
    assert [each.content for each in read("model: [{reply: a, times: 3}, {reply: b}]")] == [*"aaab"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{}", "a step of the model needs exactly one of reply, json, content, answer, fault; it has 0"),
        ("{reply: a, json: 1}", "exactly one of reply, json, content, answer, fault; it has 2"),
        ("x", "a step of the model has to be a mapping"),
        ("reply: 7", "'reply' of a step of the model has to be text, not 7"),
        ("fault: explode", "unknown fault 'explode': hang_up, break_off"),
        ("{reply: a, delay: 7}", "unknown key 'delay' in a step of the model"),
        (
            "{reply: a, delay_ms: -1}",
            "'delay_ms' of a step of the model has to be an integer from 0 to 600000",
        ),
        ("{reply: a, delay_ms: 600001}", "has to be an integer from 0 to 600000"),
        ("{reply: a, tokens: [1]}", "'tokens' is a list of two counts: prompt and completion"),
        ("{reply: a, tokens: [1, 2, x]}", "'tokens' is a list of two counts: prompt and completion"),
        ("{reply: a, tokens: [1, -2]}", "'tokens' is a list of two counts: prompt and completion"),
        ("{reply: a, tokens: [1, '2']}", "'tokens' is a list of two counts: prompt and completion"),
        ("{reply: a, tokens: 3}", "'tokens' of a step of the model has to be a list, not 3"),
        (
            "answer: {status: 100}",
            "'status' of a step of the model.answer has to be an integer from 200 to 599",
        ),
        ("answer: {status: 600}", "has to be an integer from 200 to 599"),
        ("answer: {body_hex: zz}", "'body_hex' has to be pairs of hexadecimal digits"),
        ("answer: {body_hex: 'ff', body: x}", "has a 'body' and a 'body_hex'"),
        ("answer: {code: 500}", "unknown key 'code' in a step of the model.answer"),
        ("answer: {headers: [x]}", "a header is a list of two texts: [name, value]"),
        ('answer: {headers: [[x, "a\\nb"]]}', "a header cannot hold a line break"),
        ("answer: 500", "'answer' of a step of the model has to be a mapping, not 500"),
    ],
)
def test_a_step_that_cannot_be_played_is_a_mistake_with_its_line(line, message):
    with pytest.raises(Mistake) as raised:
        step(line)
    assert message in str(raised.value)
    assert raised.value.place.line == 2


def test_a_reply_is_played_in_openais_shape():
    played = play([Step(content="x")], 0, OPENAI_PATH, "m")
    assert (played.status, played.content_type, played.fault, played.delay) == (
        200,
        "application/json",
        None,
        0.0,
    )
    assert json.loads(played.body) == {
        "object": "chat.completion",
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}],
    }


def test_a_reply_is_played_in_ollamas_shape():
    assert json.loads(play([Step(content="x")], 0, OLLAMA_PATH, "m").body) == {
        "model": "m",
        "message": {"role": "assistant", "content": "x"},
        "done": True,
    }


def test_tokens_stand_where_each_shape_has_them():
    script = [Step(content="x", tokens=(7, 0))]
    assert json.loads(play(script, 0, OPENAI_PATH, "m").body)["usage"] == {
        "prompt_tokens": 7,
        "completion_tokens": 0,
    }
    ollama = json.loads(play(script, 0, OLLAMA_PATH, "m").body)
    assert (ollama["prompt_eval_count"], ollama["eval_count"]) == (7, 0)


@pytest.mark.parametrize("content", [None, False, b"1.0", [b"1e400"], {"a": ["é"]}, "\u2028"])
def test_content_of_any_type_is_said_without_loss(content):
    for path in (OPENAI_PATH, OLLAMA_PATH):
        body = parse_json(play([Step(content=content)], 0, path, "m").body)
        message = body["message"] if path == OLLAMA_PATH else body["choices"][0]["message"]
        assert message == {"role": "assistant", "content": content}


@pytest.mark.parametrize("path", [OPENAI_PATH, OLLAMA_PATH])
def test_a_whole_answer_is_played_byte_for_byte_in_either_shape(path):
    script = [Step(status=299, body=b"\xff{", content_type="x/y", delay=0.5)]
    assert play(script, 0, path, "m") == Played(299, "x/y", b"\xff{", delay=0.5)


def test_a_fault_is_played_as_itself():
    assert play([Step(fault=Fault.BREAK_OFF)], 0, OPENAI_PATH, "m").fault is Fault.BREAK_OFF


def test_each_call_gets_its_own_step_and_a_call_too_many_says_so():
    script = [Step(body=b"0"), Step(body=b"1")]
    assert [play(script, call, OPENAI_PATH, "m").body for call in (1, 0)] == [b"1", b"0"]
    for call in (2, 99):
        assert play(script, call, OPENAI_PATH, "m") == EXHAUSTED
    assert Played(500, "text/plain", b"the script has no further step") == EXHAUSTED
