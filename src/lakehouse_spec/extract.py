"""From the model's whole text answer to one JSON object, or nothing (chapter EX)."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from lakehouse_spec.dialects import Dialect, Json, Refused, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""Unicode's White_Space: what is trimmed from a candidate (EX-5). `str.strip()` takes more away."""

FENCE = "```"
"""Three backticks, wherever they stand (EX-2)."""

_BRACES = re.compile(r"\{+|\}+")
_BRACED_PROSE = re.compile(r'(?:[^{}]*+\{(?![ \t\n\r]*+["}])[^{}]*+\})*+')
"""The pairs of braces in front of all others whose inside is neither empty nor begins with a name nor
holds a brace: no objects, and passed over in one step."""

_OBJECT_BEGINS = re.compile(r'\{[ \t\n\r]*+(?:\}|"[^"\\]*+(?:\\.[^"\\]*+)*+"[ \t\n\r]*+:)', re.DOTALL).match
"""How every object begins: it closes at once, or a name and a colon follow. Most slices of prose do
not, and are passed over without the cost of parsing them."""


def extract(raw: str, dialect: Dialect) -> dict[str, Json] | None:
    """Take the artifact out of `raw`; None where there is none (EX-1 to EX-14). Linear in its length (EX-15).

    `raw` is a sequence of Unicode scalar values. The first fenced candidate that is an object wins
    (EX-1); only where there is none, the first outermost balance of braces that is one (EX-7, EX-10).
    """
    for text in chain(candidates(raw), balances(raw)):
        if (artifact := _object(text, dialect)) is not None:
            return artifact
    return None


def candidates(raw: str) -> Iterator[str]:
    """Give the fences' bodies in order, trimmed (EX-2 to EX-6); an empty one is no JSON and left out.

    Where the last line feed is, is remembered: to look for one behind every fence, where none is
    left, would be quadratic (EX-15).
    """
    opening = raw.find(FENCE)
    last_line_feed = raw.rfind("\n") if opening >= 0 else -1
    while opening >= 0:
        body = opening + len(FENCE)
        if body <= last_line_feed:
            body = raw.find("\n", body) + 1
        closing = raw.find(FENCE, body)
        if closing < 0:
            return
        if body < closing:
            yield raw[body:closing].strip(WHITE_SPACE)
        opening = raw.find(FENCE, closing + len(FENCE))


def balances(raw: str) -> Iterator[str]:
    """Give every slice from a remembered start to where the depth is 0 again (EX-7 to EX-12).

    Runs of one brace are taken in one step; only the brace of a closing run that brings the depth to
    exactly 0 can end a slice, and a depth that has fallen below 0 never comes down to it in that run.
    """
    prose = _BRACED_PROSE.match(raw)
    depth, start = 0, -1
    for run in _BRACES.finditer(raw, prose.end() if prose else 0):
        first, behind = run.span()
        if raw[first] == "{":
            start = first if start < 0 else start
            depth += behind - first
            continue
        if start >= 0 and 0 < depth <= behind - first:
            yield raw[start : first + depth]
            start = -1
        depth -= behind - first


def _object(text: str, dialect: Dialect) -> dict[str, Json] | None:
    """Read a text that is an object as a whole; None where it is anything else (EX-6, EX-10, EX-14)."""
    if not _OBJECT_BEGINS(text):
        return None
    try:
        value = parse(text, dialect)
    except Refused:
        return None
    assert isinstance(value, dict)
    return value
