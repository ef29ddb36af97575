"""Who stands alone: the verdict on one place against a truth table, and how places make a probe's verdict."""

from itertools import combinations, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_parity.compare import ABSENT
from lakehouse_parity.masks import Masked
from lakehouse_parity.model import Verdict
from lakehouse_parity.verdict import SENTENCES, attribute, combine
from lakehouse_spec.clauses import Authority

SOURCE, CHOSEN, OPEN = Authority.SOURCE, Authority.CHOSEN, Authority.OPEN

TRUTH = {
    # rust, go, reference, reference as go: equal letters are equal values   source  chosen  open
    "AAAA": "parity          parity          parity",
    "AAAB": "go_drift        go_drift        parity",
    "AABA": "rust_drift      rust_drift      parity",
    "AABB": "both_drift      reference_drift parity",
    "AABC": "both_drift      reference_drift parity",
    "ABAA": "go_drift        go_drift        split",
    "ABAB": "dialect         dialect         dialect",
    "ABAC": "go_drift        go_drift        split",
    "ABBA": "split           split           split",
    "ABBB": "rust_drift      rust_drift      split",
    "ABBC": "split           split           split",
    "ABCA": "split           split           split",
    "ABCB": "rust_drift      rust_drift      split",
    "ABCC": "split           split           split",
    "ABCD": "split           split           split",
}
"""All fifteen ways in which four values can be equal, read off the interface's sentences by hand."""

LETTERS = {"A": b"1", "B": "1", "C": True, "D": None}


def test_the_table_has_every_pattern_of_four_values_once():
    def pattern(values):
        seen = list(dict.fromkeys(values))
        return "".join("ABCD"[seen.index(value)] for value in values)

    assert set(TRUTH) == {pattern(values) for values in product(range(4), repeat=4)}


@pytest.mark.parametrize("authority", [SOURCE, CHOSEN, OPEN], ids=lambda authority: authority.value)
@pytest.mark.parametrize("pattern", TRUTH)
def test_a_place_gets_the_verdict_of_the_table(pattern, authority):
    expected = TRUTH[pattern].split()[[SOURCE, CHOSEN, OPEN].index(authority)]
    for values in permutations(LETTERS.values()):
        named = dict(zip("ABCD", values, strict=True))
        assert attribute(*(named[letter] for letter in pattern), authority) is Verdict(expected)


@pytest.mark.parametrize("pattern", [pattern for pattern in TRUTH if pattern[2] == pattern[3]])
def test_with_one_reference_the_table_is_the_interface_word_for_word(pattern):
    rust, go, reference = (LETTERS[letter] for letter in pattern[:3])
    for authority, word in zip((SOURCE, CHOSEN), TRUTH[pattern].split()[:2], strict=True):
        verdict = attribute(rust, go, reference, reference, authority)
        assert (verdict is Verdict.RUST_DRIFT) == (go == reference != rust)
        assert (verdict is Verdict.GO_DRIFT) == (rust == reference != go)
        assert (verdict is Verdict.BOTH_DRIFT) == (rust == go != reference and authority is SOURCE)
        assert (verdict is Verdict.REFERENCE_DRIFT) == (rust == go != reference and authority is CHOSEN)
        assert (verdict is Verdict.SPLIT) == (len({repr(rust), repr(go), repr(reference)}) == 3)
        assert verdict is Verdict(word)


def test_changing_seats_changes_the_blame_and_nothing_else():
    mirror = {Verdict.RUST_DRIFT: Verdict.GO_DRIFT, Verdict.GO_DRIFT: Verdict.RUST_DRIFT}
    for values in product(LETTERS.values(), repeat=4):
        rust, go, reference, reference_go = values
        for authority in Authority:
            there = attribute(rust, go, reference, reference_go, authority)
            back = attribute(go, rust, reference_go, reference, authority)
            assert back is mirror.get(there, there)


def test_numbers_that_are_written_differently_are_equal_to_the_judge():
    assert attribute(b"1", b"1.0", b"1e0", b"10e-1", SOURCE) is Verdict.PARITY
    assert attribute(b"0", b"-0", b"0", b"0", SOURCE) is Verdict.GO_DRIFT


@pytest.mark.parametrize("authority", [SOURCE, CHOSEN])
def test_a_missing_value_is_a_value_of_its_own(authority):
    assert attribute(ABSENT, None, None, None, authority) is Verdict.RUST_DRIFT
    assert attribute(None, ABSENT, None, None, authority) is Verdict.GO_DRIFT
    assert attribute(ABSENT, ABSENT, ABSENT, ABSENT, authority) is Verdict.PARITY
    assert attribute("a", Masked("text"), Masked("text"), Masked("text"), authority) is Verdict.RUST_DRIFT
    assert attribute(Masked("id"), Masked("text"), Masked("id"), Masked("id"), authority) is Verdict.GO_DRIFT


GRAVE = [Verdict.RUST_DRIFT, Verdict.GO_DRIFT, Verdict.BOTH_DRIFT, Verdict.SPLIT]


def test_no_place_is_parity():
    assert combine([]) is Verdict.PARITY
    assert combine([Verdict.PARITY] * 3) is Verdict.PARITY


@pytest.mark.parametrize("verdict", [*GRAVE, Verdict.DIALECT, Verdict.REFERENCE_DRIFT])
def test_places_that_agree_make_the_probes_verdict(verdict):
    assert combine([verdict, Verdict.PARITY, verdict]) is verdict


@pytest.mark.parametrize("grave", GRAVE)
@pytest.mark.parametrize("mild", [Verdict.DIALECT, Verdict.REFERENCE_DRIFT])
def test_a_drift_comes_before_a_dialect_and_before_the_references_own_drift(grave, mild):
    assert combine([mild, grave, mild]) is grave


@pytest.mark.parametrize("pair", list(combinations(GRAVE, 2)))
def test_two_different_drifts_leave_nobody_standing_alone(pair):
    assert combine(pair) is Verdict.SPLIT


def test_a_dialect_is_never_hidden_behind_what_does_not_fail_the_gate():
    assert combine([Verdict.REFERENCE_DRIFT, Verdict.DIALECT]) is Verdict.DIALECT


@given(
    st.lists(st.sampled_from([*GRAVE, Verdict.DIALECT, Verdict.REFERENCE_DRIFT, Verdict.PARITY])),
    st.randoms(),
)
def test_neither_order_nor_repetition_of_places_matters(verdicts, random):
    shuffled = [*verdicts, *verdicts[:2]]
    random.shuffle(shuffled)
    assert combine(shuffled) is combine(verdicts)


@given(st.lists(st.sampled_from([*GRAVE, Verdict.DIALECT, Verdict.PARITY]), min_size=1))
def test_a_place_that_fails_the_gate_is_never_lost(verdicts):
    assert (combine(verdicts) is Verdict.PARITY) == (set(verdicts) == {Verdict.PARITY})


def test_every_verdict_has_a_sentence():
    assert set(SENTENCES) == set(Verdict)
    assert all(SENTENCES.values())
