"""Indented JSON says exactly what the bytes say: only white space between its lexemes is another."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.trees import trees

from lakehouse_parity import lossless
from lakehouse_parity.reports.json_text import indented, spread

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda each: st.lists(each) | st.lists(each).map(tuple) | st.dictionaries(st.text(), each),
)


@given(trees)
def test_it_is_the_same_document_to_the_lexeme(tree):
    text = lossless.write(tree)
    shown = indented(text.encode())
    assert lossless.write(lossless.parse(shown.encode())) == text


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"a":[1,{"b":0}]}', ["{", '  "a": [', "    1,", "    {", '      "b": 0', "    }", "  ]", "}"]),
        ("[ ]", ["[]"]),
        ("[[],[]]", ["[", "  [],", "  []", "]"]),
        ('{"a":1,"a":1.0}', ["{", '  "a": 1,', '  "a": 1.0', "}"]),
        ('"{,:}\\""', ['"{,:}\\""']),
        ("-0", ["-0"]),
    ],
)  # fmt: skip
def test_it_has_one_member_a_line_and_empty_containers_on_theirs(text, lines):
    assert indented(text.encode()).split("\n") == lines


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"nope", b"{} x"])
def test_what_is_no_json_is_not_indented(data):
    assert indented(data) is None


@given(values)
def test_a_value_is_spread_as_the_library_spreads_it(value):
    assert spread(value) == json.dumps(value, indent=1, ensure_ascii=False)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")]])
def test_what_is_no_json_is_not_spread(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        spread(value)
