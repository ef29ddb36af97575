"""The logs behind the view `sessions`: unpacked, and mended where a line is too long to be read."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import duckdb

from lakehouse_parity import workplace as places
from lakehouse_parity.sessions import database, lines, source, view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lakehouse_parity.sessions.database import Connection
    from lakehouse_parity.sessions.source import Log

Result = TypeVar("Result")


@contextmanager
def workplace() -> Iterator[Path]:
    """Give a folder for what does not fit in memory and for unpacked logs; it goes at the end."""
    with places.workplace() as folder:
        yield folder


def ask(logs: Sequence[Log], use: Callable[[Connection], Result], *, without_harness: bool) -> Result:
    """Do something with the view over these logs. Raises Unobservable."""
    with workplace() as folder, ExitStack() as stack, database.reading(", ".join(log.name for log in logs)):
        paths = [_path(log, folder / str(place), stack) for place, log in enumerate(logs)]
        try:
            return _asked(paths, use, folder, without_harness=without_harness)
        except duckdb.InvalidInputException as error:
            if "maximum_object_size" not in str(error):
                raise
        mended = [_mended(path, folder / f"{place}.jsonl") for place, path in enumerate(paths)]
        return _asked(mended, use, folder, without_harness=without_harness)


def _path(log: Log, folder: Path, stack: ExitStack) -> str:
    if log.remote:
        return log.name
    folder.mkdir()
    return str(stack.enter_context(source.unpacked(log, folder)))


def _asked(
    paths: list[str], use: Callable[[Connection], Result], folder: Path, *, without_harness: bool
) -> Result:
    with database.connect(folder) as connection:
        if any(path.startswith(source.REMOTE) for path in paths):
            database.load_remote(connection, paths[0])
        view.create(connection, paths, without_harness=without_harness)
        return use(connection)


def _mended(path: str, copy: Path) -> str:
    if path.startswith(source.REMOTE):
        return path
    lines.repair(Path(path), copy)
    return str(copy)


@contextmanager
def plain(log: Log, connection: Connection, folder: Path) -> Iterator[Path]:
    """Give the bytes of the log as a file; from an object store they are fetched. Raises Unobservable."""
    if not log.remote:
        with source.unpacked(log, folder) as path:
            yield path
        return
    database.load_remote(connection, log.name)
    fetched = folder / "fetched.jsonl"
    with fetched.open("wb") as file:
        for (content,) in connection.execute("SELECT content FROM read_blob(?)", [log.name]).fetchall():
            file.write(content)
    yield fetched
