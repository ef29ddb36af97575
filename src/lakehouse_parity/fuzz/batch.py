"""Thousands of texts per trip through an adapter's pipes, with the bytes in flight bounded by the pipes.

Writing and reading take turns as the pipes allow, so that neither side ever waits for the other. A
text that ends the process, or keeps it silent, is found and answered with what happened.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
from json.encoder import encode_basestring as quoted
from typing import IO, TYPE_CHECKING, Protocol

from lakehouse_parity.errors import Unobservable
from lakehouse_parity.fuzz.answers import NOTHING
from lakehouse_parity.targets.children import Family
from lakehouse_spec.dialects import serialise

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lakehouse_spec.dialects import Dialect, Json

CHUNK = 1 << 16
"""Bytes that are written or read at a time: what a pipe holds."""
RESTARTS = 50
"""How often an adapter is started again before it counts as not to be observed."""


class Side(Protocol):
    """One runtime's extraction, whatever plays it."""

    def ask(self, raws: Sequence[str]) -> list[bytes]:
        """The answers, in order, each without its id."""

    def close(self) -> None:
        """End what was started."""


class Broken(Exception):  # noqa: N818  named after what the adapter is
    """The adapter ended, or said nothing for too long, in the middle of a batch."""


class Pipes:
    """An adapter process that answers batches. Close it when done."""

    def __init__(self, command: Sequence[str], seconds: float = 20.0) -> None:
        self._command = command
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._family = Family()
        self._started = 0
        self._batch = 0

    def ask(self, raws: Sequence[str]) -> list[bytes]:
        """The answers, in order. Raises Unobservable where there is no adapter to be had."""
        try:
            return self._exchange(raws)
        except Broken as broken:
            self.close()
            if len(raws) == 1:
                return [b'"broken":"%s"}' % str(broken).encode()]
            half = len(raws) // 2
            return self.ask(raws[:half]) + self.ask(raws[half:])

    def _exchange(self, raws: Sequence[str]) -> list[bytes]:
        process = self._running()
        self._batch += 1
        question, prefix = b'{"id":%d,"raw":' % self._batch, b'{"id":%d,' % self._batch
        asked = question.decode()
        lines = "".join([f"{asked}{quoted(raw)}}}\n" for raw in raws]).encode()
        said = _transact(process, lines, len(raws), self._seconds)
        width = len(prefix)
        return [line[width:] if line.startswith(prefix) else b'"odd":true,' + line for line in said]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._started += 1
            if self._started > RESTARTS:
                raise Unobservable(f"{self._command[0]} ended {RESTARTS} times")
            self._process = _start(self._command, self._family)
            self._family.add(self._process.pid)
        return self._process

    def close(self) -> None:
        """End the process and wait for it."""
        process, self._process = self._process, None
        if process is None:
            return
        self._family.end()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                _need(stream).close()
        process.wait()


def _start(command: Sequence[str], family: Family) -> subprocess.Popen[bytes]:
    """Start it as the first of its family."""
    try:
        process = subprocess.Popen(  # noqa: S603  the command is the user's own
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            **family.options(),
        )
    except OSError as error:
        raise Unobservable(f"{command[0]} cannot be run: {error.strerror}") from None
    for stream in (process.stdin, process.stdout):
        os.set_blocking(_need(stream).fileno(), False)
    return process


def _need(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


def _transact(process: subprocess.Popen[bytes], lines: bytes, count: int, seconds: float) -> list[bytes]:
    """Write all and read `count` lines, whichever is possible at the moment."""
    source, sink = _need(process.stdout).fileno(), _need(process.stdin).fileno()
    waiting, chunks, missing = memoryview(lines), list[bytes](), count
    with selectors.DefaultSelector() as ready:
        ready.register(source, selectors.EVENT_READ)
        ready.register(sink, selectors.EVENT_WRITE)
        while missing > 0:
            events = ready.select(seconds)
            if not events:
                raise Broken(f"silent for {seconds:g} s")
            for key, _ in events:
                if key.fd == source:
                    chunks.append(_read(source))
                    missing -= chunks[-1].count(b"\n")
                else:
                    waiting = waiting[_write(sink, waiting) :]
                    if not waiting:
                        ready.unregister(sink)
    return b"".join(chunks).split(b"\n")[:count]


def _read(source: int) -> bytes:
    data = os.read(source, CHUNK)
    if not data:
        raise Broken("ended")
    return data


def _write(sink: int, waiting: memoryview) -> int:
    try:
        return os.write(sink, waiting[:CHUNK])
    except BlockingIOError:
        return 0
    except OSError:
        raise Broken("ended") from None


class Function:
    """A Python function in a runtime's place; what it gives is written as a dialect writes."""

    def __init__(self, function: Callable[[str], dict[str, Json] | None], dialect: Dialect) -> None:
        self._function = function
        self._dialect = dialect

    def ask(self, raws: Sequence[str]) -> list[bytes]:
        """The answers, in order."""
        return [self._answer(self._function(raw)) for raw in raws]

    def _answer(self, value: dict[str, Json] | None) -> bytes:
        if value is None:
            return NOTHING
        return f'"found":true,"value":{serialise(value, self._dialect)}}}'.encode()

    def close(self) -> None:
        """Nothing was started."""
