"""Rows that others were written over (SE-4): who does not append writes where the log ended a moment ago.

Who writes a row in pieces loses nothing of it: all pieces together are the row. A piece without what has to
stand in front of it is what was left of a row behind one that was written over it, and that one stands whole
in front of the piece.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.soak.rows import Piece, beginnings, is_beginning, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.soak.rows import Rows

_IN_EVERY_ROW = {"session_id", "daemon", "prompt", "attempts"}


def overwriter(rows: Rows) -> str:
    """The runtime whose rows stand in front of all that is left of others; empty where nothing tells."""
    writers = {rows.tagged(row) for row in _in_front_of_rests(rows)}
    return writers.pop() if len(writers) == 1 else ""


def _in_front_of_rests(rows: Rows) -> Iterator[Piece]:
    """The whole row in front of each rest of another row."""
    parts = {line.number: [*pieces(line.data)] for line in rows.odd}
    owned = {line.number: line for lines in rows.own.values() for line in lines}
    lost = _incomplete(rows, [part for several in parts.values() for part in several])
    for number, several in parts.items():
        if several and several[0].row is None and _call(rows, several[0]) in lost:
            before = owned.get(number - 1)
            in_front = [*pieces(before.data)] if before is not None else parts.get(number - 1, [])
            if in_front and in_front[-1].row is not None and not is_beginning(several[0].text):
                yield in_front[-1]


def _incomplete(rows: Rows, parts: list[Piece]) -> set[int]:
    """The calls whose fragments, put together as they stand, are no row, though its end is there."""
    torn = [part for part in parts if part.row is None]
    fragments: dict[int, str] = defaultdict(str)
    for part in torn:
        fragments[_call(rows, part)] += part.text
    mixed = {number for part in torn for number in _several(rows, part)}
    starts = ["", *(start for part in torn for start in _unmarked(rows, part))]
    ended = {number: text for number, text in fragments.items() if number >= 0 and text.endswith("}")}
    return {
        number for number, text in ended.items() if not any(_is_row(start + text) for start in starts)
    } - mixed


def _several(rows: Rows, part: Piece) -> set[int]:
    """The calls of a fragment that has parts of more than one: nobody can tell where one ends."""
    numbers = rows.calls.marks(part.text.encode())
    return numbers if len(numbers) > 1 or len(beginnings(part.text)) > 1 else set()


def _unmarked(rows: Rows, part: Piece) -> list[str]:
    """The beginnings of rows, each up to the next, that were cut in front of their mark."""
    return [text for text in beginnings(part.text) or [part.text] if not rows.calls.marks(text.encode())]


def _call(rows: Rows, part: Piece) -> int:
    return min(rows.calls.marks(part.text.encode()), default=-1)


def _is_row(text: str) -> bool:
    try:
        row = lossless.parse(text.encode())
    except lossless.NotJson:
        return False
    return isinstance(row, dict) and row.keys() >= _IN_EVERY_ROW
