"""Masks cover what is of their type and nothing else, and report all that they touch."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness.making import mask, tree
from tests.harness.trees import leaves, trees

from lakehouse_parity import masks, paths
from lakehouse_parity.compare import walk
from lakehouse_parity.masks import TYPES, Masked, check_type
from lakehouse_parity.model import Surface

BODY = Surface.BODY

GOOD = {
    "count": [b"0", b"7", b"18446744073709551616"],
    "instant": ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.123456789+00:00"],
    "instant-ms": ["2026-01-02T03:04:05.123Z"],
    "id": ["a", "!~", "parity-1/x"],
    "span-id": ["00000000000000aa"],
    "text": ["a", " ", "a\nb", "é"],
    "prefix:chat: ": ["chat: x", "chat:  "],
}
BAD = {
    "count": [b"-1", b"-0", b"1.0", b"1e0", "1", True, None, [], "", "٣"],
    "instant": ["", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05.Z",
                "2026-01-02T03:04:05+01:00", "2026-01-02T03:04:05.1234567890Z", "2026-01-02T03:04:05Z\n",
                b"1", None],
    "instant-ms": ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.12Z", "2026-01-02T03:04:05.1234Z",
                   "2026-01-02T03:04:05.123+00:00", b"1767322245123", None, "\uff12026-01-02T03:04:05.123Z"],
    "id": ["", "a b", "é", "a\n", b"1", None],
    "span-id": ["", "00000000000000AA", "00000000000000a", "00000000000000aaa", "0000000000000000\n",
                b"1234567890123456"],
    "text": ["", b"1", None, [], {}],
    "prefix:chat: ": ["chat: ", "chat", " chat: x", b"1", None],
}  # fmt: skip


def applied(runtime, reference, *declared):
    """Both documents and what fired, after masking."""
    one, other, fired = {BODY: copy.deepcopy(runtime)}, {BODY: copy.deepcopy(reference)}, {}
    masks.apply(one, other, declared, fired)
    return one[BODY], other[BODY], fired


def test_a_mask_with_two_stars_covers_all_below_and_counts_each():
    document = tree('{"a":{"n":1,"b":[2,{"c":3}]},"n":4}')
    other = tree('{"a":{"n":5,"b":[6,{"c":7}]},"n":4}')
    one, two, fired = applied(document, other, mask("$.a.**", "count"))
    assert one == two
    assert fired == {"body $.a.**": 6}


def test_every_type_has_examples():
    assert {type_ for type_ in GOOD if not type_.startswith("prefix:")} == set(TYPES)


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_ in GOOD for value in GOOD[type_]])
def test_a_value_of_the_type_is_masked_on_both_sides_and_counted(type_, value):
    one, other, fired = applied({"a": value}, {"a": value}, mask("$.a", type_))
    assert one == other == {"a": Masked(type_)}
    assert fired == {"body $.a": 2}


@pytest.mark.parametrize(("type_", "value"), [(type_, value) for type_ in BAD for value in BAD[type_]])
def test_a_value_of_another_type_stays_and_so_is_a_difference(type_, value):
    one, other, fired = applied({"a": value}, {"a": GOOD[type_][0]}, mask("$.a", type_))
    assert one == {"a": value}
    assert [paths.render(path) for path, *_ in walk((one, other))] == ["$.a"]
    assert fired == {"body $.a": 1}


@pytest.mark.parametrize("absent", [{}, "text", None, [b"1"]])
def test_a_missing_value_is_not_masked_and_what_the_other_side_has_is(absent):
    there = {"a": Masked("count")}
    assert applied(absent, {"a": b"1"}, mask("$.a", "count")) == (absent, there, {"body $.a": 1})
    assert applied({"a": b"1"}, absent, mask("$.a", "count")) == (there, absent, {"body $.a": 1})


def test_each_mask_applies_whatever_those_before_it_cover():
    declared = [mask("$.none", "count"), mask("$.a", "text"), mask("$.a", "count")]
    assert applied({"a": b"1"}, {}, *declared) == ({"a": Masked("count")}, {}, {"body $.a": 1})


def test_a_mask_reaches_every_place_of_its_pattern_and_no_other():
    document = tree('{"a":[{"b":1,"c":2},{"b":3},{"c":4}],"b":5}')
    one, _, fired = applied(document, [], mask("$.a[*].b", "count"))
    m = Masked("count")
    assert one == {"a": [{"b": m, "c": b"2"}, {"b": m}, {"c": b"4"}], "b": b"5"}
    assert fired == {"body $.a[*].b": 2}


@pytest.mark.parametrize(
    ("text", "pattern"), [('{"a":{"b":1}}', "$.*.b"), ('{"a":{"b":1}}', "$.**"), ('[{"b":1}]', "$[0].b")]
)
def test_a_mask_may_begin_with_a_star_or_an_element(text, pattern):
    one, _, fired = applied(tree(text), {}, mask(pattern, "count"))
    assert [value for _, value in leaves(one)] == [Masked("count")]
    assert fired == {f"body {pattern}": 1}


def test_a_mask_may_cover_the_whole_document():
    one, other, fired = applied("chat parse: x", "chat parse: not JSON", mask("$", "prefix:chat parse: "))
    assert one == other == Masked("prefix:chat parse: ")
    assert fired == {"body $": 2}


def test_a_mask_of_one_surface_leaves_the_others_alone():
    runtime, reference = {BODY: {"a": b"1"}}, {BODY: {"a": b"2"}}
    fired = {}
    masks.apply(runtime, reference, [mask("$.a", "count", Surface.SPAN)], fired)
    assert (runtime, reference, fired) == ({BODY: {"a": b"1"}}, {BODY: {"a": b"2"}}, {})


def test_a_surface_that_one_side_does_not_have_is_not_masked():
    runtime, reference = {}, {BODY: {"a": b"2"}}
    fired = {}
    masks.apply(runtime, reference, [mask("$.a", "count")], fired)
    assert (reference, fired) == ({BODY: {"a": b"2"}}, {})


def test_what_is_the_daemons_own_is_masked_only_where_it_is_right():
    own = mask("$.daemon", "own")
    assert applied({"daemon": "gateway"}, {"daemon": "gateway"}, own) == (
        {"daemon": Masked("own")},
        {"daemon": Masked("own")},
        {"body $.daemon": 1},
    )
    assert applied({"daemon": "validatord"}, {"daemon": "gateway"}, own) == (
        {"daemon": "validatord"},
        {"daemon": "gateway"},
        {},
    )


@pytest.mark.parametrize(("count", "expected"), [(2, 2), (2, 3), (0, 1), (1, 0)])
def test_what_is_the_daemons_own_is_masked_as_often_as_both_have_it(count, expected):
    one, other, fired = applied(
        *([{"daemon": "gateway"} for _ in range(rows)] for rows in (count, expected)),
        mask("$[*].daemon", "own"),
    )
    both = min(count, expected)
    assert [row["daemon"] for row in one] == [Masked("own")] * both + ["gateway"] * (count - both)
    assert [row["daemon"] for row in other] == [Masked("own")] * both + ["gateway"] * (expected - both)
    assert fired == ({"body $[*].daemon": both} if both else {})


def test_masked_values_of_different_types_are_different():
    assert Masked("count") == Masked("count") != Masked("text")
    assert str(Masked("count")) == "(count, masked)"


def test_known_types_and_prefixes_are_the_only_types():
    assert all(map(check_type, [*TYPES, "own", "prefix:x"]))
    assert not any(map(check_type, ["", "counts", "prefix:", "Count", "prefix"]))


@given(trees, st.sampled_from(sorted(TYPES)), st.data())
def test_masking_twice_changes_nothing_more(document, type_, data):
    declared = _declared(document, type_, data)
    once, other, _ = applied(document, document, declared)
    assert applied(once, other, declared)[:2] == (once, other)


@given(trees, st.sampled_from(sorted(TYPES)), st.data())
def test_a_mask_reports_every_place_that_it_touches_and_touches_only_its_own(document, type_, data):
    declared = _declared(document, type_, data)
    masked, _, fired = applied(document, [], declared)
    changed = {path for path, value in leaves(masked) if isinstance(value, Masked)}
    assert fired.get(f"body {declared.path}", 0) == len(changed)
    for path, value in leaves(document):
        at_place = paths.matches(paths.parse(declared.path), path)
        assert (path in changed) == (at_place and TYPES[type_](value))


def _declared(document, type_, data):
    path, _ = data.draw(st.sampled_from(sorted(leaves(document), key=repr)))
    pattern = tuple("*" if data.draw(st.booleans()) else part for part in path)
    text = "$" + "".join("[*]" if part == "*" else paths.render((part,))[1:] for part in pattern)
    return mask(text, type_)
