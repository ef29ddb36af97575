"""Chapters CH, US and HT: the door to the providers, what operators look at, and HTTP itself."""

import json

import pytest
from tests.spec.daemon import GO_SETTINGS, GOOD_FILL, JSON_HEADERS, SETTINGS, answer, ask, iterate

from lakehouse_spec.service import ProviderAnswer, ProviderSilence, Refusal, UsageBook
from lakehouse_spec.usage import UsageCount

BOTH = (SETTINGS, GO_SETTINGS)
CHAT = {
    "provider": "open",
    "model": "m",
    "messages": [{"role": "user", "content": "hi", "name": "x"}],
    "more": 1,
}
OLLAMA = {**CHAT, "provider": "oll"}


def chat(reply, settings=SETTINGS, **members):
    return ask("/v1/chat", {**CHAT, **members}, reply, settings=settings)


def ollama(reply, settings=SETTINGS, **members):
    return ask("/v1/chat", {**OLLAMA, **members}, reply, settings=settings)


@pytest.mark.parametrize("settings", BOTH)
@pytest.mark.parametrize(
    "wrong",
    [{"provider": None}, {"model": 1}, {"messages": None}, {"messages": {}}, {"messages": [1]},
     {"messages": [{"role": "user"}]},
     {"messages": [{"role": 1, "content": ""}]}, {"messages": [["user", "hi"]]},
     {"messages": [{"role": "a", "content": None}]},
     {"temperature": "1"}, {"max_tokens": 1.5}, {"max_tokens": -1}, {"max_tokens": 2**32}],
)  # fmt: skip
def test_a_malformed_request_is_refused_and_not_counted_ch_1_ch_2(settings, wrong):
    exchange = chat("x", settings, **wrong)
    assert 400 <= exchange.status <= 499
    assert exchange.handled.refusal is Refusal.CODE_FREE
    assert (exchange.calls, exchange.handled.usage) == ([], ())


def test_null_equals_absent_and_unknown_members_are_ignored_ch_1():
    assert chat("x", temperature=None, max_tokens=None).calls == chat("x").calls
    message = b'{"role":"a","content":"b","x":1e999,"x":"\\ud800"}'
    body = b'{"provider":"open","model":"m","messages":[' + message + b'],"y":1e999}'
    assert ask("/v1/chat", body, "x").status == 200


def test_a_message_member_given_twice_is_refused_ht_4():
    twice = b'{"provider":"open","model":"m","messages":[{"role":"a","role":"a","content":"b"}]}'
    assert 400 <= ask("/v1/chat", twice, "x").status <= 499


def test_to_openai_goes_exactly_this_ch_3():
    exchange = chat("x", temperature=0, max_tokens=7)
    assert exchange.calls[0].path == "/v1/chat/completions"
    assert exchange.sent(0) == {
        "model": "m", "messages": [{"role": "user", "content": "hi"}], "temperature": 0, "max_tokens": 7
    }  # fmt: skip
    assert set(chat("x").sent(0)) == {"model", "messages"}


@pytest.mark.parametrize(
    "reply",
    [
        ProviderAnswer(200, "text/x; y", b"\xff{"),
        ProviderAnswer(302, None, b""),
        ProviderAnswer(500, "a/b", b"boom"),
    ],
)
def test_the_providers_answer_comes_back_as_it_is_ch_4(reply):
    for ask_provider in (chat, ollama):
        if reply.status == 200 and ask_provider is ollama:
            continue
        given = ask_provider(reply).handled.answer
        assert (given.status, given.body) == (reply.status, reply.body)
        assert dict(given.headers).get("content-type") == reply.content_type


def test_to_ollama_goes_exactly_this_ch_5():
    exchange = ollama(answer({}), temperature=0.5, max_tokens=0)
    assert exchange.calls[0].path == "/api/chat"
    assert exchange.sent(0) == {
        "model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": False,
        "options": {"temperature": 0.5, "num_predict": 0},
    }  # fmt: skip
    assert ollama(answer({})).sent(0)["options"] == {}


@pytest.mark.parametrize("settings", BOTH)
def test_ollamas_answer_is_translated_ch_6(settings):
    message = {"role": "assistant", "content": "hi", "thinking": [1]}
    exchange = ollama(
        answer({"message": message, "prompt_eval_count": 3, "eval_count": 4, "model": "other"}), settings
    )
    assert exchange.json == {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "model": "m",
        "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
    }
    assert ollama(answer({"eval_count": 4}), settings).json == {"choices": [], "model": "m"}
    assert "usage" not in ollama(answer({"prompt_eval_count": "3", "eval_count": 4}), settings).json


def test_silence_and_unreadable_answers_are_502_ch_7():
    for ask_provider, name in ((chat, "open"), (ollama, "oll")):
        exchange = ask_provider(ProviderSilence())
        assert (exchange.status, exchange.text) == (502, f"provider '{name}': no answer")
    for body in (b"[]", b"", b"{", b"null", b'{"message":"\\ud800"}'):
        exchange = ollama(answer(body))
        assert (exchange.status, exchange.text) == (502, "provider 'oll': unreadable answer")
    assert ollama(answer(b'{"message":"\\ud800"}'), GO_SETTINGS).status == 200


def test_an_unknown_provider_is_not_asked_and_not_counted_ch_8():
    exchange = ask("/v1/chat", {**CHAT, "provider": "it's"})
    assert (exchange.status, exchange.text) == (400, "unknown provider 'it's'")
    assert (exchange.calls, exchange.handled.usage) == ([], ())


def test_a_failed_call_is_not_repeated_ch_9():
    assert len(chat(ProviderSilence()).calls) == len(chat(answer(b"", 503)).calls) == 1


def test_usage_is_ordered_and_summed_us_1_us_4():
    book = UsageBook()
    for provider, model, failed in (
        ("b", "x", False),
        ("a", "z", True),
        ("a", "é", False),
        ("a", "z", False),
    ):
        book.add(UsageCount(provider, model, failed, 2, 3))
    entries = ask("/v1/usage", b"", method="GET", headers=(), usage=book).json["usage"]
    assert [(entry["provider"], entry["model"]) for entry in entries] == [("a", "z"), ("a", "é"), ("b", "x")]
    assert entries[0] == {
        "provider": "a", "model": "z", "requests": 2, "failures": 1, "prompt_tokens": 4,
        "completion_tokens": 6
    }  # fmt: skip
    assert ask("/v1/usage", b"", method="GET", headers=()).json == {"usage": []}


def test_iterates_hops_are_counted_and_so_are_failures_us_2():
    counts = iterate("no", answer(b"", 500)).handled.usage
    assert [count.failed for count in counts] == [False, True]
    assert [
        count.failed
        for reply in (ProviderSilence(), answer(b"{"), answer({}, 404))
        for count in ollama(reply).handled.usage
    ] == [True] * 3
    assert not chat(answer(b"not json")).handled.usage[0].failed


@pytest.mark.parametrize("settings", BOTH)
def test_tokens_are_summed_where_they_are_integers_us_3(settings):
    def tokens(reply, ask_provider=chat):
        (count,) = ask_provider(reply, settings).handled.usage
        return count.prompt_tokens, count.completion_tokens

    assert tokens(answer({"usage": {"prompt_tokens": 3, "completion_tokens": 4}})) == (3, 4)
    assert tokens(answer({"usage": {"prompt_tokens": 3, "completion_tokens": "4"}})) == (3, 0)
    assert tokens(answer({"usage": {"prompt_tokens": 2.0, "completion_tokens": 2.5}})) == (2, 0)
    assert tokens(answer({"usage": {"prompt_tokens": True, "completion_tokens": None}})) == (0, 0)
    assert tokens(answer({"usage": [1]})) == tokens(answer([1])) == tokens(answer(b"x")) == (0, 0)
    assert tokens(answer({"usage": {"prompt_tokens": 3, "completion_tokens": 4}}, 500)) == (0, 0)
    assert tokens(answer({"prompt_eval_count": 3, "eval_count": 4}), ollama) == (3, 4)
    assert tokens(answer({"prompt_eval_count": 3}), ollama) == (0, 0)


def test_health_says_who_answers_us_5():
    exchange = ask("/health", b"", method="GET", headers=())
    assert exchange.json == {"status": "ok", "daemon": "gateway", "version": "1.2.3"}


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/iterate/", "/V1/iterate", "/health/x", ""])
def test_an_unknown_path_is_404_ht_1(path):
    assert ask(path, b"{}").status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/iterate"),
        ("PUT", "/v1/chat"),
        ("DELETE", "/v1/validate"),
        ("POST", "/v1/usage"),
        ("POST", "/health"),
    ],
)
def test_another_method_is_405_ht_2(method, path):
    exchange = ask(path, b"{}", method=method)
    assert exchange.status == 405
    assert exchange.handled.refusal is Refusal.BODY_FREE


def test_head_is_as_good_as_get_ht_2():
    for path, status in (("/health", 200), ("/v1/usage", 200), ("/v1/iterate", 405), ("/x", 404)):
        exchange = ask(path, b"", method="HEAD", headers=())
        assert (exchange.status, exchange.text) == (status, "")


@pytest.mark.parametrize("path", ["/v1/iterate", "/v1/chat", "/v1/validate"])
def test_a_post_says_that_it_is_json_ht_3(path):
    def status(*values):
        return ask(path, b"{", headers=tuple((b"content-type", value) for value in values)).status

    assert status() == status(b"text/plain") == status(b"application/jsonx") == status(b"") == 415
    for good in (b"application/json", b"Application/JSON; charset=utf-8", b"application/vnd.x+JSON;a=b"):
        assert status(good) == 400


def test_a_body_of_8_mib_is_read_and_a_larger_one_refused_ht_5():
    def status(size):
        body = json.dumps(CHAT).encode()
        return ask("/v1/chat", body + b" " * (size - len(body)), "x").status

    assert status(8 * 1024 * 1024) == 200
    assert status(8 * 1024 * 1024 + 1) == 413


@pytest.mark.parametrize("settings", BOTH)
@pytest.mark.parametrize("path", ["/v1/iterate", "/v1/chat", "/v1/validate"])
@pytest.mark.parametrize("body", [b"", b"{", b"\xef\xbb\xbf{}", b"{} {}", b"\xff"])
def test_malformed_bodies_are_refused_in_words_ht_6_ht_7(settings, path, body):
    exchange = ask(path, body, GOOD_FILL, settings=settings, headers=JSON_HEADERS)
    assert exchange.status == 400
    assert exchange.text.startswith("malformed request: ")


def test_a_daemon_without_providers_knows_none_ch_8():
    exchange = iterate(settings=SETTINGS._replace(providers={}))
    assert exchange.text == "/v1/chat hop failed at iter 0: chat 400 Bad Request: unknown provider 'open'"
