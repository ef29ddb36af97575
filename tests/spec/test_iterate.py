"""Chapter IT: the loop."""

import json

import pytest
from tests.spec.daemon import (
    GO_SETTINGS,
    GOOD_FILL,
    ITERATE,
    JSON_HEADERS,
    SETTINGS,
    answer,
    ask,
    iterate,
    said,
)

from lakehouse_spec import iterate as loop
from lakehouse_spec.dialects import Dialect
from lakehouse_spec.service import ProviderSilence
from lakehouse_spec.wire import HttpAnswer, reason

BOTH = (SETTINGS, GO_SETTINGS)
NO_JSON = "\n\nYour previous attempt did not contain a JSON object. Reply with ONLY a valid JSON object matching the requested artifact shape."  # noqa: E501
UNKNOWN = '{"fills":[{"candidate_id":"X"}]}'
UNKNOWN_ERROR = '{"Consistency":{"reason":"candidate \'X\' is not in the roster"}}'


def refused(body, settings=SETTINGS):
    """Whether an answer in the class 4xx is all that a body leads to."""
    exchange = ask("/v1/iterate", body, GOOD_FILL, settings=settings)
    if 400 <= exchange.status <= 499 and not exchange.calls:
        assert exchange.handled.row is None
        assert not exchange.handled.spans
        assert exchange.handled.trace is None
        return True
    return False


@pytest.mark.parametrize("settings", BOTH)
@pytest.mark.parametrize("name", ["kind", "prompt", "provider", "model"])
@pytest.mark.parametrize("value", [None, 1, [], {}, True])
def test_required_members_are_strings_it_1(settings, name, value):
    assert refused({key: each for key, each in ITERATE.items() if key != name}, settings)
    assert refused({**ITERATE, name: value}, settings)


@pytest.mark.parametrize("settings", BOTH)
@pytest.mark.parametrize("kind", ["Fill", "", "fill ", "other"])
def test_an_unknown_kind_is_refused_it_3(settings, kind):
    assert refused({**ITERATE, "kind": kind}, settings)


@pytest.mark.parametrize("settings", BOTH)
@pytest.mark.parametrize("name", ["max_iterations", "max_tokens"])
@pytest.mark.parametrize("text", ["3.0", "-0", "1e1", "-1", "4294967296", '"3"', "true", "[]"])
def test_counts_are_integers_without_fraction_or_exponent_it_1(settings, name, text):
    assert refused(json.dumps(ITERATE).encode()[:-1] + f',"{name}":{text}}}'.encode(), settings)


@pytest.mark.parametrize("settings", BOTH)
@pytest.mark.parametrize(
    ("name", "value"), [("system", 1), ("system", {}), ("temperature", "0.2"), ("temperature", True)]
)
def test_mistyped_optional_members_are_refused_it_3(settings, name, value):
    assert refused({**ITERATE, name: value}, settings)


@pytest.mark.parametrize("settings", BOTH)
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'"x"', b"{", b"\xef\xbb\xbf{}", b"{}x", b'["fill","P","open","m"]']
)
def test_what_is_no_json_object_is_refused_it_3_ht_6(settings, body):
    assert refused(body, settings)


def test_null_equals_absent_for_optional_members_it_1():
    optional = ("system", "context", "max_iterations", "temperature", "max_tokens")
    assert iterate(GOOD_FILL, **dict.fromkeys(optional)).calls == iterate(GOOD_FILL).calls


@pytest.mark.parametrize(("settings", "deepest"), [(SETTINGS, 200_000), (GO_SETTINGS, 9_999)])
def test_unknown_members_are_not_looked_into_it_2(settings, deepest):
    rest = json.dumps(ITERATE)[1:]
    for value in ("1e999", r'"\ud800"', "9" * 5000, "[" * deepest + "]" * deepest, '{"a":{},"a":[1.0]}'):
        assert (
            ask("/v1/iterate", f'{{"x":{value},{rest}'.encode(), GOOD_FILL, settings=settings).status == 200
        )
    for value in ("01", "NaN", "[1,]", "{1:2}", '"\x01"', ""):
        assert refused(f'{{"x":{value},{rest}'.encode(), settings)


def test_unknown_members_are_not_checked_for_utf_8_it_2_js_8():
    rest = json.dumps(ITERATE).encode()[1:]
    for settings in BOTH:
        assert ask("/v1/iterate", b'{"x":"\xff",' + rest, GOOD_FILL, settings=settings).status == 200
    known = b'{"system":"\xff",' + rest
    assert refused(known)
    assert (
        ask("/v1/iterate", known, GOOD_FILL, settings=GO_SETTINGS).sent(0)["messages"][0]["content"]
        == "\ufffd"
    )


def test_names_are_case_sensitive_it_2():
    assert iterate(GOOD_FILL, Prompt="Q", PROMPT=1).prompt(0) == "P"
    assert refused({"Kind": "fill", **{name: value for name, value in ITERATE.items() if name != "kind"}})


@pytest.mark.parametrize("settings", BOTH)
def test_a_member_given_twice_is_refused_ht_4(settings):
    rest = json.dumps(ITERATE)[1:]
    assert refused(f'{{"prompt":"a",{rest}'.encode(), settings)
    assert refused(f'{{"\\u0070rompt":"a",{rest}'.encode(), settings)
    assert not refused(f'{{"x":1,"x":2,{rest}'.encode(), settings)


@pytest.mark.parametrize(("given", "effective"), [(None, 3), (0, 1), (1, 1), (2, 2)])
def test_the_effective_maximum_it_4(given, effective):
    exchange = iterate(*["no"] * 5, max_iterations=given)
    assert (exchange.status, len(exchange.calls), exchange.json["iterations"]) == (422, effective, effective)


def test_defaults_are_filled_in_and_zeros_are_sent_it_5():
    sent = iterate(GOOD_FILL).sent(0)
    assert (sent["temperature"], sent["max_tokens"]) == (0.2, 4096)
    sent = iterate(GOOD_FILL, temperature=0, max_tokens=0).sent(0)
    assert (sent["temperature"], sent["max_tokens"]) == (0, 0)


def test_the_temperature_goes_through_every_hop_in_the_dialect_it_5_js_6():
    text = json.dumps(ITERATE)[:-1] + ',"temperature":0.9331271396309577}'
    assert b'"temperature":0.9331271396309576' in ask("/v1/iterate", text.encode(), GOOD_FILL).calls[0].body
    go = ask("/v1/iterate", text.encode(), GOOD_FILL, settings=GO_SETTINGS)
    assert b'"temperature":0.9331271396309577' in go.calls[0].body


def test_each_iteration_asks_once_with_exactly_these_members_it_6():
    state = loop.begin(loop.read_request(json.dumps(ITERATE).encode(), Dialect.SERDE_JSON))
    assert set(loop.chat_request(state)) == {"messages", "provider", "model", "temperature", "max_tokens"}
    assert len(iterate("no", "no", GOOD_FILL).calls) == 3


def test_the_system_message_comes_first_even_if_empty_it_7():
    user = {"role": "user", "content": "P"}
    assert iterate(GOOD_FILL).sent(0)["messages"] == [user]
    assert iterate(GOOD_FILL, system="").sent(0)["messages"] == [{"role": "system", "content": ""}, user]


@pytest.mark.parametrize(
    "body",
    [{}, [], 1, {"choices": []}, {"choices": {}}, {"choices": [1]}, {"choices": [{}]},
     {"choices": [{"message": "x"}]},
     {"choices": [{"message": {}}]}, {"choices": [{"message": {"content": None}}]},
     {"choices": [{"message": {"content": [1]}}]},
     {"choices": [{}, {"message": {"content": GOOD_FILL}}]}],
)  # fmt: skip
def test_raw_is_empty_where_there_is_no_content_it_8(body):
    exchange = iterate(answer(body), max_iterations=1)
    assert exchange.json["history"] == [{"iteration": 0, "raw": "", "status": {"kind": "no_json"}}]


def test_without_an_object_the_prompt_asks_for_one_it_9():
    assert iterate("no", GOOD_FILL).prompt(1) == "P" + NO_JSON


def test_the_validate_hop_gets_kind_artifact_and_context_it_10():
    request = loop.read_request(json.dumps(ITERATE).encode(), Dialect.SERDE_JSON)
    assert loop.validate_request(request, {"a": 1}) == {"kind": "fill", "artifact": {"a": 1}, "context": None}
    assert iterate(GOOD_FILL, context={"city": "Toledo"}).status == 200
    assert iterate(GOOD_FILL, context={"city": "Reno"}, max_iterations=1).status == 422


@pytest.mark.parametrize(
    ("dialect", "text"),
    [(Dialect.SERDE_JSON, '{"a":"<\u2028","b":1.0}'), (Dialect.ENCODING_JSON, r'{"a":"<\u2028","b":1}')],
)
def test_the_error_text_is_the_answer_as_the_library_writes_it_it_11(dialect, text):
    state = loop.begin(loop.read_request(json.dumps(ITERATE).encode(), dialect))
    chat = HttpAnswer(200, (), said("{}").body)
    after = loop.advance(
        state, chat, lambda _: HttpAnswer(500, (), '{"b": 1.0, "a": "<\u2028"}'.encode()), dialect
    )
    assert after.attempts[0].error == text


def test_an_unreadable_validate_answer_is_a_failed_validation_it_12():
    """An artifact of depth 127 is one too deep inside the validate hop's request."""
    deep = '{"a":' * 127 + "1" + "}" * 127
    exchange = iterate(deep, GOOD_FILL)
    assert exchange.status == 200
    assert exchange.json["history"][0]["status"] == {
        "kind": "validation_failed",
        "error": "validate parse: not JSON",
    }
    assert (
        iterate(deep, max_iterations=1, settings=GO_SETTINGS)
        .json["history"][0]["status"]["error"]
        .startswith('{"Schema"')
    )


def test_after_a_failed_validation_the_prompt_has_the_error_it_13():
    assert iterate(UNKNOWN, GOOD_FILL).prompt(1) == (
        f"P\n\nPrior attempt failed validation:\n{UNKNOWN_ERROR}"
        "\n\nFix the specific issue above and respond with a corrected JSON object."
    )


def test_feedback_never_accumulates_it_14():
    exchange = iterate(UNKNOWN, "no", UNKNOWN, GOOD_FILL, max_iterations=4)
    assert exchange.prompt(1) == exchange.prompt(3)
    assert exchange.prompt(2) == "P" + NO_JSON


@pytest.mark.parametrize("error", ["{error}", "{}", "{0}", "%s"])
def test_feedback_holds_the_error_as_it_is_it_13(error):
    artifact = json.dumps({"fills": [{"candidate_id": error}]})
    assert json.dumps(f"candidate '{error}' is not in the roster") in iterate(artifact, GOOD_FILL).prompt(1)


def test_accepted_it_15():
    body = iterate("no", GOOD_FILL).json
    assert set(body) == {"artifact", "validation", "iterations", "history", "trace_id"}
    assert body["artifact"] == json.loads(GOOD_FILL)
    assert set(body["validation"]) == {"findings", "elapsed_ms"}
    assert body["iterations"] == 2


def test_exhausted_it_16():
    exchange = iterate("no", "no", max_iterations=2)
    assert exchange.status == 422
    assert set(exchange.json) == {"error", "iterations", "history", "trace_id"}
    assert exchange.json["error"] == "max iterations reached (2) without passing validation"


def test_history_has_every_attempt_cut_to_2000_it_17():
    long = "🙂" * 2001
    history = iterate(long, UNKNOWN, GOOD_FILL).json["history"]
    assert [entry["iteration"] for entry in history] == [0, 1, 2]
    assert history[0]["raw"] == "🙂" * 2000
    assert all(set(entry) == {"iteration", "raw", "status"} for entry in history)


def test_a_status_is_tagged_by_its_kind_it_18():
    history = iterate("no", UNKNOWN, GOOD_FILL).json["history"]
    assert [entry["status"] for entry in history] == [
        {"kind": "no_json"},
        {"kind": "validation_failed", "error": UNKNOWN_ERROR},
        {"kind": "accepted"},
    ]


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (answer(b"boom", 500), "chat 500 Internal Server Error: boom"),
        (answer(b"x" * 301, 429), "chat 429 Too Many Requests: " + "x" * 300),
        (answer(b"", 404), "chat 404 Not Found: "),
        (answer(b"m", 302), "chat 302 Found: m"),
        (answer(b"odd", 599), "chat 599 <unknown status code>: odd"),
        (answer(b"a\xe2\x82b\xffc\xf0\x9f\x98\xed\xa0\x80", 500),
        "chat 500 Internal Server Error: a\ufffdb\ufffdc\ufffd\ufffd\ufffd\ufffd"),
        (answer(b"not json"), "chat parse: not JSON"),
        (answer(b"", 204), "chat parse: not JSON"),
        (ProviderSilence(), "chat 502 Bad Gateway: provider 'open': no answer"),
    ],
)  # fmt: skip
def test_a_failed_chat_hop_ends_the_call_it_19_it_20_it_21_it_22_it_27(reply, cause):
    exchange = iterate("no", reply, GOOD_FILL)
    assert (exchange.status, len(exchange.calls)) == (502, 2)
    assert exchange.text == f"/v1/chat hop failed at iter 1: {cause}"


def test_whether_a_chat_answer_parses_is_the_dialects_matter_it_22_js_4():
    reply = answer(b'{"choices":[{"message":{"content":"{\\"fills\\":[]}\\ud800"}}]}')
    assert iterate(reply).text == "/v1/chat hop failed at iter 0: chat parse: not JSON"
    assert iterate(reply, settings=GO_SETTINGS).json["history"][0]["raw"] == '{"fills":[]}\ufffd'


def test_phrases_are_those_of_the_gateways_library_it_20():
    assert [reason(code) for code in (404, 413, 418, 425, 511, 599)] == [
        "Not Found", "Payload Too Large", "I'm a teapot", "Too Early", "Network Authentication Required",
        "<unknown status code>",
    ]  # fmt: skip


def test_content_types_it_26():
    def content_type(exchange):
        return dict(exchange.handled.answer.headers)["content-type"].partition(";")[0]

    assert content_type(iterate(GOOD_FILL)) == "application/json"
    assert content_type(iterate("no", max_iterations=1)) == "application/json"
    assert content_type(iterate(ProviderSilence())) == "text/plain"


def test_calls_share_nothing_it_28():
    """A step depends on nothing but what it is given; the same call answers the same again."""
    first, second = iterate("no", GOOD_FILL), iterate("no", GOOD_FILL)
    assert first.handled.answer == second.handled.answer
    assert first.calls == second.calls


@pytest.mark.parametrize("member", ["prompt", "context"])
def test_a_hop_may_be_larger_than_a_request_ht_5(member):
    body = json.dumps({**ITERATE, member: "x" * (8 * 1024 * 1024 - 100)}).encode()
    exchange = ask("/v1/iterate", body, GOOD_FILL, headers=JSON_HEADERS)
    assert exchange.status == 200
