"""Where the rows come from: paths, patterns, compressed files, and s3:// where DuckDB can reach it."""

from __future__ import annotations

import glob
import gzip
import shutil
import subprocess
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity import textfile
from lakehouse_parity.errors import Mistake, Unobservable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import IO

_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_PIECE = 1 << 20
REMOTE = "s3://"
"""What the name of a log in an object store begins with."""

_PATTERN = frozenset("*?[")


class Log(Struct, frozen=True):
    """One log as it was asked for."""

    name: str
    """How it is called in findings and errors: its path."""
    compression: str = ""
    """`gzip`, `zstd`, or empty where it lies there as it is."""

    @property
    def remote(self) -> bool:
        """Whether it lies in an object store."""
        return self.name.startswith(REMOTE)


def locate(wanted: Sequence[str]) -> list[Log]:
    """Find every log that the paths and patterns stand for, each once, in order. Raises ParityError."""
    names = dict.fromkeys(name for pattern in wanted for name in _names(pattern))
    logs = [_log(name) for name in names]
    if not any(log.remote or Path(log.name).stat().st_size for log in logs):
        raise Unobservable(f"the session log {logs[0].name} is empty: there is no row to look at")
    return logs


def _names(pattern: str) -> list[str]:
    if pattern.startswith(REMOTE) or Path(pattern).exists() or not _PATTERN & {*pattern}:
        return [pattern]
    found = sorted(name for name in glob.glob(pattern, recursive=True) if not Path(name).is_dir())  # noqa: PTH207
    if not found:
        raise Unobservable(f"no session log matches {pattern}")
    return found


def _log(name: str) -> Log:
    if name.startswith(REMOTE):
        return Log(name)
    if Path(name).is_dir():
        raise Mistake(f"{name} is a directory, not a session log; say '{name}/*.jsonl' for the logs in it")
    try:
        with textfile.opened(Path(name), f"the session log {name}") as file:
            start = file.read(4)
            file.seek(0)
    except OSError as error:
        raise Unobservable(f"the session log {name} cannot be read: {error.strerror}") from None
    except Mistake as mistake:
        raise Unobservable(str(mistake)) from None
    found = [kind for magic, kind in _MAGIC.items() if start.startswith(magic)]
    return Log(name, *found)


@contextmanager
def unpacked(log: Log, folder: Path) -> Iterator[Path]:
    """Give the log as a plain file, unpacked into the folder if need be. Raises Unobservable."""
    if not log.compression:
        yield Path(log.name)
        return
    target = folder / "unpacked.jsonl"
    try:
        with target.open("wb") as sink:
            _UNPACK[log.compression](log, sink)
        yield target
    finally:
        target.unlink(missing_ok=True)


def _gunzip(log: Log, sink: IO[bytes]) -> None:
    try:
        with gzip.open(log.name) as packed:
            shutil.copyfileobj(packed, sink, _PIECE)
    except EOFError:
        raise _packed_badly(log, "its gzip stream is cut short") from None
    except (OSError, zlib.error) as error:
        raise _packed_badly(log, str(error)) from None


def _unzstd(log: Log, sink: IO[bytes]) -> None:
    """Unpack with the program `zstd`; Python's standard library has it since 3.14 only."""
    program = shutil.which("zstd")
    if program is None:
        raise _packed_badly(log, "the program zstd is not installed")
    command = [program, "--decompress", "--stdout", "--quiet", "--", log.name]
    done = subprocess.run(command, stdout=sink, stderr=subprocess.PIPE, check=False)  # noqa: S603  no shell
    if done.returncode:
        raise _packed_badly(log, "its zstd stream is damaged or cut short")


def _packed_badly(log: Log, why: str) -> Unobservable:
    return Unobservable(f"the session log {log.name} cannot be unpacked: {why}")


_UNPACK: dict[str, Callable[[Log, IO[bytes]], None]] = {"gzip": _gunzip, "zstd": _unzstd}
