"""An extraction adapter behind its line protocol: one process, many texts in flight, order kept.

Where the process ends or hangs, which of the texts in flight did it shows when each is asked again
alone: that one is broken, and the others have their answers.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.targets.children import Family

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENDING = 2.0
"""Seconds that a process may take which has closed its output."""
LINE_LIMIT = 64 * 1024 * 1024
"""Bytes of an answer: it is some six times the text at most."""
IN_FLIGHT = 64
"""Texts sent and not yet answered: more could fill both pipes and stop both sides."""


class AdapterError(Exception):
    """The adapter gave no usable answer to one text."""


class _Ended(Exception):  # noqa: N818  named after what happened
    """The process is gone, and with it the answers to some texts."""

    def __init__(self, how: str, waiting: int) -> None:
        super().__init__(how)
        self.waiting = waiting
        """Of how many texts the guilt is still open."""
        self.explained = False
        """Whether one of them did it again alone."""


class Adapter:
    """One adapter, started at the first question. Close it when done."""

    def __init__(self, command: Sequence[str], seconds: float = 30.0) -> None:
        self._command = command
        self._seconds = seconds
        self._processes: dict[str, _Process] = {}
        self._count = 0
        self._places = asyncio.Semaphore(IN_FLIGHT)
        self._starting = asyncio.Lock()
        self._alone = asyncio.Lock()

    async def extract(self, raw: str) -> bytes:
        """The answer's `found` and `value` as JSON bytes. Raises AdapterError."""
        async with self._places:
            try:
                return await self._extract(raw)
            except OSError as error:
                raise AdapterError(f"{self._command[0]} cannot be run: {error.strerror or error}") from None

    async def _extract(self, raw: str) -> bytes:
        try:
            return await self._ask("together", raw)
        except _Ended as end:
            async with self._alone:
                answer = await self._again(raw, end)
            if not end.waiting and not end.explained:
                what = f"{self._command[0]} {end}, and does not when each text is asked alone"
                raise AdapterError(what) from None
            return answer

    async def _again(self, raw: str, end: _Ended) -> bytes:
        try:
            return await self._ask("alone", raw)
        except _Ended as again:
            end.explained = True
            raise AdapterError(f"{self._command[0]} {again}") from None
        finally:
            end.waiting -= 1

    async def _ask(self, how: str, raw: str) -> bytes:
        async with self._starting:
            process = self._processes.get(how)
            if process is None or process.ended:
                process = self._processes[how] = await _Process.start(self._command)
        self._count += 1
        return await process.ask(self._count, raw, self._seconds)

    async def close(self) -> None:
        """End the processes and wait for them."""
        await asyncio.gather(*(process.close() for process in self._processes.values()))


class _Process:
    """One process of an adapter."""

    def __init__(self, name: str, family: Family, process: asyncio.subprocess.Process) -> None:
        self.ended = False
        self._name = name
        self._family = family
        self._process = process
        self._how = ""
        self._waiting: deque[tuple[int, asyncio.Future[bytes]]] = deque()
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, command: Sequence[str]) -> _Process:
        """Start it. Raises OSError."""
        family = Family()
        process = await family.start(
            command,
            limit=LINE_LIMIT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return cls(command[0], family, process)

    async def ask(self, number: int, raw: str, seconds: float) -> bytes:
        """The answer to one text. Raises AdapterError, and _Ended where the process ends or is too slow."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_retrieved)
        self._waiting.append((number, answer))
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "raw": raw}).encode() + b"\n")
        done, _ = await asyncio.wait([answer], timeout=seconds)
        if not done:
            self._end(f"gave no answer within {seconds:g} s")
        return await answer

    async def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            while line := await self._process.stdout.readline():
                if self._waiting:
                    self._settle(line)
        except ValueError:
            self._end(f"answered with a line of more than {LINE_LIMIT} bytes")
        self.ended = True
        code = await self._code()
        waiting = [answer for _, answer in self._waiting if not answer.done()]
        end = _Ended(self._how or f"ended with {code} before it answered", len(waiting))
        for answer in waiting:
            answer.set_exception(end)

    async def _code(self) -> int:
        """What it ended with; who is at the end of its output ends by itself, or is ended."""
        ended = asyncio.ensure_future(self._process.wait())
        await asyncio.wait([ended], timeout=_ENDING)
        if not ended.done():
            self._end("closed its output and did not end")
        return await ended

    def _end(self, how: str) -> None:
        self._how = self._how or how
        self._family.end()

    def _settle(self, line: bytes) -> None:
        number, answer = self._waiting.popleft()
        if answer.done():
            return
        try:
            answer.set_result(_checked(line, number))
        except (lossless.NotJson, KeyError, TypeError):
            answer.set_exception(AdapterError(f"{self._name} answered {line[:80]!r} to line {number}"))

    async def close(self) -> None:
        """End it and whatever it has started, and wait until it is gone."""
        self._family.end()
        await self._reader


def _retrieved(answer: asyncio.Future[bytes]) -> None:
    """Nobody may be waiting any more: that is no error of its own."""
    if not answer.cancelled():
        answer.exception()


def _checked(line: bytes, number: int) -> bytes:
    answer = lossless.parse(line)
    if answer["id"] != str(number).encode() or not isinstance(answer["found"], bool):
        raise KeyError("id")
    return lossless.write({"found": answer["found"], "value": answer.get("value")}).encode()
