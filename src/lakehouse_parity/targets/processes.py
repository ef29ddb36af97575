"""Child processes that say where they listen and are stopped by the id they were started with."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import signal
from collections import deque
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lakehouse_parity.config import Address
from lakehouse_parity.errors import Unobservable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PR_SET_PDEATHSIG = 1
_LISTENING = "listening on "
_KEPT_LINES = 20


def die_with_parent() -> None:
    """Called in a child, on Linux: be ended when the harness is, however it ends."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Daemon:
    """One child that prints `listening on URL` when it is ready."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._said: deque[str] = deque(maxlen=_KEPT_LINES)
        self._listeners: list[asyncio.Task[None]] = []

    async def start(self, seconds: float = 20.0) -> Address:
        """Start it and wait until it listens. Raises Unobservable with what it said."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # Ctrl-C reaches the harness alone, which then stops it in order
                preexec_fn=die_with_parent,
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

    async def _ready(self, process: asyncio.subprocess.Process) -> Address:
        assert process.stdout is not None
        while line := (await process.stdout.readline()).decode(errors="replace"):
            if line.startswith(_LISTENING):
                self._listeners.append(asyncio.create_task(self._listen(process.stdout)))
                parts = urlsplit(line.removeprefix(_LISTENING).strip())
                return Address(parts.hostname or "", parts.port or 0)
            self._said.append(line.rstrip())
        await process.wait()
        raise Unobservable(
            f"{self.name} ended with {process.returncode} before it listened{self._last_words()}"
        )

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self._said.append(line.decode(errors="replace").rstrip())

    def _last_words(self) -> str:
        return ": " + " | ".join(self._said) if self._said else ""

    async def stop(self, seconds: float = 5.0) -> None:
        """SIGTERM, and SIGKILL where that is not enough; returns when it is gone."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(seconds):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        self._deafen()

    async def kill(self) -> None:
        """SIGKILL, in the middle of whatever it does; returns when it is gone."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        self._deafen()

    def _deafen(self) -> None:
        for listener in self._listeners:
            listener.cancel()
