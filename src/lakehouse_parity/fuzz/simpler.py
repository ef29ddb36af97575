"""The ways in which a text can be made simpler, each as candidates from left to right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Candidates = Iterator[tuple[int, str]]

_OPENER = re.compile(r'\[|\{(?:"[^"\\]*":)?|"(?:[^"\\]|\\.)*"|[\]}]', re.DOTALL)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\w.+-]+|```|\s+|.', re.DOTALL)
_DIGITS = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"(?<!\\u)-?[0-9][0-9.eE+-]*")
_LONG = 18
_SHORT = ("0", "1", "-0", "1e-23", "9007199254740993")
"""Numbers that stand for many: small, and each with an edge of its own."""
_FEW = (3, 2, 1)
"""Tokens or characters that are taken out together at last: a member with its comma is four tokens."""

_COUNTABLE = 48
"""Tokens up to which any two of them are tried."""


class Way(Struct, frozen=True):
    """One way: the sizes of its steps in a text, and the candidates of one size from a place on."""

    steps: Callable[[str], Iterator[int]]
    candidates: Callable[[str, int, int], Candidates]


def _halves(count: int, least: int) -> Iterator[int]:
    while count > least:
        count //= 2
        yield count


def _once(_: str) -> Iterator[int]:
    yield 1


def _tokens(raw: str) -> list[int]:
    """Where each token begins, and where the last one ends."""
    return [*(token.start() for token in _TOKEN.finditer(raw)), len(raw)]


def _token_steps(raw: str) -> Iterator[int]:
    yield from _halves(len(_tokens(raw)), 7)
    yield from (5, 4, *_FEW)


def tokens_out(raw: str, step: int, at: int) -> Candidates:
    """Without `step` tokens."""
    places = _tokens(raw)
    for index in range(at, len(places) - step):
        yield index, raw[: places[index]] + raw[places[index + step] :]


def _twotokens_out(raw: str, _: int, at: int) -> Candidates:
    """Without two tokens that stand apart, such as two quotes or both ends of a fence; short texts only."""
    places = _tokens(raw)
    for first in range(at, len(places) - 1 if len(places) <= _COUNTABLE else 0):
        for second in range(first + 2, len(places) - 1):
            kept = raw[: places[first]] + raw[places[first + 1] : places[second]] + raw[places[second + 1] :]
            yield first, kept


def _characters_out(raw: str, step: int, at: int) -> Candidates:
    """Without `step` characters."""
    return ((index, raw[:index] + raw[index + step :]) for index in range(at, len(raw)))


def _pairs(raw: str) -> list[tuple[int, int, int]]:
    """Where each bracket opens, where it has opened, and where it closes; a name goes with its brace."""
    found, opened = list[tuple[int, int, int]](), list[re.Match[str]]()
    for token in _OPENER.finditer(raw):
        if token[0][0] in "[{":
            opened.append(token)
        elif token[0][0] != '"' and opened:
            begun = opened.pop()
            found.append((begun.start(), begun.end(), token.start()))
    return sorted(found)


def _pair_steps(raw: str) -> Iterator[int]:
    return _halves(2 * len(_pairs(raw)), 1)


def _pairs_out(raw: str, step: int, at: int) -> Candidates:
    """Without `step` pairs of brackets."""
    return _with_pairs(raw, step, at, ("", ""))


def _arrays_in(raw: str, step: int, at: int) -> Candidates:
    """With arrays for `step` objects of one member."""
    return _with_pairs(raw, step, at, ("[", "]"))


def _with_pairs(raw: str, step: int, at: int, brackets: tuple[str, str]) -> Candidates:
    pairs = _pairs(raw)
    for index in range(at, len(pairs) - step + 1):
        edits = [
            edit
            for begin, end, close in pairs[index : index + step]
            for edit in ((begin, end, brackets[0]), (close, close + 1, brackets[1]))
        ]
        yield index, _edited(raw, edits)


def _edited(raw: str, edits: list[tuple[int, int, str]]) -> str:
    pieces, at = list[str](), 0
    for begin, end, text in sorted(edits):
        pieces += (raw[at:begin], text)
        at = end
    return "".join([*pieces, raw[at:]])


def _numbers(raw: str, _: int, at: int) -> Candidates:
    """With a shorter number in a number's place; digits that are too many become an exponent."""
    for number in _NUMBER.finditer(raw, at):
        for short in (*_SHORT, *_prefixes(number[0]), *_exponents(number[0])):
            yield number.start(), raw[: number.start()] + short + raw[number.end() :]


def _prefixes(number: str) -> Iterator[str]:
    """With the first digits only: from the 20 of the largest 64-bit integers on."""
    return (number[:kept] for kept in (19, 20, 21, 22, 23, 25, 30, 40, 80, 160) if kept < len(number))


def _exponents(number: str) -> Iterator[str]:
    whole = _DIGITS.search(number)
    if whole is not None and len(whole[0]) > _LONG:
        for kept in (1, 2, 3, 5, _LONG):
            yield f"{whole[0][:kept]}e{len(whole[0]) - kept}"
        for kept in (17, 18, 20):
            yield f"{whole[0][0]}.{whole[0][1:kept]}e{len(whole[0]) - 1}"


def _digits(raw: str, _: int, at: int) -> Candidates:
    """With a 0 or a 1 for a digit."""
    for index in range(at, len(raw)):
        if raw[index] in "123456789":
            yield from ((index, raw[:index] + digit + raw[index + 1 :]) for digit in "01")


WAYS = (
    Way(_pair_steps, _pairs_out),
    Way(_pair_steps, _arrays_in),
    Way(_token_steps, tokens_out),
    Way(_once, _numbers),
    Way(lambda _: iter(_FEW), _characters_out),
    Way(_once, _digits),
    Way(_once, _twotokens_out),
)
