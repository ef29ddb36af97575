"""How a divergence reads: windows around the first difference, everything made visible."""

import pytest
from hypothesis import given
from msgspec.structs import replace
from tests.harness.making import difference, outcome
from tests.harness.trees import texts

from lakehouse_parity.model import Stability, Verdict
from lakehouse_parity.reports.wording import LONGEST, further, safe, sides


def test_a_long_value_is_cut_to_a_window_around_the_first_difference():
    one, other = "x" * 5000 + "a" + "y" * 5000, "x" * 5000 + "b" + "y" * 5000
    shown = dict(sides(difference(rust=one, go=other, reference=other)))
    assert "xay" in shown["rust"]
    assert "xby" in shown["go"]
    assert all(text.startswith("…x") and text.endswith("y… (10003 characters)") for text in shown.values())
    assert all(len(text) < LONGEST + 30 for text in shown.values())


def test_a_value_that_is_absent_says_so_and_is_not_the_text_that_says_so():
    assert sides(difference(go="(absent)", reference=None)) == [
        ("rust", "(absent)"),
        ("go", '"(absent)"'),
        ("reference", "null"),
    ]


def test_what_asking_again_showed_is_told_with_its_rates():
    stability = Stability(11, {"rust": 0.4545, "go": 0.0}, (("rust", "body", "$.a"),))
    told = further(replace(outcome(Verdict.UNSTABLE), stability=stability))
    assert told["asked"] == "11 times in all; flip rate rust 0.4545, go 0; flips at rust body $.a"


def test_the_second_reference_is_shown_only_where_there_is_one():
    assert [side for side, _ in sides(difference())] == ["rust", "go", "reference"]
    assert [side for side, _ in sides(difference(rust=b"1", reference_go=b"2"))][-1] == "reference_go"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a é 😀 ~", "a é 😀 ~"),
        ("\x1b[0m", "\\x1b[0m"),
        ("a\r\n\t", "a\\r\\n\\t"),
        ("\u202e\u2028\ufeff", "\\u202e\\u2028\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\x7f\x85\xa0", "\\x7f\\x85\\xa0"),
    ],
)
def test_what_a_terminal_would_act_on_is_made_visible(text, shown):
    assert safe(text) == shown


@given(texts)
def test_what_is_safe_is_printable(text):
    assert safe(text).isprintable()
