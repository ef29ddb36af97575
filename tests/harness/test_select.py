"""Which probes a command is about: a typing error is a mistake and never an empty run."""

import re

import pytest
from tests.harness.making import probe

from lakehouse_parity.errors import Mistake
from lakehouse_parity.select import select, shuffled

PROBES = [
    probe(id_) for id_ in ("chat/one", "iterate/one", "iterate/retry.1", "iterate/retry.2", "trace/one")
]


def chosen(suites=(), patterns=()):
    return [each.id for each in select(PROBES, suites, patterns)]


def test_nothing_asked_for_is_everything():
    assert chosen() == [each.id for each in PROBES]


@pytest.mark.parametrize(
    ("suites", "patterns", "ids"),
    [
        (["iterate"], [], ["iterate/one", "iterate/retry.1", "iterate/retry.2"]),
        (["trace", "chat"], [], ["chat/one", "trace/one"]),
        ([], ["iterate/one"], ["iterate/one"]),
        ([], ["*/one"], ["chat/one", "iterate/one", "trace/one"]),
        ([], ["*retry*"], ["iterate/retry.1", "iterate/retry.2"]),
        (["iterate"], ["*one", "*.2"], ["iterate/one", "iterate/retry.2"]),
        ([], ["*"], [each.id for each in PROBES]),
    ],
)
def test_suites_and_patterns_choose_together_in_the_order_of_the_files(suites, patterns, ids):
    assert chosen(suites, patterns) == ids


def test_a_suite_that_does_not_exist_is_a_mistake_that_names_those_that_do():
    with pytest.raises(Mistake, match=r"^there is no suite 'iterat': chat, iterate, trace$"):
        chosen(["chat", "iterat"])


@pytest.mark.parametrize("pattern", ["iterate/three", "one", "ITERATE/*", ""])
def test_a_pattern_that_nothing_matches_is_a_mistake(pattern):
    with pytest.raises(Mistake, match=re.escape(f"no probe matches {pattern!r}")):
        chosen([], ["chat/*", pattern])


def test_a_pattern_may_match_only_outside_the_suite():
    assert chosen(["chat"], ["trace/*", "chat/*"]) == ["chat/one"]


def test_the_seed_alone_decides_the_order_and_every_probe_stays():
    orders = [[each.id for each in shuffled(PROBES * 5, seed)] for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2]) == sorted(each.id for each in PROBES * 5)
