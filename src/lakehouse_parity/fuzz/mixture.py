"""Many texts for little: parts are drawn from the grammar once and put together many times.

A part costs as much as a text of the grammar; a text of known parts costs a tenth of it. The parts
are drawn anew every few thousand texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.fuzz.replies import reply
from lakehouse_parity.fuzz.texts import Grammar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

PARTS = 400
"""Parts that are known at a time."""
TEXTS = 2000
"""Texts that are made of them."""
_REPLIES = 16
_LISTS = 8
"""Fenced lists of one object, as models like to give them."""
_DEEP = 0.001
_MUTATED = 0.15
_MOST_PARTS = 4


def mixed(random: Random) -> Iterator[list[str]]:
    """Give batches of model answers without end, each made of parts of its own."""
    grammar = Grammar(random)
    while True:
        parts = [grammar.part() for _ in range(PARTS)]
        parts += [reply(random) for _ in range(_REPLIES)]
        parts += [f"```json\n[{grammar.object()}]\n```" for _ in range(_LISTS)]
        yield [_text(grammar, parts) for _ in range(TEXTS)]


def _text(grammar: Grammar, parts: list[str]) -> str:
    """One text, now and then with one wrong character, and seldom one that is nested deeply."""
    random, number = grammar.roll, len(parts)
    roll = random()
    if roll < _DEEP:
        return grammar.deep()
    whole = "".join([parts[int(random() * number)] for _ in range(1 + int(random() * _MOST_PARTS))])
    return grammar.mutated(whole) if roll < _MUTATED else whole
