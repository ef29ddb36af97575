"""The session log under a run: only what is written from now on, however much stood there before.

The file is opened once at the start and read on from its end. Where it is rotated away, the open file
is read on beside the new one, which is read from its beginning; where it is truncated, rows may be lost,
and that is said.
"""

from __future__ import annotations

import os
from collections import defaultdict
from typing import IO, TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity import lossless, textfile
from lakehouse_parity.errors import Mistake, Unobservable
from lakehouse_parity.sessions.salvage import whole_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lakehouse_parity.model import Tree

_PIECE = 1 << 20


class Row(Struct, frozen=True):
    """One line of the log with what it is found by; empty where the line does not say."""

    line: bytes
    daemon: str
    session_id: str
    model: str


class _Opened:
    """One file that is read on from where it was entered, line by line."""

    def __init__(self, file: IO[bytes], whence: int) -> None:
        status = os.fstat(file.fileno())
        self.identity = (status.st_dev, status.st_ino)
        self.rest = b""
        """What stands behind the last line feed."""
        self._file = file
        file.seek(0, whence)

    def starts_over(self) -> bool:
        """Whether the file has been truncated; it is then read from its beginning."""
        if os.fstat(self._file.fileno()).st_size >= self._file.tell():
            return False
        self._file.seek(0)
        self.rest = b""
        return True

    def lines(self) -> Iterator[bytes]:
        """The lines that have been finished since."""
        while piece := self._file.read(_PIECE):
            *lines, self.rest = (self.rest + piece).split(b"\n")
            yield from lines

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Tail:
    """Rows written since `open`, by session id and by model. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: list[_Opened] = []
        self.rows = 0
        self.unreadable: list[bytes] = []
        """Lines that are no JSON object; a row that stands whole in one is a row all the same."""
        self.accident = ""
        """What happened to the log during the run, if rows may have been lost by it."""
        self._by_session: dict[str, list[Row]] = defaultdict(list)
        self._by_model: dict[str, list[Row]] = defaultdict(list)

    def open(self) -> None:
        """Stand at the present end. A log that does not exist yet begins at 0. Raises Unobservable."""
        self._attach(os.SEEK_END)

    def _attach(self, whence: int) -> None:
        try:
            self._path.stat()
            self._files.append(_Opened(textfile.opened(self._path, f"the session log {self._path}"), whence))
        except FileNotFoundError:
            return
        except OSError as error:
            raise Unobservable(f"the session log {self._path} cannot be read: {error.strerror}") from None
        except Mistake as mistake:
            raise Unobservable(str(mistake)) from None

    def close(self) -> None:
        """Close every file."""
        for opened in self._files:
            opened.close()

    @property
    def unfinished(self) -> list[bytes]:
        """What stands in the log without a line feed behind it."""
        return [opened.rest for opened in self._files if opened.rest]

    def read(self) -> int:
        """Take in what has been written since; the number of new rows. Raises Unobservable."""
        before = self.rows
        if not self._files or self._rotated():
            self._attach(os.SEEK_SET)
        for opened in self._files:
            if opened.starts_over():
                self.accident = f"the session log {self._path} was truncated during the run"
            for line in opened.lines():
                self._take(line)
        return self.rows - before

    def _rotated(self) -> bool:
        """Whether another file stands in the log's place; who had the old one open may still write to it."""
        try:
            status = self._path.stat()
        except OSError:
            return False  # gone for the moment: the open files are all there is
        return (status.st_dev, status.st_ino) not in [opened.identity for opened in self._files]

    def _take(self, line: bytes) -> None:
        self.rows += 1
        if not self._is_row(line):
            self.unreadable.append(line)
            for whole in whole_rows(line):
                self._is_row(whole)

    def _is_row(self, line: bytes) -> bool:
        """Whether it is a JSON object, which is then kept."""
        try:
            row = lossless.parse(line)
        except lossless.NotJson:
            return False
        if not isinstance(row, dict):
            return False
        found = Row(line, _text(row, "daemon"), _text(row, "session_id"), _text(row, "model"))
        self._by_session[found.session_id].append(found)
        self._by_model[found.model].append(found)
        return True

    def find(self, sessions: set[str], model: str) -> list[Row]:
        """All rows with one of these session ids or this model, each once."""
        found = {id(row): row for session in sorted(sessions) for row in self._by_session.get(session, ())}
        if model:
            found.update((id(row), row) for row in self._by_model.get(model, ()))
        return list(found.values())

    def forget(self, rows: list[Row]) -> None:
        """Drop these rows: who asks the same again is to see new ones only."""
        for row in rows:
            for index, key in ((self._by_session, row.session_id), (self._by_model, row.model)):
                index[key].remove(row)
                if not index[key]:
                    del index[key]


def _text(row: Tree, key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""


def share(
    rows: list[Row],
    tags: dict[str, str],
    vouches: Callable[[str, bytes], bool] = lambda _runtime, _line: False,
) -> dict[str, tuple[bytes, ...]]:
    """Whose rows these are, by runtime: `tags` maps a runtime to its daemon tag.

    A row whose tag is nobody's, or one too many under another's tag, belongs to a runtime that has none:
    so a wrong tag shows in the row of the one who wrote it. Of several it is one that something else
    vouches for, where there is such.
    """
    owned = {runtime: [row.line for row in rows if row.daemon == tag] for runtime, tag in tags.items()}
    spare = [row.line for row in rows if row.daemon not in tags.values()]
    for runtime, lines in owned.items():
        pool = spare or next((other for other in owned.values() if len(other) > 1), [])
        if not lines and pool:
            vouched = (index for index, line in enumerate(pool) if vouches(runtime, line))
            lines.append(pool.pop(next(vouched, 0)))
    for line in spare:
        next(iter(owned.values())).append(line)
    return {runtime: tuple(lines) for runtime, lines in owned.items()}
