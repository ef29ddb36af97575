"""Requests are encoded once, to exactly the bytes that the probe spells out."""

import pytest

from lakehouse_parity.asking import AUTO_TRACE, KINDS
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.fields import Fields
from lakehouse_parity.model import Request, Step
from lakehouse_parity.suite import Names
from lakehouse_parity.yamlio import parse

JSON = (b"Content-Type", b"application/json")


def ask(text, names=None):
    """What the request of a probe with these lines comes to."""
    fields = Fields(parse(text, "f.yaml"), "probe 'x/one'", Place("f.yaml", 1))
    [kind] = [kind for kind in KINDS if fields.has(kind)]
    asked = KINDS[kind](fields, "x/one", names or Names("parity", "local"))
    fields.close()
    return asked


def test_iterate_fills_in_provider_and_model_and_needs_the_model():
    asked = ask("iterate: {kind: fill, prompt: é, temperature: 1.0, max_tokens: 0, context: null}")
    assert asked.request == Request(
        "POST",
        "/v1/iterate",
        (JSON,),
        '{"provider":"parity","model":"x/one","kind":"fill","prompt":"é",'
        '"temperature":1.0,"max_tokens":0,"context":null}'.encode(),
    )
    assert (asked.provider, asked.model, asked.needs) == ("parity", "x/one", {"model"})
    assert (asked.trace, asked.raw, asked.script) == (AUTO_TRACE, None, ())


def test_a_number_is_sent_in_the_very_form_of_the_probe():
    body = ask("iterate: {kind: fill, prompt: p, temperature: 1.50e+1}").request.body
    assert b'"temperature":1.50e+1' in body


def test_a_provider_and_a_model_of_the_probes_own_are_kept_in_their_place():
    asked = ask("iterate: {kind: fill, prompt: p, provider: nobody, model: m}")
    assert (asked.provider, asked.model) == ("nobody", "m")
    assert asked.request.body.startswith(b'{"provider":"nobody","model":"m","kind"')


def test_chat_is_filled_in_likewise_and_holds_anything():
    asked = ask("chat: {messages: 7, temperature: hot}")
    assert asked.request == Request(
        "POST", "/v1/chat", (JSON,), b'{"provider":"parity","model":"x/one","messages":7,"temperature":"hot"}'
    )


@pytest.mark.parametrize("kind", ["chat: {messages: []}", "iterate: {kind: fill, prompt: p}"])
def test_ollama_takes_the_other_provider_and_needs_it(kind):
    asked = ask(kind + "\nollama: true")
    assert (asked.provider, asked.needs) == ("local", {"model", "ollama"})
    assert asked.request.body.startswith(b'{"provider":"local"')
    assert ask(kind + "\nollama: false").provider == "parity"


def test_where_no_provider_of_that_shape_is_wired_the_probe_can_still_be_read_and_skipped():
    asked = ask("chat: {}\nollama: true", Names("parity", None))
    assert (asked.provider, asked.needs) == ("", {"model", "ollama"})


@pytest.mark.parametrize(
    ("value", "body"),
    [
        ("{kind: fill, artifact: null}", b'{"kind":"fill","artifact":null}'),
        ("[1, no]", b'[1,"no"]'),
        ("null", b"null"),
    ],
)
def test_validate_sends_any_json(value, body):
    asked = ask(f"validate: {value}")
    assert asked.request == Request("POST", "/v1/validate", (JSON,), body)
    assert (asked.model, asked.needs) == ("", frozenset())


def test_a_text_to_extract_is_also_the_models_only_answer():
    asked = ask('extract: "```\\n{}\\n```"')
    assert (asked.raw, asked.script) == ("```\n{}\n```", (Step(content="```\n{}\n```"),))
    assert asked.request.body == (
        b'{"kind":"playbook","prompt":"Extract.","max_iterations":1,"provider":"parity","model":"x/one"}'
    )
    assert asked.needs == {"model"}


def test_get_sends_nothing_but_its_headers():
    asked = ask("get: /v1/usage?x=1\nheaders: [[Accept, '*/*']]")
    assert asked.request == Request("GET", "/v1/usage?x=1", ((b"Accept", b"*/*"),), b"")
    assert asked.trace is None


@pytest.mark.parametrize(
    ("section", "request_"),
    [
        ("{method: PUT, path: /x}", Request("PUT", "/x")),
        ("{method: POST, path: /x, body: 'é'}", Request("POST", "/x", (), "é".encode())),
        ("{method: POST, path: /x, body_hex: '00ff'}", Request("POST", "/x", (), b"\0\xff")),
        ("{method: POST, path: /x, json: [1.0, {a: null}]}", Request("POST", "/x", (), b'[1.0,{"a":null}]')),
        ("{method: POST, path: /x, json: null}", Request("POST", "/x", (), b"null")),
        (
            "{method: POST, path: /x, headers: [[A, b], [a, c]]}",
            Request("POST", "/x", ((b"A", b"b"), (b"a", b"c"))),
        ),
    ],
)
def test_http_is_spelled_out_and_nothing_is_added(section, request_):
    asked = ask(f"http: {section}\ntrace: null")
    assert asked.request == request_
    assert (asked.provider, asked.model, asked.trace) == ("parity", "x/one", None)


def test_headers_of_the_probe_stand_behind_those_of_the_request():
    assert ask(
        "http: {method: GET, path: /x, headers: [[a, '1']]}\nheaders: [[b, '2']]\ntrace: t"
    ).request.headers == (
        (b"a", b"1"),
        (b"b", b"2"),
        (b"X-Lakehouse-Trace-Id", b"t"),
    )


@pytest.mark.parametrize(
    ("line", "trace", "headers"),
    [
        ("", AUTO_TRACE, ()),
        ("trace: null", None, ()),
        ("trace: t-1", "t-1", ((b"X-Lakehouse-Trace-Id", b"t-1"),)),
        ("trace: ''", "", ((b"X-Lakehouse-Trace-Id", b""),)),
        ("trace: é", "é", ((b"X-Lakehouse-Trace-Id", "é".encode()),)),
    ],
)
def test_a_trace_id_is_sent_left_out_or_left_to_the_run(line, trace, headers):
    asked = ask(f"iterate: {{kind: fill, prompt: p}}\n{line}")
    assert (asked.trace, asked.request.headers) == (trace, (JSON, *headers))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("get: /x\nheaders: [a]", 2, "a header is a list of two texts: [name, value]"),
        ("get: /x\nheaders: [[a, 1]]", 2, "a header is a list of two texts: [name, value]"),
        ("get: /x\nheaders: [[a, b, c]]", 2, "a header is a list of two texts: [name, value]"),
        ('get: /x\nheaders: [[a, "b\\r\\nc"]]', 2, "a header cannot hold a line break"),
        ('get: /x\nheaders: [["a\\n", b]]', 2, "a header cannot hold a line break"),
        ('get: /x\nheaders: [[a, "\\0"]]', 2, "a header cannot hold a line break"),
        ('chat: {}\ntrace: "a\\nb"', 2, "a trace id cannot hold a line break"),
        ("chat: {}\ntrace: 7", 2, "'trace' of probe 'x/one' has to be text, not 7"),
        ("chat: []", 1, "'chat' of probe 'x/one' has to be a mapping, not a list"),
        ("iterate: x", 1, "'iterate' of probe 'x/one' has to be a mapping, not 'x'"),
        ("iterate: {kind: fill, prompt: p, max_iterations: '3'}", 1, "has to be a number, not '3'"),
        ("get: {a: 1}", 1, "'get' of probe 'x/one' has to be text, not a mapping"),
        ("extract: 7", 1, "'extract' of probe 'x/one' has to be text, not 7"),
        ("http: {path: /x}", 1, "has no 'method'"),
        ("http: {method: GET}", 1, "has no 'path'"),
        ("http: {method: GET, path: /x, jsn: 1}", 1, "unknown key 'jsn'"),
        ("http: {method: GET, path: /x, body: 7}", 1, "has to be text, not 7"),
        ("http: {method: GET, path: /x, body_hex: '0'}", 1, "pairs of hexadecimal digits"),
        ("http: {method: GET, path: /x, body: a, json: 1}", 1, "unknown key 'body'"),
        ("chat: {}\nollama: maybe", 2, "'ollama' of probe 'x/one' has to be true or false, not 'maybe'"),
    ],
)
def test_a_request_that_cannot_be_made_is_a_mistake_with_its_line(text, line, message):
    with pytest.raises(Mistake) as raised:
        ask(text)
    assert message in str(raised.value)
    assert raised.value.place.line == line
