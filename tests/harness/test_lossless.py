"""JSON is read and written without loss: numbers keep their text, members that repeat are seen."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.trees import number_texts, spellings, trees

from lakehouse_parity import lossless
from lakehouse_parity.lossless import NotJson, Repeated, parse, same_number, write

DEEP = 20_000
TOO_MUCH = "nested too deeply for a text of more than 50,000 brackets and commas"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1", b"1"),
        ("1.0", b"1.0"),
        ("-0", b"-0"),
        ("9007199254740993", b"9007199254740993"),
        ("1e400", b"1e400"),
        ("0.1000000000000000055", b"0.1000000000000000055"),
        ('"1"', "1"),
        ("true", True),
        ("null", None),
        (' [1 , "é\\n\\u00e9"] ', [b"1", "é\né"]),
        ('{"b": {}, "a": []}', {"b": {}, "a": []}),
    ],
)
def test_every_value_is_kept_as_it_is_written(text, tree):
    found = parse(text.encode())
    assert found == tree
    assert type(found) is type(tree)


def test_a_member_that_stands_twice_is_kept_twice_in_order():
    found = parse(b'{"a":1,"b":2,"a":null,"a":1}')
    assert found == {"a": Repeated([b"1", None, b"1"]), "b": b"2"}
    assert isinstance(found["a"], Repeated)


def test_members_that_repeat_equal_no_array_of_the_same_values():
    repeated, array = parse(b'{"a":1,"a":2}'), parse(b'{"a":[1,2]}')
    assert repeated != array
    assert array != repeated
    assert repeated == parse(b'{"a":1,"a":2}')
    assert not repeated["a"] != Repeated([b"1", b"2"])  # noqa: SIM202  the operator itself


@pytest.mark.parametrize(
    "data",
    [
        b"", b" ", b"nul", b"NaN", b"Infinity", b"-Infinity", b"+1", b"01", b".5", b"5.", b"1e", b"0x1",
        b"--1", b"'a'", b'"a', b'"\\x"', b'"\n"', b"[1,]", b"[1 2]", b"[,]", b"{,}", b'{"a"}', b'{"a":}',
        b'{"a":1,}', b"{1:2}", b"{a:1}", b'{"a" 1}', b"[", b"]", b"{", b"}", b"[}", b"1 2", b"[1]]",
        b"\xef\xbb\xbf{}", b'"\xff"', b'"\xed\xa0\x80"', b"\x00", b"\x0b1", b"/* */1", b"true false",
        b"\xc2\xa01", b"1\xc2\xa0", b"1\x0b", b"1X", b"{}X",
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused_at_any_depth(data):
    with pytest.raises(NotJson):
        parse(data)
    with pytest.raises(NotJson):
        parse(b"[" * DEEP + b"1," + data + b"]" * DEEP)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * DEEP,
        b"[" * DEEP + b"]" * (DEEP - 1),
        b"[" * DEEP + b"]" * (DEEP + 1),
        b"[" * DEEP + b"}" * DEEP,
        b'{"a":' * DEEP + b"}" * DEEP,
        b'{"a"' * DEEP + b"}" * DEEP,
        b"[" * DEEP + b"value" + b"]" * DEEP,
        b"[" * DEEP + b"key" + b"]" * DEEP,
    ],
)
def test_a_broken_text_nested_20000_deep_is_refused_like_any_other(data):
    with pytest.raises(NotJson):
        parse(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"NaN", "NaN is no JSON"),
        (b"[" * DEEP, "the text ends where a value or ] is expected"),
        (b"[" * DEEP + b"1", "the text ends where , or ] is expected"),
        (b"[" * DEEP + b"1" + b"]" * DEEP + b"]", "']' where the end is expected"),
        (b"[" * DEEP + b'{"a":1 "b"', "'\"b\"' where , or } is expected"),
        (b"[" * DEEP + b'"', f"unreadable at character {DEEP}"),
        (b"[" * DEEP + b'1 "' + b"x" * 30, f"unreadable at character {DEEP + 1}"),
        (b"[" * DEEP + b"1 " + b"2" * 30, f"'{'2' * 20}' where , or ] is expected"),
        (b"[" * DEEP + b"tru", "Expecting value: line 1 column 1 (char 0)"),
        (b"[" * 2_000_000, TOO_MUCH),
        (b"[" * 2_000 + b"1," * 1_000_000, TOO_MUCH),
    ],
)
def test_why_a_text_is_no_json_is_told(data, message):
    with pytest.raises(NotJson) as refused:
        parse(data)
    assert str(refused.value) == message


def test_a_text_nested_20000_deep_is_read_and_written_whole():
    data = b'[{"a":' * (DEEP // 2) + b'{"x":-0.0,"x":"\xc3\xa9"}' + b"}]" * (DEEP // 2)
    assert write(parse(data)).encode() == data


@given(trees, st.data())
def test_every_spelling_of_a_tree_is_read_as_that_tree(tree, data):
    assert parse(data.draw(spellings(tree)).encode()) == tree


@given(trees)
def test_reading_what_was_written_loses_nothing(tree):
    assert parse(write(tree).encode()) == tree


@pytest.mark.parametrize("around", [0, DEEP])
def test_members_are_written_in_their_own_order_or_sorted_by_name(around):
    own, sorted_ = (f"{'[' * around}{text}{']' * around}" for text in ('{"b":2,"a":1}', '{"a":1,"b":2}'))
    tree = parse(own.encode())
    assert write(tree) == own
    assert write(tree, sort=True) == sorted_


@given(trees, st.booleans())
def test_the_way_for_deep_trees_writes_what_recursion_writes(tree, sort):
    assert lossless._deep_text(tree, sort=sort) == lossless._text(tree, sort=sort)


@given(trees)
def test_what_is_written_is_json_to_everyone(tree):
    json.loads(write(tree))


@given(trees, st.data())
def test_the_way_for_deep_texts_reads_what_the_decoder_reads(tree, data):
    text = data.draw(spellings(tree))
    assert lossless._parse_deep(text) == tree


@given(trees, st.data())
def test_the_way_for_deep_texts_refuses_what_the_decoder_refuses(tree, data):
    text = write(tree)
    place = data.draw(st.integers(0, len(text)))
    text = text[:place] + data.draw(st.sampled_from([*'[]{},:"1 a-\\', ""])) + text[place + 1 :]
    assert _outcome(lossless._parse_deep, text) == _outcome(lossless._DECODER.decode, text)


def _outcome(read, text):
    try:
        return read(text)
    except ValueError:
        return "refused"


def test_half_a_surrogate_pair_is_read_and_can_be_written_as_utf_8():
    tree = parse(rb'{"\udc00":"a\ud800"}')
    assert tree == {"\udc00": "a\ud800"}
    assert write(tree).encode() == rb'{"\udc00":"a\ud800"}'


def test_a_pair_of_escapes_is_one_character():
    assert parse(rb'"\ud83d\ude00"') == "😀"
    assert write("😀") == '"😀"'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0"), ("1", "1e0"), ("1", "10E-1"), ("1", "0.1e1"), ("100", "1e2"), ("0", "0.00"),
        ("0", "0e7"), ("-0", "-0.0"), ("-0", "-0e5"), ("1e400", "10e399"), ("1.50", "1.5"),
        ("1e1000000000000000000000", "10e999999999999999999999"),
    ],
)  # fmt: skip
def test_numbers_of_one_value_are_the_same_however_they_are_written(one, other):
    assert same_number(one.encode(), other.encode())
    assert same_number(other.encode(), one.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0", "-0"), ("0.0", "-0.0"), ("1", "-1"), ("1", "2"), ("1", "10"), ("1e400", "1e401"),
        ("1e-400", "0"), ("0.1", "0.10000000000000001"), ("9007199254740993", "9007199254740992"),
        ("18446744073709551615", "18446744073709551616"),
        ("1e999999999999999999999", "1e999999999999999999998"),
    ],
)  # fmt: skip
def test_numbers_of_different_value_are_never_the_same_not_even_where_a_double_cannot_tell(one, other):
    assert not same_number(one.encode(), other.encode())
    assert not same_number(other.encode(), one.encode())


def test_an_exponent_of_thousands_of_digits_ends_nothing():
    huge = b"1e" + b"9" * 5000
    assert same_number(huge, huge)
    assert not same_number(huge, b"1")


@given(number_texts(), number_texts())
def test_two_numbers_are_the_same_where_their_exact_decimals_and_signs_are(one, other):
    exact = Decimal(one) == Decimal(other) and one.startswith("-") == other.startswith("-")
    assert same_number(one.encode(), other.encode()) == exact


@given(number_texts(), st.integers(0, 30))
def test_a_number_is_the_same_without_its_point_and_with_zeros_behind_it(text, zeros):
    sign, digits, exponent = Decimal(text).as_tuple()
    moved = "-" * sign + "".join(map(str, digits)) + "0" * zeros + f"e{exponent - zeros}"
    assert same_number(text.encode(), moved.encode())
