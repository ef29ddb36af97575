"""A mapping read key by key: what is missing, mistyped or unknown is one clear sentence with its line."""

import pytest

from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.fields import Fields
from lakehouse_parity.yamlio import Items, Map, parse

TEXT = """\
text: x
flag: true
number: 7
null_: null
list: [a, b]
map:
  inner: y
"""


@pytest.fixture
def fields():
    return Fields(parse(TEXT, "f.yaml"), "the thing", Place("f.yaml", 1))


@pytest.mark.parametrize("value", [None, "x", b"1", True, [], {}])
def test_only_a_mapping_has_fields(value):
    with pytest.raises(Mistake, match=r"^f.yaml:4: the thing has to be a mapping$"):
        Fields(value, "the thing", Place("f.yaml", 4))


@pytest.mark.parametrize(
    ("key", "kind", "value"),
    [("text", str, "x"), ("flag", bool, True), ("number", bytes, b"7"), ("list", Items, ["a", "b"]),
     ("map", Map, {"inner": "y"}), ("absent", str, None)],
)  # fmt: skip
def test_a_value_of_its_type_is_given_and_an_absent_one_is_none(fields, key, kind, value):
    assert fields.get(key, kind) == value


@pytest.mark.parametrize(
    ("key", "kind", "message"),
    [
        ("text", bytes, "f.yaml:1: 'text' of the thing has to be a number, not 'x'"),
        ("flag", str, "f.yaml:2: 'flag' of the thing has to be text, not True"),
        ("number", str, "f.yaml:3: 'number' of the thing has to be text, not 7"),
        ("number", bool, "f.yaml:3: 'number' of the thing has to be true or false, not 7"),
        ("null_", str, "f.yaml:4: 'null_' of the thing has to be text, not null"),
        ("list", Map, "f.yaml:5: 'list' of the thing has to be a mapping, not a list"),
        ("map", Items, "f.yaml:6: 'map' of the thing has to be a list, not a mapping"),
    ],
)
def test_a_value_of_another_type_is_a_mistake_at_its_line(fields, key, kind, message):
    with pytest.raises(Mistake) as raised:
        fields.get(key, kind)
    assert str(raised.value) == message


def test_what_is_needed_has_to_be_there(fields):
    assert fields.need("text", str) == "x"
    with pytest.raises(Mistake, match=r"^f.yaml:1: the thing has no 'absent'$"):
        fields.need("absent", str)


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("9", 9)])
def test_a_number_within_bounds_is_given(text, number):
    assert Fields(parse(f"n: {text}", "f"), "it", Place("f")).number("n", 5, 0, 9) == number


@pytest.mark.parametrize("text", ["10", "-1", "1.0", "1e0", "x", "'1'", "null"])
def test_a_number_out_of_bounds_or_of_another_form_is_a_mistake(text):
    with pytest.raises(Mistake, match=r"^f:1: 'n' of it has to be a"):
        Fields(parse(f"n: {text}", "f"), "it", Place("f")).number("n", 5, 0, 9)


def test_an_absent_number_is_its_default(fields):
    assert fields.number("absent", 5, 0, 9) == 5


def test_items_come_with_their_places(fields):
    assert list(fields.items("list")) == [("a", Place("f.yaml", 5)), ("b", Place("f.yaml", 5))]
    assert list(fields.items("absent")) == []


def test_a_mapping_under_a_key_has_fields_of_its_own(fields):
    inner = fields.fields("map")
    assert inner.need("inner", str) == "y"
    assert inner.what == "the thing.map"
    inner.close()
    assert fields.fields("absent") is None


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("body: é", "é".encode()),
        ("body: ''", b""),
        ("{}", b""),
        ("body_hex: 'ff00'", b"\xff\0"),
        ("body_hex: ''", b""),
    ],
)
def test_bytes_are_a_text_or_pairs_of_hexadecimal_digits(text, data):
    assert Fields(parse(text, "f"), "it", Place("f")).data() == data


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("body_hex: 'f'", "f:1: 'body_hex' has to be pairs of hexadecimal digits"),
        ("body_hex: 'zz'", "f:1: 'body_hex' has to be pairs of hexadecimal digits"),
        ("body: x\nbody_hex: 'ff'", "f:2: it has a 'body' and a 'body_hex'"),
        ("body: 1", "f:1: 'body' of it has to be text, not 1"),
    ],
)
def test_bytes_that_are_neither_or_both_are_a_mistake(text, message):
    with pytest.raises(Mistake) as raised:
        Fields(parse(text, "f"), "it", Place("f")).data()
    assert str(raised.value) == message


def test_a_key_that_nobody_asked_for_is_a_mistake_that_names_those_that_were(fields):
    for key in ("text", "flag", "number", "null_", "list"):
        fields.has(key)
    fields.any("absent")
    with pytest.raises(Mistake) as raised:
        fields.close()
    assert str(raised.value) == (
        "f.yaml:6: unknown key 'map' in the thing; known are: absent, flag, list, null_, number, text"
    )
