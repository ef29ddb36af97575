"""Which characters are marked: what the other side does not have, in as few pieces as stay readable."""

import pytest
from hypothesis import given
from tests.harness.trees import texts

from lakehouse_parity.reports.marking import differing


@pytest.mark.parametrize(
    ("text", "others", "ranges"),
    [
        ("abc", ["abc"], []),
        ("abXc", ["abc"], [(2, 3)]),
        ("abc", ["abXc"], [(2, 2)]),
        ("418", ["200"], [(0, 3)]),
        ("aXbbbbYa", ["abbbba"], [(1, 2), (6, 7)]),
        ("aXbYa", ["aba"], [(1, 4)]),
        ("aXbbbbYa", ["abbbbYa", "aXbbbba"], [(1, 2), (6, 7)]),
        ("", ["a"], [(0, 0)]),
        ("a", [], []),
    ],
)
def test_what_others_lack_is_marked_and_near_marks_are_one(text, others, ranges):
    assert differing(text, others) == ranges


def test_of_a_very_long_middle_all_is_marked_at_once():
    assert differing("(" + "x" * 100_000 + ")", ["(" + "y" * 100_000 + ")"]) == [(1, 100_001)]


@given(texts, texts)
def test_what_is_not_marked_stands_in_the_other_text_too_in_the_same_order(one, other):
    ranges = differing(one, [other])
    kept = [each for place, each in enumerate(one) if not any(start <= place < end for start, end in ranges)]
    rest = iter(other)
    assert all(character in rest for character in kept)
    assert (one == other) == (ranges == [])
