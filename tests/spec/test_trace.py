"""Chapter TR: one id joins the answer, the spans and the session row."""

import re

import pytest
from tests.spec.daemon import GOOD_FILL, ITERATE, JSON_HEADERS, ProviderCall, ask, iterate

CHAT = {"provider": "open", "model": "m", "messages": []}


def call(*values, name=b"X-Lakehouse-Trace-Id", **members):
    headers = (*JSON_HEADERS, *((name, value) for value in values))
    return iterate(GOOD_FILL, headers=headers, **members)


def carried(provider_call: ProviderCall):
    return dict(provider_call.headers).get("x-lakehouse-trace-id")


@pytest.mark.parametrize("value", [b"abc", b"a b", b"a\tb", b"!~ {}\"'", b"x" * 500])
@pytest.mark.parametrize("name", [b"X-Lakehouse-Trace-Id", b"x-lakehouse-trace-id", b"X-LAKEHOUSE-TRACE-ID"])
def test_a_visible_header_in_any_case_is_the_id_tr_1(name, value):
    assert call(value, name=name).json["trace_id"] == value.decode()


@pytest.mark.parametrize("value", [b"", b"caf\xc3\xa9", b"\x7f", b"a\x01b"])
def test_a_header_that_does_not_qualify_is_not_used_tr_1_tr_3(value):
    assert call(value).json["trace_id"] == "0000000000000001"


def test_of_repeated_headers_the_first_counts_alone_tr_2():
    assert call(b"one", b"two").json["trace_id"] == "one"
    assert call(b"", b"two").json["trace_id"] == "0000000000000001"


def test_an_id_is_minted_where_none_was_received_tr_3_tr_4():
    assert re.fullmatch("[!-~]+", iterate(GOOD_FILL).json["trace_id"])


def test_the_id_is_in_both_bodies_tr_5():
    assert call(b"abc").json["trace_id"] == "abc"
    assert (
        iterate("no", max_iterations=1, headers=(*JSON_HEADERS, (b"x-lakehouse-trace-id", b"abc"))).json[
            "trace_id"
        ]
        == "abc"
    )


def test_the_hop_carries_the_id_to_the_provider_tr_6_tr_7():
    assert carried(call(b"a b").calls[0]) == "a b"
    minted = iterate(GOOD_FILL)
    assert carried(minted.calls[0]) == minted.json["trace_id"]


def test_chat_carries_its_own_header_verbatim_or_none_tr_7():
    def carried_by(*values):
        headers = (*JSON_HEADERS, *((b"X-Lakehouse-Trace-Id", value) for value in values))
        return carried(ask("/v1/chat", CHAT, "hi", headers=headers).calls[0])

    assert carried_by(b"abc", b"def") == "abc"
    assert carried_by(b"caf\xe9") == "caf\xe9"
    assert carried_by() is None


def test_row_and_spans_have_the_same_id_tr_8():
    handled = call(b"abc").handled
    assert handled.row["session_id"] == handled.trace["id"] == handled.spans[0]["traceId"] == "abc"


def test_an_id_in_the_body_is_ignored_tr_9():
    assert call(trace_id="abc").json["trace_id"] == "0000000000000001"
    assert "trace_id" not in ITERATE


def test_white_space_around_the_value_is_no_part_of_it_tr_10():
    assert call(b" \tabc\t ").json["trace_id"] == "abc"
    assert call(b" \t ").json["trace_id"] == "0000000000000001"
