"""From bytes to documents: nothing is dropped but what the specification frees."""

import pytest
from tests.harness.making import answer, call, observed, row, span, tree

from lakehouse_parity.lossless import Repeated
from lakehouse_parity.model import Observation, Refusal, Surface
from lakehouse_parity.normalise import documents, expected


def body_of(data, content_type="application/json"):
    headers = () if content_type is None else (("content-type", content_type),)
    return documents(Observation(answer=answer(data, headers=headers)), None)[Surface.BODY]


def test_only_the_surfaces_that_were_looked_at_are_there():
    assert documents(Observation(), None) == {}
    assert documents(Observation(usage=b"null"), None) == {Surface.USAGE: None}
    assert documents(Observation(rows=(), spans=(), model_requests=()), None) == {
        Surface.SESSION_ROW: [],
        Surface.SPAN: [],
        Surface.MODEL_REQUEST: [],
    }


def test_an_answer_is_its_status_its_content_type_and_its_body():
    found = documents(observed('{"a":1.0}'), None)
    assert found == {
        Surface.STATUS: b"200",
        Surface.HEADER: {"content-type": "application/json"},
        Surface.BODY: {"a": b"1.0"},
    }


@pytest.mark.parametrize(
    ("header", "essence"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        (" text/plain ;charset=utf-8", "text/plain"),
        ("", ""),
    ],
)
def test_of_a_content_type_case_and_parameters_are_free(header, essence):
    found = documents(Observation(answer=answer(headers=(("content-type", header),))), None)
    assert found[Surface.HEADER] == {"content-type": essence}


@pytest.mark.parametrize("header", ["text/plain", "Text/Plain", "text/plain; charset=utf-8", ""])
def test_where_a_probe_is_exact_nothing_of_a_content_type_is_free(header):
    seen = Observation(answer=answer(headers=(("content-type", header),)))
    assert documents(seen, None, exact=True)[Surface.HEADER] == {"content-type": header}


def test_a_missing_content_type_is_not_an_empty_one():
    assert documents(Observation(answer=answer(headers=())), None)[Surface.HEADER] == {"content-type": None}


@pytest.mark.parametrize(("status", "compared"), [(200, True), (204, False), (205, True), (304, False)])
def test_an_answer_that_cannot_have_a_body_has_no_content_type_to_compare_ch_4(status, compared):
    found = documents(Observation(answer=answer("", status)), None)[Surface.HEADER]
    assert found == ({"content-type": "application/json"} if compared else {})


def test_of_two_content_types_the_first_is_the_one():
    headers = (("content-type", "text/html"), ("content-type", "application/json"))
    assert documents(Observation(answer=answer(headers=headers)), None)[Surface.HEADER] == {
        "content-type": "text/html"
    }


def test_plain_text_stays_text_even_where_it_would_parse():
    assert body_of('{"a":1}', "text/plain; charset=utf-8") == '{"a":1}'
    assert body_of('{"a":1}', "application/json") == {"a": b"1"}
    assert body_of('{"a":1}', None) == {"a": b"1"}


def test_a_body_that_is_no_json_is_the_text_itself():
    assert body_of('{"a":1') == '{"a":1'
    assert body_of("") == ""
    assert body_of("\ufeff{}") == "\ufeff{}"
    assert body_of("NaN") == "NaN"


def test_a_body_that_is_no_utf_8_is_shown_as_base64_and_equals_no_text():
    assert body_of(b'"\xff"') == "(not UTF-8, base64) Iv8i"
    assert body_of(b"\xff") != body_of(b"\xfe")


def test_a_member_given_twice_reaches_the_document():
    assert body_of('{"a":1,"a":2}') == {"a": Repeated([b"1", b"2"])}


@pytest.mark.parametrize("status", [400, 404, 415, 422, 499])
def test_of_a_refusal_whose_code_is_free_only_the_class_is_compared(status):
    refused = Observation(answer=answer("whatever", status, ()))
    assert documents(refused, Refusal.CODE_FREE) == {Surface.STATUS: "4xx"}


@pytest.mark.parametrize("status", [200, 302, 399, 500, 502])
def test_what_is_no_refusal_keeps_its_code_where_a_refusal_is_due(status):
    assert documents(Observation(answer=answer("", status, ())), Refusal.CODE_FREE) == {
        Surface.STATUS: str(status).encode()
    }


def test_of_a_refusal_whose_body_is_free_the_very_code_is_compared():
    assert documents(Observation(answer=answer("x", 405, ())), Refusal.BODY_FREE) == {Surface.STATUS: b"405"}


def test_a_refusal_frees_nothing_but_the_answer():
    found = documents(observed(rows=(row(),), model_requests=(call(),)), Refusal.CODE_FREE)
    assert set(found) == {Surface.STATUS, Surface.SESSION_ROW, Surface.MODEL_REQUEST}


def test_a_model_request_is_its_path_its_trace_header_and_its_body():
    headers = (("host", "a"), ("x-lakehouse-trace-id", "t-1"), ("authorization", "Bearer k"))
    found = documents(
        Observation(model_requests=(call('{"temperature":0}', headers=headers), call("x"))), None
    )
    assert found[Surface.MODEL_REQUEST] == [
        {
            "path": "/v1/chat/completions",
            "headers": {"x-lakehouse-trace-id": "t-1"},
            "body": {"temperature": b"0"},
        },
        {"path": "/v1/chat/completions", "headers": {}, "body": "x"},
    ]


def test_of_a_trace_header_sent_twice_both_are_compared():
    twice = (("x-lakehouse-trace-id", "t-1"), ("x-lakehouse-trace-id", "t-2"))
    [request] = documents(Observation(model_requests=(call(headers=twice),)), None)[Surface.MODEL_REQUEST]
    assert request["headers"] == {"x-lakehouse-trace-id": ["t-1", "t-2"]}


def test_in_a_row_null_and_absent_are_alike_in_itself_and_in_its_attempts_alone():
    line = row(a=None, attempts=[{"error": None, "n": 1}, None, 7], artifact={"deep": None, "list": [None]})
    assert documents(Observation(rows=(line,)), None)[Surface.SESSION_ROW] == {
        "schema": "session.iterate.v1",
        "daemon": "gateway",
        "attempts": [{"n": b"1"}, None, b"7"],
        "artifact": {"deep": None, "list": [None]},
    }


def test_one_row_is_itself_and_any_other_number_of_rows_a_list():
    assert documents(Observation(rows=(b'{"a":1}',)), None)[Surface.SESSION_ROW] == {"a": b"1"}
    assert (
        documents(Observation(rows=(b'{"a":1}', b'{"a":1}')), None)[Surface.SESSION_ROW] == [{"a": b"1"}] * 2
    )
    assert documents(Observation(rows=()), None)[Surface.SESSION_ROW] == []


@pytest.mark.parametrize("line", [b'{"a":', b"7", b'{"attempts":7}', b'{"attempts":{"error":null}}'])
def test_an_odd_row_is_kept_as_it_is(line):
    found = documents(Observation(rows=(line,)), None)[Surface.SESSION_ROW]
    assert found == (line.decode() if line == b'{"a":' else tree(line.decode()))


def test_spans_become_documents_with_what_must_hold_between_them():
    [document] = documents(Observation(spans=(span(),)), None)[Surface.SPAN]
    assert document["id"] == "00000000000000aa"
    assert document["holds"]["start is not after end"] is True


@pytest.mark.parametrize("in_time", [True, False])
def test_where_langfuse_fails_all_that_is_compared_is_whether_the_answer_waited(in_time):
    for spans in (None, (span(),)):
        found = documents(Observation(in_time=in_time, spans=spans), None)
        assert found == {Surface.SPAN: {"holds": {"answer is not late": in_time}}}


def test_an_extraction_is_read_without_loss():
    found = documents(Observation(extraction=b'{"found":true,"value":{"a":1e400}}'), None)
    assert found[Surface.EXTRACTION] == {"found": True, "value": {"a": b"1e400"}}


def test_an_expected_value_takes_the_references_place_and_is_a_copy_of_its_own():
    value = {"a": [b"1"]}
    found = {Surface.BODY: tree('{"history":[{"raw":"x"}]}')}
    expected(found, Surface.BODY, ("history", 0, "raw"), value)
    assert found == {Surface.BODY: {"history": [{"raw": {"a": [b"1"]}}]}}
    found[Surface.BODY]["history"][0]["raw"]["a"][0] = "masked"
    assert value == {"a": [b"1"]}


def test_an_expected_value_may_be_the_whole_document_or_a_member_that_is_missing():
    found = {Surface.STATUS: b"200", Surface.BODY: {}}
    expected(found, Surface.STATUS, (), b"422")
    expected(found, Surface.BODY, ("more",), None)
    assert found == {Surface.STATUS: b"422", Surface.BODY: {"more": None}}


def test_a_value_can_be_expected_in_a_document_of_any_depth():
    found = {Surface.BODY: [tree("[" * 20_000 + "]" * 20_000), "x"]}
    expected(found, Surface.BODY, (1,), "y")
    assert found[Surface.BODY][1] == "y"


@pytest.mark.parametrize(
    "parts", [("a", "b"), ("list", 1), ("list", "a"), ("text", "a"), ("none", "a"), (0, "a")]
)
def test_a_value_cannot_be_expected_where_there_is_no_place(parts):
    found = {Surface.BODY: tree('{"list":[1],"text":"t","none":null}')}
    with pytest.raises((LookupError, TypeError)):
        expected(found, Surface.BODY, parts, b"1")
