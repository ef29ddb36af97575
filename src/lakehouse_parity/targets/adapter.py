"""An extraction adapter behind its line protocol: one process, many texts in flight, order kept.

A text that ends the process is broken, alone: the adapter is started again for the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from typing import TYPE_CHECKING

from lakehouse_parity import lossless

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE_LIMIT = 256 * 1024 * 1024
IN_FLIGHT = 64
"""Texts sent and not yet answered: more could fill both pipes and stop both sides."""


class AdapterError(Exception):
    """The adapter gave no usable answer to one text."""


class Adapter:
    """One adapter process, started at the first question. Close it when done."""

    def __init__(self, command: Sequence[str], seconds: float = 30.0) -> None:
        self._command = command
        self._seconds = seconds
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: deque[tuple[int, asyncio.Future[bytes]]] = deque()
        self._count = 0
        self._places = asyncio.Semaphore(IN_FLIGHT)
        self._starting = asyncio.Lock()

    async def extract(self, raw: str) -> bytes:
        """The answer's `found` and `value` as JSON bytes. Raises AdapterError."""
        async with self._places:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._exchange(raw)
            except TimeoutError:
                await self.close()
                raise AdapterError(f"{self._command[0]} gave no answer within {self._seconds:g} s") from None
            except OSError as error:
                raise AdapterError(f"{self._command[0]} cannot be run: {error.strerror or error}") from None

    async def _exchange(self, raw: str) -> bytes:
        async with self._starting:
            process = await self._running()
        self._count += 1
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._count, answer))
        assert process.stdin is not None
        process.stdin.write(json.dumps({"id": self._count, "raw": raw}).encode() + b"\n")
        await process.stdin.drain()
        return await answer

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LINE_LIMIT,
            )
            self._reader = asyncio.create_task(self._read(self._process))
        return self._process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(ValueError):
            while line := await process.stdout.readline():
                if self._waiting:
                    self._settle(line)
        code = await process.wait()
        self._process = None
        while self._waiting:
            _, answer = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(AdapterError(f"{self._command[0]} ended with {code} before it answered"))

    def _settle(self, line: bytes) -> None:
        number, answer = self._waiting.popleft()
        if answer.done():
            return
        try:
            answer.set_result(_checked(line, number))
        except (lossless.NotJson, KeyError, TypeError):
            answer.set_exception(AdapterError(f"{self._command[0]} answered {line[:80]!r} to line {number}"))

    async def close(self) -> None:
        """End the process and wait for it."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._reader is not None:
            await asyncio.wait([self._reader])


def _checked(line: bytes, number: int) -> bytes:
    answer = lossless.parse(line)
    if answer["id"] != str(number).encode() or not isinstance(answer["found"], bool):
        raise KeyError("id")
    return lossless.write({"found": answer["found"], "value": answer.get("value")}).encode()
