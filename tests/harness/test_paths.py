"""Paths are written and read alike, and patterns cover what they say and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.making import tree
from tests.harness.trees import names

from lakehouse_parity.paths import matches, parse, places, render

literal_names = names.filter(lambda name: name not in ("*", "**"))
paths = st.lists(literal_names | st.integers(0, 10**6), max_size=5).map(tuple)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "$"),
        (("history", 0, "status"), "$.history[0].status"),
        (("a b",), '$["a b"]'),
        (("",), '$[""]'),
        (('"',), '$["\\""]'),
        (("\\",), '$["\\\\"]'),
        (("a.b", "[0]"), '$["a.b"]["[0]"]'),
        (("0",), "$.0"),
        ((0,), "$[0]"),
        (("é",), '$["é"]'),
        (("a\n",), '$["a\n"]'),
        (("trace-id", "x_y"), "$.trace-id.x_y"),
    ],
)
def test_a_path_is_written_so_that_it_is_read_as_itself(path, text):
    assert render(path) == text
    assert parse(text) == path


@given(paths)
def test_every_path_comes_back_from_its_text(path):
    assert parse(render(path)) == path


@given(paths, paths)
def test_two_paths_have_the_same_text_only_if_they_are_the_same(one, other):
    assert (render(one) == render(other)) == (one == other)


def test_a_member_and_an_element_of_the_same_name_are_two_places():
    assert render(("0",)) != render((0,))
    assert not matches(parse("$[0]"), ("0",))
    assert not matches(parse("$.0"), (0,))


@pytest.mark.parametrize(
    "text", ["", "a", ".a", "$a", "$.", "$..a", "$[", "$[]", "$[a]", "$[-1]", '$["a]', "$.a b", "$[1", "$.é"]
)
def test_an_unreadable_path_is_refused(text):
    with pytest.raises(ValueError, match=r"a path starts with \$|unreadable path at"):
        parse(text)


@pytest.mark.parametrize(
    ("pattern", "covered", "not_covered"),
    [
        ("$", ["$"], ["$.a", "$[0]"]),
        ("$.a", ["$.a"], ["$", "$.b", "$.a.b", "$.a[0]", "$.A"]),
        ("$.a[*].b", ["$.a[0].b", "$.a[17].b", "$.a.x.b"], ["$.a.b", "$.a[0]", "$.a[0].c", "$.a[0][1].b"]),
        ("$[*]", ["$[3]", "$.a"], ["$", "$.a.b"]),
        ("$.a.**", ["$.a", "$.a.b", "$.a[0].b.c"], ["$", "$.b", "$.ab"]),
        ("$.**", ["$", "$.a", "$.a.b[0]"], []),
    ],
)
def test_a_pattern_covers_exactly_its_places(pattern, covered, not_covered):
    assert [text for text in covered if not matches(parse(pattern), parse(text))] == []
    assert [text for text in not_covered if matches(parse(pattern), parse(text))] == []


@given(paths, paths)
def test_a_path_without_stars_covers_itself_alone(one, other):
    assert matches(one, other) == (one == other)


DOCUMENT = tree('{"a":[{"b":1},{"c":2},{"b":3},4],"b":{"b":5}}')


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("$.a[*].b", [b"1", b"3"]),
        ("$.a[0].b", [b"1"]),
        ("$.a[9].b", []),
        ("$.a.b", []),
        ("$.b[0]", []),
        ("$[*].b", [b"5"]),
        ("$.a[3].x", []),
        ("$.b.b", [b"5"]),
        ("$.b.**", [b"5"]),
        ("$.a[*].**", [b"1", b"2", b"3"]),
        ("$.c.**", []),
    ],
)
def test_places_are_found_where_they_exist_and_nowhere_else(pattern, values):
    assert [container[key] for container, key in places(DOCUMENT, parse(pattern))] == values
