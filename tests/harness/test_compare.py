"""The comparator finds every difference at its place, and nothing else: it never eats the bug."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.harness.making import tree
from tests.harness.trees import leaves, names, pruned, replaced, scalars, spellings, trees

from lakehouse_parity.compare import ABSENT, equal, walk
from lakehouse_parity.lossless import parse
from lakehouse_parity.paths import render

DEEP = 20_000


def found(*texts):
    """(path, values, only form) of each place, as text."""
    return [(render(path), values, form) for path, values, form in walk([tree(text) for text in texts])]


def places(one, other):
    return [(path, form) for path, _, form in walk((one, other))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", '"1"'), ("1", "true"), ("0", "false"), ("0", "null"), ("0", "-0"), ('""', "null"),
        ('"null"', "null"), ("false", "null"), ("{}", "[]"), ("{}", "null"), ("[]", '""'), ("1", "[1]"),
        ('"a"', '"A"'),
        ('"é"', '"e\u0301"'), ('"a"', '"a "'), ('"\\u0000"', '""'), ("9007199254740993", "9007199254740992"),
        ("1e400", "1e401"), ("0.1", "0.10000000000000001"), ('"1.0"', '"1"'), ('"\\ud800"', '"\\ufffd"'),
    ],
)  # fmt: skip
def test_values_that_are_not_the_same_are_found_wherever_they_stand(one, other):
    assert not equal(tree(one), tree(other))
    assert [(path, form) for path, _, form in found(one, other)] == [("$", False)]
    for frame, place in (('{{"a":{}}}', "$.a"), ("[1,{}]", "$[1]"), ('{{"a":1,"a":{}}}', "$.a[1]")):
        inside = found(frame.format(one), frame.format(other))
        assert inside == [(place, (tree(one), tree(other)), False)]
        assert found(frame.format(other), frame.format(one)) == [(place, (tree(other), tree(one)), False)]


@pytest.mark.parametrize(
    ("one", "other"), [("1", "1.0"), ("1", "1e0"), ("100", "1E2"), ("-0", "-0.0"), ("1e400", "10e399")]
)
def test_a_number_that_is_only_written_differently_is_a_difference_of_form(one, other):
    assert equal(tree(one), tree(other))
    assert found(f'{{"a":[{one}]}}', f'{{"a":[{other}]}}') == [("$.a[0]", (tree(one), tree(other)), True)]


def test_a_number_never_equals_the_string_that_spells_it():
    assert not equal(b"1", "1")
    assert found('{"a":1}', '{"a":"1"}') == [("$.a", (b"1", "1"), False)]


def test_a_missing_member_is_not_a_member_that_is_null():
    assert found('{"a":null}', "{}") == [("$.a", (None, ABSENT), False)]
    assert not equal(None, ABSENT)


def test_a_member_given_twice_is_neither_one_of_its_values_nor_an_array_of_them():
    assert [path for path, *_ in found('{"a":1,"a":1}', '{"a":1}')] == ["$.a"]
    assert [path for path, *_ in found('{"a":1,"a":2}', '{"a":[1,2]}')] == ["$.a"]
    assert [path for path, *_ in found('{"a":1,"a":2}', '{"a":2,"a":1}')] == ["$.a[0]", "$.a[1]"]
    assert found('{"a":1,"b":0,"a":2}', '{"b":0,"a":1,"a":2}') == []


def test_every_element_that_one_list_has_more_is_a_place():
    assert found("[1]", "[1,2,3]") == [("$[1]", (ABSENT, b"2"), False), ("$[2]", (ABSENT, b"3"), False)]
    assert found("[]", "[[]]") == [("$[0]", (ABSENT, []), False)]


def test_an_element_inserted_in_front_moves_all_others():
    assert [path for path, *_ in found("[1,2]", "[0,1,2]")] == ["$[0]", "$[1]", "$[2]"]


def test_key_order_white_space_and_escapes_are_not_looked_at():
    assert found('{"a":1,"b":"é<&>\\n"}', ' { "b" : "\\u00e9\\u003c\\u0026>\\u000A" , "\\u0061" : 1 } ') == []


def test_differences_come_in_the_order_of_the_document():
    assert [path for path, *_ in found('{"b":1,"a":[1,2],"c":3}', '{"b":2,"a":[0,0],"c":0}')] == [
        "$.b",
        "$.a[0]",
        "$.a[1]",
        "$.c",
    ]


def test_four_sides_are_walked_at_once_as_deep_as_all_have_the_same_container():
    assert found('{"a":[1]}', '{"a":[2]}', '{"a":[1]}', '{"a":{}}') == [
        ("$.a", ([b"1"], [b"2"], [b"1"], {}), False)
    ]
    assert found("[1]", "[1.0]", "[1]", "[2]") == [("$[0]", (b"1", b"1.0", b"1", b"2"), False)]
    assert found("[1]", "[1.0]", "[1e0]", "[1]") == [("$[0]", (b"1", b"1.0", b"1e0", b"1"), True)]


def test_a_side_that_is_absent_altogether_differs_at_the_root():
    assert list(walk((ABSENT, {}, ABSENT, ABSENT))) == [((), (ABSENT, {}, ABSENT, ABSENT), False)]
    assert list(walk((ABSENT,) * 4)) == []


@pytest.mark.parametrize(("open_", "close"), [("[", "]"), ('{"a":', "}")])
def test_one_leaf_under_20000_levels_is_found_at_its_place(open_, close):
    one, other = (parse((open_ * DEEP + leaf + close * DEEP).encode()) for leaf in ("1", "2"))
    [(path, values, form)] = walk((one, other))
    assert (len(path), values, form) == (DEEP, (b"1", b"2"), False)
    assert not equal(one, other)


def test_what_is_equal_beside_20000_levels_is_no_place():
    one, other = (f'{{"a":"x","deep":{"[" * DEEP}{leaf}{"]" * DEEP},"z":[true,null]}}' for leaf in "12")
    [(path, values, form)] = found(one, other)
    assert (len(path), values, form) == (len("$.deep") + 3 * DEEP, (b"1", b"2"), False)


def test_equal_trees_of_20000_levels_are_equal():
    one, other = (parse(b"[" * DEEP + b"1" + b"]" * DEEP) for _ in range(2))
    assert equal(one, other)
    assert list(walk((one, other))) == []


@given(trees, st.data())
def test_comparing_a_tree_with_any_spelling_of_it_yields_nothing(tree_, data):
    other = parse(data.draw(spellings(tree_)).encode())
    assert list(walk((tree_, other))) == []
    assert equal(tree_, other)


@given(trees, trees)
def test_swapping_the_sides_swaps_the_values_at_the_same_places(one, other):
    there = {path: (values, form) for path, values, form in walk((one, other))}
    back = {path: (values[::-1], form) for path, values, form in walk((other, one))}
    assert there == back


@given(trees, trees)
def test_two_trees_are_equal_where_all_that_differs_is_form(one, other):
    assert equal(one, other) == equal(other, one) == all(form for _, form in places(one, other))


@given(trees, scalars, st.data())
def test_a_changed_leaf_is_found_at_exactly_its_place(tree_, value, data):
    path, old = data.draw(st.sampled_from(sorted(leaves(tree_), key=repr)))
    assume(not equal(old, value))
    assert list(walk((tree_, replaced(tree_, path, value)))) == [(path, (old, value), False)]


@given(trees, st.data())
def test_a_number_rewritten_at_any_place_is_form_there_and_nothing_else(tree_, data):
    spots = sorted((leaf for leaf in leaves(tree_) if isinstance(leaf[1], bytes)), key=repr)
    assume(spots)
    path, old = data.draw(st.sampled_from(spots))
    mantissa, _, exponent = old.lower().partition(b"e")
    new = mantissa + (b"0" if b"." in mantissa else b".0") + (b"e" + exponent if exponent else b"")
    assert list(walk((tree_, replaced(tree_, path, new)))) == [(path, (old, new), True)]


@given(trees, names, scalars, st.data())
def test_a_member_added_to_any_object_is_found_there(tree_, name, value, data):
    objects = [path for path, container in _containers(tree_) if isinstance(container, dict)]
    assume(objects)
    path = data.draw(st.sampled_from(objects))
    container = _at(tree_, path)
    assume(name not in container)
    more = replaced(tree_, path, {**container, name: value})
    assert list(walk((tree_, more))) == [((*path, name), (ABSENT, value), False)]
    assert list(walk((more, tree_))) == [((*path, name), (value, ABSENT), False)]


@given(trees, st.data())
def test_a_leaf_taken_away_anywhere_never_goes_unseen(tree_, data):
    path, _ = data.draw(st.sampled_from(sorted(leaves(tree_), key=repr)))
    assume(path)
    found_at = [place for place, form in places(tree_, pruned(tree_, path)) if not form]
    assert found_at
    assert all(place[: len(path) - 1] == path[:-1] for place in found_at)


@given(trees, trees)
def test_every_place_that_is_found_really_differs_there(one, other):
    for path, (left, right), form in walk((one, other)):
        assert (left, right) == (_at(one, path), _at(other, path))
        assert form == equal(left, right)


def _containers(tree_, path=()):
    if isinstance(tree_, dict | list):
        yield path, tree_
        for key, value in tree_.items() if isinstance(tree_, dict) else enumerate(tree_):
            yield from _containers(value, (*path, key))


def _at(tree_, path):
    for part in path:
        try:
            tree_ = tree_[part]
        except LookupError:
            return ABSENT
    return tree_
