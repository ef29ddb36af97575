"""YAML is read strictly: nothing is guessed, and every value knows its line."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.trees import number_texts, plain_trees

from lakehouse_parity import yamlio
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.lossless import parse as parse_json
from lakehouse_parity.lossless import write
from lakehouse_parity.yamlio import parse, plain


def value(text):
    return parse(f"a: {text}", "f.yaml")["a"]


def place_of(text):
    with pytest.raises(Mistake) as raised:
        parse(text, "f.yaml")
    return raised.value.place, str(raised.value)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("null", None),
        ("true", True),
        ("false", False),
        ("1", b"1"),
        ("1.0", b"1.0"),
        ("-0", b"-0"),
        ("1e400", b"1e400"),
        ("9007199254740993", b"9007199254740993"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("~", "~"),
        ("Null", "Null"),
        ("True", "True"),
        ("NaN", "NaN"),
        (".nan", ".nan"),
        (".inf", ".inf"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("0o7", "0o7"),
        ("010", "010"),
        ("+1", "+1"),
        (".5", ".5"),
        ("5.", "5."),
        ("1:30", "1:30"),
        ("2001-01-01", "2001-01-01"),
        ("2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"),
        ("\u0661", "\u0661"),
        ("=", "="),
        ("<<", "<<"),
        ("", ""),
        ("'1'", "1"),
        ('"null"', "null"),
        ("'true'", "true"),
        ('"a\\u00e9\\n\\x00"', "aé\n\x00"),
        ("|\n  x\n  y\n", "x\ny\n"),
        (">\n  1\n", "1\n"),
    ],
)
def test_plain_words_are_what_json_makes_of_them_and_text_otherwise(text, read):
    found = value(text)
    assert found == read
    assert type(found) is type(read)


@given(number_texts())
def test_every_json_number_keeps_its_text(text):
    assert value(text) == text.encode()


NOT_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that JSON has as they are and YAML only escaped, or as line breaks."""


@given(plain_trees.filter(lambda tree: not NOT_YAML.search(write(tree))))
def test_every_json_text_is_yaml_of_the_same_tree(tree):
    assert plain(parse(write(tree), "f.yaml")) == parse_json(write(tree).encode()) == tree


@given(st.text(max_size=20))
def test_any_text_at_all_is_a_document_or_a_mistake(text):
    with suppress(Mistake):
        parse(text, "f.yaml")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3", 3, "key 'a' stands here twice, first in line 1"),
        ("a: 1\n'a': 3", 2, "key 'a' stands here twice, first in line 1"),
        ("1: a\n'1': b", 2, "key '1' stands here twice, first in line 1"),
        ("a: &x [1]\nb: *x", 1, "is used again by an alias: write it out"),
        ("a: &x 1\nb: *x", 1, "is used again by an alias: write it out"),
        ("a: 1\nb: !x 1", 2, "unknown tag !x"),
        ("a: !!binary aGk=", 1, "unknown tag tag:yaml.org,2002:binary"),
        ("a: !!str 5", 1, "unknown tag tag:yaml.org,2002:str"),
        ('a: !!int "5"', 1, "unknown tag tag:yaml.org,2002:int"),
        ("a: !!python/object:os.system {}", 1, "unknown tag tag:yaml.org,2002:python/object:os.system"),
        ("a: !!set {x}", 1, "unknown tag tag:yaml.org,2002:set"),
        ("a:\n  [1]: 2", 2, "a key has to be text"),
        ("a: ]", 1, "is not YAML: "),
        ("a: 1\n b: 2", 2, "is not YAML: "),
        ("a: 1\n---\nb: 2", 2, "is not YAML: "),
        ("a: \x07", 0, "is not YAML: "),
        ("[" * 5000 + "]" * 5000, 1, "is nested too deeply: 200 levels are all there may be"),
        ("[\n" * 1_000_000, 201, "is nested too deeply"),
        ("- " * 1_000_000, 1, "is nested too deeply"),
        ("{a: " * 1_000_000, 1, "is nested too deeply"),
        ("\n".join(f"{' ' * depth}a:" for depth in range(1000)), 201, "is nested too deeply"),
        ("a: *x", 1, "is not YAML: found undefined alias"),
    ],
)
def test_a_mistake_is_told_with_its_line(text, line, message):
    place, said = place_of(text)
    assert place == Place("f.yaml", line)
    assert said.startswith(f"f.yaml:{line}: {message}" if line else f"f.yaml: {message}")


def test_every_mapping_key_and_item_knows_its_line():
    document = parse("a: 1\nb:\n  - 2\n  - c: 3\n", "f.yaml")
    assert document.place == Place("f.yaml", 1)
    assert [document.place_of(key) for key in "ab"] == [Place("f.yaml", 1), Place("f.yaml", 2)]
    assert document["b"].places == [Place("f.yaml", 3), Place("f.yaml", 4)]
    assert document["b"][1].place_of("c") == Place("f.yaml", 4)


def test_a_tag_that_is_asked_for_gets_its_text_and_place():
    tags = {"!worker": lambda text, place: (text, place.line)}
    assert parse("a:\n  - !worker W-1\n  - !worker 'x y'", "f", tags)["a"] == [("W-1", 2), ("x y", 3)]


def test_plain_takes_the_places_away_and_leaves_the_values():
    document = parse("a: [1, {b: no}]", "f")
    assert plain(document) == {"a": [b"1", {"b": "no"}]}
    assert type(plain(document)) is dict
    assert type(plain(document)["a"]) is list


def test_an_empty_document_is_none(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text("# nothing\n")
    assert yamlio.read(path) is None


def test_a_file_that_cannot_be_used_is_told_with_its_name(tmp_path):
    with pytest.raises(Mistake, match=r"none\.yaml: cannot be read: No such file or directory"):
        yamlio.read(tmp_path / "none.yaml")
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: \xff")
    with pytest.raises(Mistake, match=r"^called:1: is not UTF-8 \(byte 3\); save it as UTF-8$"):
        yamlio.read(path, "called")
