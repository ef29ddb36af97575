"""The files of a run: written beside their place and renamed, so that a reader never sees half of one."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from lakehouse_parity.errors import Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

_MANY = 64 * 1024
"""Bytes of lines that are not held back longer."""
_TRIED = b" " * 4096
"""What is written to see that there is room: a full disk still takes empty files."""


def prepare(folder: Path) -> None:
    """Make the folder and see that it can be written to, before anything is asked. Raises Mistake."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None
    _try(folder, folder)


def prepare_file(path: Path) -> None:
    """See that the file can be put in its place, before anything is asked. Raises Mistake."""
    if path.is_dir():
        raise Mistake(f"reports cannot be written to {path}: Is a directory; name a file in it")
    if not _is_no_file(path):
        _try(path.resolve().parent, path)


def _try(folder: Path, named: Path) -> None:
    probe = folder / f".writable-{os.getpid()}"
    try:
        try:
            probe.write_bytes(_TRIED)
        finally:
            probe.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(named, error) from None


def _unwritable(named: Path, error: OSError | ValueError) -> Mistake:
    why = error.strerror if isinstance(error, OSError) else error
    return Mistake(f"reports cannot be written to {named}: {why}; make room there, or name another place")


def write(path: Path, text: str) -> None:
    """Put the text in the file as a whole. Raises Mistake."""
    with writing(path) as file:
        file.write(text)


def _is_no_file(path: Path) -> bool:
    """Whether a device, a pipe or the like stands there: it is written to, and never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def writing(path: Path) -> Iterator[IO[str]]:
    """A file to write to; it stands in its place when the block ends well, and is gone otherwise."""
    try:
        with _direct(path) if _is_no_file(path) else _beside(path.resolve()) as file:
            yield file
    except OSError as error:
        raise Mistake(f"{path} cannot be written: {error.strerror}") from None


def _direct(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8", errors="surrogatepass")


@contextmanager
def _beside(path: Path) -> Iterator[IO[str]]:
    beside = path.with_name(path.name + ".part")
    try:
        with _direct(beside) as file:
            yield file
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


class Lines:
    """A file of lines that stand in it whole or not at all, as far as there is room for them.

    They go out together when they are flushed, or are many: a call to the system for each costs as much as
    making it.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._pending: list[bytes] = []
        self._size = 0
        self._end = 0
        self.failure = ""
        """Why not all lines are in the file; empty where they are."""

    def write(self, line: str) -> None:
        """Append one line; where that fails, this line and all further ones are left out."""
        if self.failure:
            return
        data = line.encode("utf-8", "surrogatepass")
        self._pending.append(data)
        self._size += len(data)
        if self._size >= _MANY:
            self.flush()

    def flush(self) -> None:
        """Hold nothing back."""
        data = b"".join(self._pending)
        self._pending.clear()
        self._size = written = 0
        try:
            while written < len(data):
                written += os.write(self._descriptor, memoryview(data)[written:])
            self._end += written
        except OSError as error:
            self.failure = (
                f"{self._path} cannot be written: {error.strerror}; it ends with its last whole line"
            )
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._end + data.rfind(b"\n", 0, written) + 1)


@contextmanager
def lines(path: Path) -> Iterator[Lines]:
    """A file of lines; it stands in its place when the block ends well.

    If the process is killed, its whole lines stand beside the place. Raises Mistake where another
    process is writing to it.
    """
    beside = path.with_name(path.name + ".part")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise Mistake(f"{path} cannot be written: {error.strerror}") from None
    try:
        _own(descriptor, path)
        with _put_in_place(beside, path):
            file = Lines(path, descriptor)
            yield file
            file.flush()
    finally:
        os.close(descriptor)


def _own(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Mistake(f"another run is writing to {path}; wait for it, or name another place") from None
    os.ftruncate(descriptor, 0)


@contextmanager
def _put_in_place(beside: Path, path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    try:
        beside.replace(path)
    except OSError as error:
        raise Mistake(f"{path} cannot be written: {error.strerror}") from None
