"""What every side makes of a text, and what the specification says that it has to be.

An answer is the end of an adapter's line, behind the id: `"found":true,"value":{…}}`. The reference is
read in both dialects; pieces of text that were parsed once are remembered, because generated texts
share their parts.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct

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

Answered = tuple[dict[str, "Json"] | None, bytes]
"""An artifact, or None, and the answer that says so."""
Piece = Answered | None
"""The same for a piece of a text; None where the piece is no object."""
NONE: Answered = (None, NOTHING)


class Answers(Struct, frozen=True):
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


class References:
    """The specification's extraction under both runtimes' dialects in one walk, with a memory for pieces."""

    def __init__(self, rust: Dialect, go: Dialect) -> None:
        self._dialects = rust, go
        self._pieces: dict[str, tuple[Piece, Piece]] = {}

    def look(self, raw: str) -> tuple[Answered, Answered]:
        """The artifact and the answer in each dialect; the same as `extract` gives."""
        pieces = self._pieces
        rust: Piece = None
        go: Piece = None
        for text in chain(candidates(raw), balances(raw)):
            as_rust, as_go = pieces[text] if text in pieces else self._remember(text)
            rust, go = rust or as_rust, go or as_go
            if rust and go:
                return rust, go
        return rust or NONE, go or NONE

    def _remember(self, text: str) -> tuple[Piece, Piece]:
        if len(self._pieces) >= MEMORY:
            self._pieces.clear()
        rust, go = self._dialects
        pair = self._pieces[text] = _piece(text, rust), _piece(text, go)
        return pair


def _piece(text: str, dialect: Dialect) -> Piece:
    if not text.startswith("{"):
        return None
    try:
        value = parse(text, dialect)
    except Refused:
        return None
    if not isinstance(value, dict):
        return None
    return value, f'"found":true,"value":{serialise(value, dialect)}}}'.encode()
