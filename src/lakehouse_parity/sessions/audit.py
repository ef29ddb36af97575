"""The audit: every row of the logs against the contract, in one scan and a look at what stands out.

DuckDB sorts the rows into shapes (`shapes`). A few lines of each shape are looked at closely (`looking`);
if they keep every rule, so do all others of that shape whose bytes add up. Every line that is left is
looked at by itself: of a shape that breaks a rule, with bytes too many or too few, or not readable at all.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import duckdb

from lakehouse_parity.errors import Unobservable
from lakehouse_parity.sessions import database, lines, opened, order, shapes, unify
from lakehouse_parity.sessions.findings import Audit, Fault
from lakehouse_parity.sessions.looking import UNQUERYABLE, Seen, look
from lakehouse_parity.sessions.unify import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from lakehouse_parity.sessions.database import Connection
    from lakehouse_parity.sessions.shapes import Shape
    from lakehouse_parity.sessions.source import Log

_START = 1 << 16
MOST_BLOCKS = 256
"""Blocks of lines that are looked at in one go."""

LONGEST_SAMPLE = 1 << 16
MOST_SAMPLES = 4000
"""Lines of one log for the question whether types unify: the first of each shape, and faulty ones."""


def audit(logs: Sequence[Log], limit: int, *, deep: bool = False) -> Audit:
    """Look at every log in turn, and then at what holds for all of them together. Raises Unobservable."""
    result = Audit(limit, [log.name for log in logs])
    samples: list[Sample] = []
    with opened.workplace() as folder:
        for log in logs:
            with (
                database.connect(folder) as connection,
                database.reading(log.name),
                opened.plain(log, connection, folder) as path,
            ):
                if path.stat().st_size:
                    samples += _LogAudit(log, path, connection, folder, result).run(deep=deep)
        with database.connect(folder) as connection, database.reading(", ".join(result.logs)):
            for sample, detail in unify.conflicts(connection, samples, folder) if samples else ():
                fault = Fault("one-type", "SE-21", detail)
                result.add(fault, sample.log, sample.line, partial(int, sample.offset))
    return result


class _LogAudit:
    """The audit of one log."""

    def __init__(self, log: Log, path: Path, connection: Connection, folder: Path, result: Audit) -> None:
        self._log = log
        self._original = self._path = path
        self._connection = connection
        self._folder = folder
        self._result = result
        self._samples: list[Sample] = []

    def run(self, *, deep: bool) -> list[Sample]:
        self._scan()
        with lines.Reader(self._path, self._index) as self._reader:
            shapes.judge(self._connection, [(shape, self._frame(shape)) for shape in self._shapes()])
            self._refuse_garbage()
            self._look(deep=deep)
            self._between_rows()
        self._result.lines += self._index.lines
        if self._path != self._original:
            self._result.relocate(self._log.name, self._original)
        return self._samples

    def _shapes(self) -> list[Shape]:
        return [*shapes.found(self._connection)]

    def _scan(self) -> None:
        """Find the lines and the rows; where they are not as many, do so in a mended copy."""
        if not self._scanned():
            copy = self._folder / "mended.jsonl"
            lines.repair(self._path, copy)
            self._path = copy
            if not self._scanned():
                raise Unobservable(f"the lines of {self._log.name} cannot be told apart")

    def _scanned(self) -> bool:
        with ThreadPoolExecutor(1) as pool:
            index = pool.submit(lines.index, self._path)
            try:
                rows = shapes.scan(self._connection, self._path)
            except duckdb.InvalidInputException as error:
                if "maximum_object_size" not in str(error):
                    raise
                return False
        self._index = index.result()
        return rows == self._index.lines and self._index.longest <= database.LONGEST_LINE

    def _frame(self, shape: Shape) -> int | None:
        """Give what most sound lines of the shape have besides their values; None where none is sound."""
        frames: Counter[int] = Counter()
        for place, row in enumerate(shape.samples):
            line = self._reader.line(row)
            seen = look(line)
            if place == 0:
                self._sample(row, line, seen)
            if not seen.faults and place < len(shape.bytes):
                frames[len(line) - shape.bytes[place]] += 1
        return frames.most_common(1)[0][0] if frames else None

    def _sample(self, row: int, line: bytes, seen: Seen) -> None:
        """Keep the line for the question whether types unify."""
        room = len(self._samples) < MOST_SAMPLES and len(line) <= LONGEST_SAMPLE
        if seen.row is not None and room:
            daemon = str(seen.row.get("daemon"))
            self._samples.append(Sample(daemon, self._log.name, row + 1, self._reader.offset(row), line))

    def _refuse_garbage(self) -> None:
        if self._samples:
            return
        with self._original.open("rb") as file:
            start = file.read(_START)
        if b"\0" in start or not _is_text(start):
            raise Unobservable(f"the session log {self._log.name} is no text: no line of it is a row")

    def _look(self, *, deep: bool) -> None:
        """Look at every line that no sample speaks for."""
        for first, end in _runs(self._unsettled(deep=deep)):
            self._look_between(first * lines.BLOCK, end * lines.BLOCK, deep=deep)
        self._result.rows += self._index.lines
        last = self._index.lines - 1
        if not self._index.ended and look(self._reader.line(last)).row is not None:
            self._add(last, Fault("unended-line", "SE-4", "the last line has no line feed"))

    def _unsettled(self, *, deep: bool) -> Iterator[int]:
        for block in shapes.blocks(self._connection, lines.BLOCK):
            agrees = self._index.agrees(block.number, block.length, block.weighed)
            if deep or block.unsettled or not agrees:
                yield block.number

    def _look_between(self, first: int, end: int, *, deep: bool) -> None:
        expected = shapes.lengths(self._connection, first, end)
        for row, (readable, length) in enumerate(expected, start=first):
            line = self._reader.line(row)
            if deep or length != len(line):
                self._look_at(row, line, readable=readable)

    def _look_at(self, row: int, line: bytes, *, readable: bool) -> None:
        seen = look(line)
        self._result.rows -= seen.row is None
        if seen.faults:
            self._sample(row, line, seen)
        for fault in seen.faults or (() if readable else (UNQUERYABLE,)):
            self._add(row, fault)

    def _between_rows(self) -> None:
        for row, detail in order.backwards(self._connection):
            self._add(row, Fault("time-order", "SE-19", detail))
        for rows in order.twins(self._connection):
            seen: dict[bytes, int] = {}
            for row in rows:
                first = seen.setdefault(self._reader.line(row), row)
                if first != row:
                    self._add(row, Fault("row-twice", "SE-1", f"the same row stands in line {first + 1}"))

    def _add(self, row: int, fault: Fault) -> None:
        self._result.add(fault, self._log.name, row + 1, partial(self._reader.offset, row))


def _runs(blocks: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Put successive blocks together, so many that what is held of them stays small."""
    first = end = -1
    for block in blocks:
        if block != end or end - first >= MOST_BLOCKS:
            if first >= 0:
                yield first, end
            first = block
        end = block + 1
    if first >= 0:
        yield first, end


def _is_text(start: bytes) -> bool:
    try:
        start.decode()
    except UnicodeDecodeError as error:
        return error.start > len(start) - 4  # cut within a character
    return True
