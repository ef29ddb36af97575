"""What a typed request asks of a body: its known members as texts, the others only skipped (IT-2, HT-4)."""

import json

import pytest

from lakehouse_spec.dialects import Dialect, Refused
from lakehouse_spec.dialects.members import document, elements, members, read

SERDE, GO = Dialect.SERDE_JSON, Dialect.ENCODING_JSON
BOTH = (SERDE, GO)

STYLES = [{"indent": "\t\n\r "}, {"separators": (",", ":")}, {"separators": (" ,\r", "\t:\n")}]
VALUE = {"a": [1, {"b": None}, []], 'quo"te}': 'x",}]', "": {}, "é": -1.5e3, "t": [True, "\\"]}


@pytest.mark.parametrize("style", STYLES)
def test_members_and_elements_are_the_texts_of_their_values_it_2(style):
    found = members(json.dumps(VALUE, **style), VALUE, SERDE)
    assert {name: json.loads(text) for name, text in found.items()} == VALUE
    assert all(text == text.strip() for text in found.values())
    listed = list(VALUE.values())
    assert [json.loads(text) for text in elements(json.dumps(listed, **style))] == listed


@pytest.mark.parametrize("dialect", BOTH)
def test_only_the_members_asked_for_are_given_each_as_it_is_written_it_2(dialect):
    text = ' { "a" : [ 1.0 ] , "\\u0062" :1e999, "A":2, "c":{"a":3} } '
    assert members(text, ("a", "b", "d"), dialect) == {"a": "[ 1.0 ]", "b": "1e999"}


@pytest.mark.parametrize("dialect", BOTH)
def test_a_known_member_stands_there_once_and_any_other_as_often_as_it_likes_ht_4(dialect):
    assert members('{"x":1,"x":2,"a":3,"x":4}', ("a",), dialect) == {"a": "3"}
    for twice in ('{"a":1,"a":1}', '{"a":1,"x":2,"\\u0061":3}'):
        with pytest.raises(Refused, match=r"^duplicate member a$"):
            members(twice, ("a",), dialect)


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize(
    "skipped",
    ["1e999", "9" * 5000, r'"\ud800"', '"\udc80"', '{"a":{},"a":[]}', "[" * 5_000 + "]" * 5_000],
    ids=["infinite", "long", "surrogate", "bytes", "twice", "deep"],
)
def test_what_nobody_reads_is_skipped_whole_it_2(dialect, skipped):
    assert members(f'{{"x":{skipped},"a":1}}', ("a",), dialect) == {"a": "1"}
    assert elements(f"[{skipped} , 2]") == [skipped, "2"]


BROKEN = {
    "nothing": "",
    "blank": " ",
    "zero-in-front": "01",
    "sign-alone": "-",
    "nan": "NaN",
    "infinity": "-Infinity",
    "half-a-word": "tru",
    "comma-behind-the-last": "[1,]",
    "name-without-quotes": "{1:2}",
    "control-character": '"\x01"',
    "open-string": '"',
    "open-and-deep": "[" * 5_000,
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_what_is_no_json_is_refused_though_nobody_reads_it_it_2(broken):
    for refused in (f'{{"x":{broken},"a":1}}', f'{{"a":1,"x":{broken}}}', f'{{{broken}:1,"a":1}}', broken):
        with pytest.raises(Refused):
            members(refused, ("a",), SERDE)
    with pytest.raises(Refused):
        elements(f"[1,{broken}]")


@pytest.mark.parametrize(
    "text",
    ["[]", "null", "{", '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{"a":1]', "{,}", '{"a" 1}',
     '{"a"}',
     '{"a":1 "b":2}', '{"a":1;"b":2}', '{"a"=1}', "{a:1}", "{1:1}", "{}}", "{} x", "{}{}", 'x{"a":1}',
     '{"a":1}x'],
)  # fmt: skip
def test_what_is_no_single_object_is_refused_it_3(text):
    with pytest.raises(Refused):
        members(text, ("a",), SERDE)


@pytest.mark.parametrize(
    "text",
    ["{}", "null", "", "[", "[1", "[1,", "[1,]", "[,]", "[1}", "[1 2]", "[1;2]", "[]]", "[] x", "x[1]"],
)
def test_what_is_no_single_array_is_refused(text):
    with pytest.raises(Refused):
        elements(text)


@pytest.mark.parametrize("text", ["{}", " {} ", "\t{\n}\r"])
def test_an_empty_object_and_an_empty_array_have_nothing_in_them(text):
    assert members(text, ("a",), SERDE) == {}
    assert elements(text.translate({ord("{"): "[", ord("}"): "]"})) == []


def test_serde_json_looks_at_bytes_only_where_it_reads_and_go_replaces_them_js_8():
    body = b'{"x":"\xff","a":"\xff"}'
    seen = members(document(body, SERDE), ("a",), SERDE)
    with pytest.raises(Refused, match=r"^not UTF-8$"):
        read(seen["a"], SERDE, 1)
    with pytest.raises(Refused):
        members(document(b'{"\xff":1}', SERDE), ("a",), SERDE)
    assert read(members(document(body, GO), ("a",), GO)["a"], GO, 1) == "\ufffd"
    assert members(document(b'{"\xff":1}', GO), ("\ufffd",), GO) == {"\ufffd": "1"}


def test_half_a_surrogate_pair_in_a_name_is_refused_or_replaced_js_4():
    with pytest.raises(Refused):
        members(r'{"\ud800":1}', (), SERDE)
    assert members(r'{"\ud800":1}', ("\ufffd",), GO) == {"\ufffd": "1"}


def test_go_counts_the_depth_of_the_whole_document_and_serde_json_that_of_what_it_reads_js_3():
    fits, too_deep = ("[" * depth + "]" * depth for depth in (9_999, 10_000))
    assert members(document(f'{{"x":{fits}}}'.encode(), GO), (), GO) == {}
    with pytest.raises(Refused):
        document(f'{{"x":{too_deep}}}'.encode(), GO)
    assert members(document(f'{{"x":{too_deep}}}'.encode(), SERDE), (), SERDE) == {}


@pytest.mark.parametrize(("dialect", "limit"), [(SERDE, 127), (GO, 10_000)])
def test_what_is_open_around_a_member_counts_towards_its_depth_js_3(dialect, limit):
    inside = limit - 2
    assert read("[" * inside + "]" * inside, dialect, 2)
    with pytest.raises(Refused):
        read("[" * inside + "]" * inside, dialect, 3)
