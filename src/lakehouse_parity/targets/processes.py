"""Child processes that say where they listen and are stopped by the id they were started with."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lakehouse_parity.config import Address
from lakehouse_parity.errors import Unobservable
from lakehouse_parity.targets.children import Family

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

_LISTENING = "listening on "
_KEPT_LINES = 20


class Daemon:
    """One child that prints `listening on URL` when it is ready."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._family = Family()
        self._process: asyncio.subprocess.Process | None = None
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._listeners: list[asyncio.Task[None]] = []

    async def start(self, seconds: float = 20.0) -> Address:
        """Start it and wait until it listens. Raises Unobservable with what it said."""
        try:
            self._process = await self._family.start(
                self._command,
                environment=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise Unobservable(f"{self.name}: cannot start {self._command[0]}: {error.strerror}") from None
        assert self._process.stderr is not None
        self._listeners.append(asyncio.create_task(self._listen(self._process.stderr)))
        try:
            async with asyncio.timeout(seconds):
                return await self._ready(self._process)
        except TimeoutError:
            await self.stop()
            raise Unobservable(
                f"{self.name} did not listen within {seconds:g} s{self._last_words()}"
            ) from None

    @property
    def pid(self) -> int:
        """Its process; only one that was started has one."""
        assert self._process is not None
        return self._process.pid

    async def _ready(self, process: asyncio.subprocess.Process) -> Address:
        assert process.stdout is not None
        async for line in _lines(process.stdout):
            if line.startswith(_LISTENING):
                self._listeners.append(asyncio.create_task(self._listen(process.stdout)))
                return self._address(line.removeprefix(_LISTENING))
            self._said.append(line)
        await process.wait()
        raise Unobservable(
            f"{self.name} ended with {process.returncode} before it listened{self._last_words()}"
        )

    def _address(self, url: str) -> Address:
        try:
            parts = urlsplit(url.strip())
            return Address(parts.hostname or "", parts.port or 0)
        except ValueError:
            raise Unobservable(f"{self.name} says that it listens on {url!r}, which is no address") from None

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        async for line in _lines(stream):
            self._said.append(line)

    def _last_words(self) -> str:
        return ": " + " | ".join(self._said) if self._said else ""

    async def stop(self, seconds: float = 5.0) -> None:
        """SIGTERM, and SIGKILL where that is not enough or not to be waited for; returns when it is gone."""
        try:
            await self._end(seconds)
        finally:
            self._hear_no_more()

    def _hear_no_more(self) -> None:
        for listener in self._listeners:
            listener.cancel()

    async def _end(self, seconds: float) -> None:
        process = self._process
        if process is None:
            return
        try:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            async with asyncio.timeout(seconds):
                await process.wait()
        except TimeoutError:
            pass
        finally:
            self._family.end()
            await process.wait()

    async def kill(self) -> None:
        """SIGKILL, in the middle of whatever it does; returns when it is gone."""
        try:
            self._family.end()
            if self._process is not None:  # no signal more: sending one takes its end from who waits for it
                await self._process.wait()
        finally:
            self._hear_no_more()


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """What is said, line by line; of a line that is too long to be one, nothing."""
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            continue
        if not line:
            return
        yield line.decode(errors="replace").rstrip()
