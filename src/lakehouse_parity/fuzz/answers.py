"""What every side makes of a text, and what the specification says that it has to be.

An answer is the end of an adapter's line, behind the id: `"found":true,"value":{…}}`. The reference is
read in both dialects; pieces of text that were parsed once are remembered, because generated texts
share their parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.judging import SIDES
from lakehouse_spec.dialects import Dialect, Refused, parse, serialise
from lakehouse_spec.extract import balances, candidates

if TYPE_CHECKING:
    from lakehouse_parity.model import Tree
    from lakehouse_spec.dialects import Json

NOTHING = b'"found":false,"value":null}'
MEMORY = 20_000
"""Pieces that are remembered at a time."""

Piece = tuple[dict[str, "Json"], bytes] | None
"""An object and its answer, or None for a piece that is none."""


@dataclass(frozen=True, slots=True)
class Answers:
    """One text's answers, by side: those of the runtimes, and the reference in the dialect of each."""

    rust: bytes
    go: bytes
    reference: bytes
    reference_go: bytes

    def trees(self) -> tuple[Tree, ...]:
        """Each as a lossless tree, in the order of `SIDES`."""
        return tuple(tree(getattr(self, side)) for side in SIDES)


def tree(answer: bytes) -> Tree:
    """An answer as a tree; one that is unreadable is text, and differs from every other."""
    try:
        return lossless.parse(b"{" + answer)
    except lossless.NotJson:
        return answer.decode(errors="replace")


class Reference:
    """The specification's extraction in one dialect, with a memory for pieces that come again."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._pieces: dict[str, Piece] = {}

    def look(self, raw: str) -> tuple[dict[str, Json] | None, bytes]:
        """The artifact and the answer; the same as `extract` gives."""
        pieces = self._pieces
        for text in chain(candidates(raw), balances(raw)):
            piece = pieces[text] if text in pieces else self._remember(text)
            if piece is not None:
                return piece
        return None, NOTHING

    def _remember(self, text: str) -> Piece:
        if len(self._pieces) >= MEMORY:
            self._pieces.clear()
        piece = self._pieces[text] = self._parse(text)
        return piece

    def _parse(self, text: str) -> Piece:
        if not text.startswith("{"):
            return None
        try:
            value = parse(text, self._dialect)
        except Refused:
            return None
        if not isinstance(value, dict):
            return None
        written = serialise(value, self._dialect)
        return value, f'"found":true,"value":{written}}}'.encode()
