"""The log under load: every line from where it ended before, with its place."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity.errors import Unobservable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PIECE = 1 << 20
_TAIL = 256
"""Bytes at the end by which a log is known again."""


class Mark(Struct, frozen=True):
    """Where a log ended at a moment."""

    file: tuple[int, int] | None
    """Which file it was; None where there was none."""
    size: int
    tail: bytes
    """Its last bytes."""


class Line(Struct, frozen=True):
    """One line."""

    number: int
    """From 1, counted from where the soak began: what stood there before is not read."""
    offset: int
    """Of its first byte in the file."""
    data: bytes
    """Without the line feed."""
    ended: bool = True
    """Whether a line feed stands behind it."""


class Log:
    """The lines as they come. One that is rotated or truncated meanwhile cannot be held against anything."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._number = 0
        self._rest = b""
        self.began = 0
        """Where the file ended when the soak began."""

    def open(self) -> None:
        """Stand at the end; a log that is not there yet begins at 0. Raises Unobservable."""
        self._attach()
        if self._file is not None:
            self.began = self._offset = self._file.seek(0, os.SEEK_END)

    def _attach(self) -> None:
        self._offset = 0
        try:
            self._file = self._path.open("rb")
        except FileNotFoundError:
            return
        except OSError as error:
            raise Unobservable(f"the session log {self._path} cannot be read: {error.strerror}") from None

    def mark(self) -> Mark:
        """Where the log ends now."""
        return self._marked(None)

    def lost(self, mark: Mark) -> str:
        """What became of the log since the mark, where it is not the same with more behind; else empty."""
        now = self._marked(mark.size)
        if mark.file is None:
            return ""
        if now.file != mark.file:
            return "was moved away"
        if now.size < mark.size:
            return "was truncated"
        return "" if now.tail == mark.tail else "was written over"

    def _marked(self, size: int | None) -> Mark:
        """The log as it is, its last bytes being those in front of `size`, or of its end."""
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                end = status.st_size if size is None else size
                file.seek(max(0, end - _TAIL))
                tail = file.read(min(end, _TAIL))
        except OSError:
            return Mark(None, 0, b"")
        return Mark((status.st_dev, status.st_ino), status.st_size, tail)

    def read(self) -> Iterator[Line]:
        """The lines that have been finished since. Raises Unobservable where the file is another or less."""
        if self._file is None:
            self._attach()
        if self._file is None:
            return
        self._same(self._file)
        while piece := self._file.read(_PIECE):
            *lines, self._rest = (self._rest + piece).split(b"\n")
            for data in lines:
                yield self._line(data)
                self._offset += len(data) + 1

    def rest(self) -> Iterator[Line]:
        """What stands behind the last line feed, if anything."""
        if self._rest:
            yield self._line(self._rest, ended=False)

    def _line(self, data: bytes, *, ended: bool = True) -> Line:
        self._number += 1
        return Line(self._number, self._offset, data, ended)

    def _same(self, file: IO[bytes]) -> None:
        mine = os.fstat(file.fileno())
        try:
            there = self._path.stat()
        except OSError:
            there = None
        if there is None or (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino):
            raise Unobservable(f"the session log {self._path} was moved away during the soak; run it again")
        if mine.st_size < file.tell():
            raise Unobservable(f"the session log {self._path} was truncated during the soak; run it again")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
