"""Which trait of a text parts the libraries: the one that alone, with all others taken away, still does.

Traits are taken away in the text: a lone surrogate becomes U+FFFD, a number becomes 0. What is left
when all of them are gone can only be depth.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_spec.dialects import Dialect, Refused, parse
from lakehouse_spec.extract import extract

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lakehouse_spec.dialects import Json

_ESCAPE = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
_NUMBER = re.compile(r"(?<![\w\\.+-])-?[0-9]+(?P<rest>(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_REPLACEMENT = "\ufffd"


class Trait(Struct, frozen=True):
    """Something in a text that the libraries treat differently."""

    kind: str
    clause: str


DEPTH = Trait("depth", "JS-3")
SURROGATE = Trait("surrogate", "JS-4")
SURROGATE_NAME = Trait("surrogate in a name", "JS-4")
SURROGATE_DROPPED = Trait("surrogate dropped", "JS-4")
INTEGER = Trait("integer", "JS-5")
LONG_INTEGER = Trait("long integer", "JS-6")
DECIMAL = Trait("decimal", "JS-6")
RANGE = Trait("range", "JS-6")
"""A number that one library refuses."""
SEVERAL = Trait("several", "JS-6")
"""Traits that part the libraries only together."""

ALONE = (DEPTH, SURROGATE, INTEGER, LONG_INTEGER, DECIMAL, RANGE)


def trait(raw: str) -> Trait:
    """The first trait that alone makes the libraries differ as all of them together do."""
    shape = _shape(raw)
    for each in ALONE:
        if _shape(without(raw, (other for other in ALONE if other is not each))) == shape:
            return _place_of_surrogate(raw) if each is SURROGATE else each
    return SEVERAL


def without(raw: str, traits: Iterable[Trait]) -> str:
    """The text with these traits taken away; depth cannot be."""
    gone = set(traits)
    if SURROGATE in gone:
        raw = _ESCAPE.sub(lambda escape: "\\ufffd" if escape["lone"] else escape[0], raw)
    return _NUMBER.sub(lambda number: "0" if number_trait(number[0]) in gone else number[0], raw)


@lru_cache(maxsize=10_000)
def number_trait(text: str) -> Trait | None:
    """What parts the libraries in a number; None where they make the same of it."""
    serde, go = (_number(text, dialect) for dialect in (Dialect.SERDE_JSON, Dialect.ENCODING_JSON))
    if serde == go:
        return None
    if serde is None or go is None:
        return RANGE
    if not text.lstrip("-").isdigit():
        return DECIMAL
    return INTEGER if isinstance(serde, int) else LONG_INTEGER


def _number(text: str, dialect: Dialect) -> Json:
    try:
        return parse(text, dialect)
    except Refused:
        return None


def _shape(raw: str) -> tuple[bool, bool, bool]:
    """Which library finds an object, and whether theirs differ."""
    serde, go = (extract(raw, dialect) for dialect in (Dialect.SERDE_JSON, Dialect.ENCODING_JSON))
    return serde is not None, go is not None, serde != go


def _place_of_surrogate(raw: str) -> Trait:
    """Where the surrogate stood: told from what is read in its place."""
    value = extract(raw, Dialect.ENCODING_JSON)
    if _REPLACEMENT in "".join(_names(value)):
        return SURROGATE_NAME
    return SURROGATE if _REPLACEMENT in str(value) else SURROGATE_DROPPED


def _names(value: Json) -> Iterable[str]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield from item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
