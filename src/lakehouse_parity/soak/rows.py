"""From lines to rows: which call of which runtime each is of, and what is left that is no row.

A row is known by the mark that its prompt begins with and by its daemon's tag; where the tag does not tell,
it is of the runtime that has no row of that call. A line that is no row is taken apart into rows that stand
whole in it and fragments. Who wrote a row in one piece is not to blame for what stands around it: the
fragments are, and a whole row whose line feed came too late for the next.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from lakehouse_parity import lossless
from lakehouse_parity.sessions.members import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lakehouse_parity.model import Tree
    from lakehouse_parity.soak.calls import Calls
    from lakehouse_parity.soak.log import Line

Owner = tuple[str, int]
"""A runtime and a call of it."""

_BEGINS_ROW = re.compile(rf'\{{\s*"(?:{"|".join(TYPES)})"\s*:')
_MOST_BEGINNINGS = 64
"""Places of one line at which a whole row is looked for."""
_TAG = re.compile(r'"daemon"\s*:\s*"([^"]*)"')


class Piece(Struct, frozen=True):
    """A part of a line that is no row: a whole row, or a fragment of one."""

    text: str
    row: Tree = None
    """The row, where it is whole."""


class Rows(Struct):
    """The lines of a soak, sorted."""

    calls: Calls
    tags: Mapping[str, str]
    """From a daemon's tag to its runtime."""
    own: dict[Owner, list[Line]] = field(default_factory=lambda: defaultdict(list))
    """The rows that have a line of their own; of several, those with parts of others' come last."""
    odd: list[Line] = field(default_factory=list)
    """Lines that are no row."""
    salvaged: set[Owner] = field(default_factory=set)
    """Whose row stands whole in a line that is none."""
    strangers: list[Line] = field(default_factory=list)
    """Lines with an object of no call of this soak, without their bytes."""
    lines: int = 0
    unowned: list[tuple[int, Line]] = field(default_factory=list)
    """Rows whose tag is nobody's, with their call."""

    def take(self, line: Line) -> None:
        """Take in one line."""
        self.lines += 1
        try:
            row = lossless.parse(line.data)
        except lossless.NotJson:
            row = None
        if not isinstance(row, dict) or not line.ended:
            self.odd.append(line)
            return
        number = self._number(row, line.data)
        runtime = self.tags.get(_text(row.get("daemon")), "")
        if number is None:
            self.strangers.append(replace(line, data=b""))
        elif runtime:
            self.own[runtime, number].append(line)
        else:
            self.unowned.append((number, line))

    def _number(self, row: Tree, data: bytes) -> int | None:
        """Which call a row is of: as its prompt says, or its id, or any mark in it."""
        for member in ("prompt", "session_id"):
            found = self.calls.pattern.search(_text(row.get(member)).encode("utf-8", "replace"))
            if found and int(found[1]) < len(self.calls):
                return int(found[1])
        return min(self.calls.marks(data), default=None)

    def settle(self, runtimes: tuple[str, ...]) -> None:
        """Give the rows under nobody's tag to who has none, sort, and look for whole rows in odd lines."""
        for number, line in self.unowned:
            without = [runtime for runtime in runtimes if (runtime, number) not in self.own]
            self.own[(without or runtimes)[0], number].append(line)
        for (_, number), lines in self.own.items():
            if len(lines) > 1:
                lines.sort(key=partial(self._has_others, number))
        for line in self.odd:
            for piece in pieces(line.data):
                if piece.row is not None:
                    self._salvage(piece)

    def tagged(self, piece: Piece) -> str:
        """Tell whose a whole row is, by its tag."""
        return self.tags.get(_text(piece.row.get("daemon")), "")

    def _salvage(self, piece: Piece) -> None:
        number = self._number(piece.row, piece.text.encode())
        runtime = self.tagged(piece)
        if number is not None and runtime:
            self.salvaged.add((runtime, number))

    def _has_others(self, number: int, line: Line) -> bool:
        return bool(self.calls.others(number, line.data))

    def whole(self, owner: Owner) -> bool:
        """Tell whether the row is there, be it in a line with something else."""
        return owner in self.own or owner in self.salvaged

    def guilty(self, line: Line, runtimes: tuple[str, ...]) -> list[Owner]:
        """Tell whose writing made a line odd, as far as it tells: runtime (or empty) and call (or -1)."""
        parts = [*pieces(line.data)]
        found = [self._owner(part, runtimes) for part in parts if part.row is None]
        found += [self._owner(part, runtimes) for part in parts[:-1] if part.row is not None]
        return found or [("", -1)]

    def _owner(self, piece: Piece, runtimes: tuple[str, ...]) -> Owner:
        numbers = self.calls.marks(piece.text.encode())
        number = min(numbers) if numbers else -1
        tags = [self.tags[tag] for tag in _TAG.findall(piece.text) if tag in self.tags]
        if tags:
            return tags[0], number
        missing = {name for name in runtimes for each in numbers if not self.whole((name, each))}
        return (missing.pop() if len(missing) == 1 else ""), number


def is_beginning(text: str) -> bool:
    """Tell whether a fragment is the beginning of a row."""
    return _BEGINS_ROW.match(text) is not None


def beginnings(text: str) -> list[str]:
    """Give the beginnings of rows in a fragment, each with what stands behind it up to the next."""
    starts = [match.start() for match in _BEGINS_ROW.finditer(text)][:_MOST_BEGINNINGS]
    return [text[start:end] for start, end in pairwise([*starts, len(text)])]


def pieces(data: bytes) -> Iterator[Piece]:
    """Take a line apart."""
    text = data.decode(errors="replace")
    place = 0
    for beginning in [match.start() for match in _BEGINS_ROW.finditer(text)][:_MOST_BEGINNINGS]:
        if beginning < place:
            continue
        row, end = _row_at(text, beginning)
        if row is not None:
            if text[place:beginning].strip():
                yield Piece(text[place:beginning])
            yield Piece(text[beginning:end], row)
            place = end
    if text[place:].strip():
        yield Piece(text[place:])


def _row_at(text: str, place: int) -> tuple[Tree, int]:
    try:
        row, end = json.JSONDecoder().raw_decode(text, place)
    except (ValueError, RecursionError):
        return None, place
    return (row, end) if "session_id" in row and "daemon" in row else (None, place)


def _text(value: Tree) -> str:
    return value if isinstance(value, str) else ""
