"""The log as bytes: where its lines begin, and a copy in which DuckDB counts lines as we do.

Lines count from 1 and offsets from 0, both in the unpacked log. DuckDB passes over blank lines and
stops at overlong ones; the copy has a JSON string in the place of each.
"""

from __future__ import annotations

import json
from array import array
from functools import partial
from itertools import islice
from operator import mul
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity.sessions.database import LONGEST_LINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import IO

BLOCK = 128
"""Lines whose bytes are accounted for together."""

_PLACES = range(1, BLOCK + 1)

BLANK = "(blank)"
"""What the copy has in the place of a line of nothing but white space."""

TOO_LONG = "(too long a line: "
"""What begins that in the place of a line that is too long."""


class Index(Struct, frozen=True):
    """Where the blocks of lines begin."""

    starts: array[int]
    """The offset of every first line of a block, and the end of the file."""
    lines: int
    ended: bool
    """Whether the last line ends in a line feed."""
    longest: int
    """Bytes of the longest line, as far as it was read."""
    sums: array[int]
    """For each block, the lengths of its lines added up, each times its place in the block from 1.

    Two lines of which one is too long and the other too short by as much do not make up for each other.
    """

    def agrees(self, block: int, length: int, weighed: int) -> bool:
        """Tell whether the lines of a block have these lengths, line feeds included."""
        open_end = not self.ended and block == len(self.sums) - 1
        there = self.starts[block + 1] - self.starts[block] + open_end
        last = (self.lines - 1) % BLOCK + 1
        return (length, weighed) == (there, self.sums[block] + open_end * last)


class Reader:
    """Gives the lines of a log by their place, from 0. Not thread-safe."""

    def __init__(self, path: Path, index: Index) -> None:
        self._index = index
        self._file = path.open("rb")
        self._block, self._lines = -1, list[bytes]()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def block(self, block: int) -> list[bytes]:
        """Give the lines of a block, without their line feeds."""
        if block != self._block:
            start, end = self._index.starts[block : block + 2]
            self._file.seek(start)
            self._block, self._lines = block, self._file.read(end - start).removesuffix(b"\n").split(b"\n")
        return self._lines

    def line(self, place: int) -> bytes:
        """Give one line, without its line feed."""
        return self.block(place // BLOCK)[place % BLOCK]

    def offset(self, place: int) -> int:
        """Tell at which byte a line begins."""
        before = self.block(place // BLOCK)[: place % BLOCK]
        return self._index.starts[place // BLOCK] + sum(map(len, before)) + len(before)


def index(path: Path) -> Index:
    """Find where the lines are; an overlong one counts in pieces, and `longest` tells."""
    starts, sums, lines, longest, last = array("q", [0]), array("q"), 0, 0, b"\n"
    with path.open("rb", buffering=1 << 20) as file:
        pieces = _pieces(file)
        while sizes := [*map(len, islice(pieces, BLOCK))]:
            lines += len(sizes)
            longest = max(longest, *sizes)
            starts.append(starts[-1] + sum(sizes))
            sums.append(sum(map(mul, sizes, _PLACES)))
        if lines:
            file.seek(-1, 2)
            last = file.read(1)
    return Index(starts, lines, last == b"\n", longest, sums)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Give every line with its line feed, an overlong one in pieces."""
    return iter(partial(file.readline, LONGEST_LINE + 1), b"")


def repair(source: Path, target: Path) -> None:
    """Copy the log with a JSON string in the place of every blank or overlong line."""
    with source.open("rb", buffering=1 << 20) as log, target.open("wb", buffering=1 << 20) as copy:
        for line, length in _whole_lines(log):
            if line.isspace():
                line = _placeholder(BLANK)  # noqa: PLW2901  it takes the line's place
            elif length > LONGEST_LINE:
                line = _placeholder(f"{TOO_LONG}{length} bytes)")  # noqa: PLW2901  likewise
            copy.write(line)


def _placeholder(words: str) -> bytes:
    return f"{json.dumps(words)}\n".encode()


def _whole_lines(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Give the first piece of every line and the length of the whole."""
    first, length = b"", 0
    for piece in _pieces(file):
        first, length = first or piece, length + len(piece)
        if piece.endswith(b"\n"):
            yield first, length
            first, length = b"", 0
    if first:
        yield first, length


def offsets(path: Path, wanted: Iterable[int]) -> dict[int, int]:
    """Tell at which byte each of these lines begins."""
    left, found, offset = {*wanted}, {}, 0
    with path.open("rb", buffering=1 << 20) as file:
        for number, (_, length) in enumerate(_whole_lines(file), start=1):
            if number in left:
                found[number] = offset
            offset += length
    return found
