"""Processes that do not outlive the harness, and what they in turn leave behind.

On Linux the kernel ends a child when the harness ends, however that happens. What a child starts itself
is found by a mark in its environment, which is handed down: at the end of the child that it came from,
and, where the harness was killed, by the next run. Elsewhere a child's process group is all there is.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import secrets
import signal
from asyncio.subprocess import Process, SubprocessStreamProtocol
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_MARK = "PARITY_HARNESS"
"""The variable that marks whatever a harness has started: `NAMESPACE:PID:STARTED:FAMILY`."""
_PR_SET_PDEATHSIG = 1
_STARTED = 19
"""Where in `/proc/PID/stat`, behind the name, the time stands at which a process was started."""


class Family:
    """One child with everything that it starts."""

    def __init__(self) -> None:
        self._mark = f"{_harness()}:{secrets.token_hex(8)}"
        self._leaders: set[int] = set()

    def options(self, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
        """How to start the child, as keywords of `subprocess`: in a session and a group of its own.

        So Ctrl-C reaches the harness alone, which then ends its children in order.
        """
        inherited = os.environ if environment is None else environment
        return {
            "env": {**inherited, _MARK: self._mark},
            "start_new_session": True,
            "preexec_fn": _bound_to_parent(),
        }

    def add(self, pid: int) -> None:
        """Take in a child that was started with these options."""
        self._leaders.add(pid)

    async def start(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        limit: int = 1 << 16,
        **streams: int | None,
    ) -> Process:
        """Start a child; when it ends, so does whoever still holds its pipes. Raises OSError.

        `limit` bounds the length of a line, and `streams` are those of `asyncio.create_subprocess_exec`.
        """
        loop = asyncio.get_running_loop()
        options: dict[str, Any] = {"cwd": folder, **self.options(environment)}
        transport, protocol = await loop.subprocess_exec(
            lambda: _Protocol(self, limit, loop), *command, **{**streams, **options}
        )
        self.add(transport.get_pid())
        return Process(transport, protocol, loop)

    def end(self) -> None:
        """End at once whoever is left of it."""
        for leader in self._leaders:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(leader, signal.SIGKILL)
        self._leaders.clear()
        _end(pid for pid, mark in _marked() if mark == self._mark)


class _Protocol(SubprocessStreamProtocol):
    """The streams of one child; its pipes are at their end only when nobody holds them any more."""

    def __init__(self, family: Family, limit: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit, loop)
        self._family = family

    def process_exited(self) -> None:
        """The child itself has ended, from the loop."""
        super().process_exited()
        self._family.end()


def sweep() -> None:
    """End what harnesses have started that are there no more."""
    _end(pid for pid, mark in _marked() if _is_orphan(mark))


def _is_orphan(mark: str) -> bool:
    namespace, pid, started, _ = mark.split(":")
    return namespace == _namespace() and _started(pid) != started


def _end(pids: Iterator[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _harness() -> str:
    """This process, told from any other that may have its number later or in another container."""
    return f"{_namespace()}:{os.getpid()}:{_started('self')}"


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return ""


def _started(pid: str) -> str:
    try:
        return Path("/proc", pid, "stat").read_text(errors="replace").rpartition(")")[2].split()[_STARTED]
    except (OSError, IndexError):
        return ""


def _marked() -> Iterator[tuple[int, str]]:
    """Every process of this user that bears a mark of the form that is written here."""
    begin = f"{_MARK}=".encode()
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            for variable in path.read_bytes().split(b"\0"):
                if variable.startswith(begin) and variable.count(b":") == 3:  # noqa: PLR2004  four parts
                    yield int(path.parent.name), variable[len(begin) :].decode(errors="replace")


def die_with_parent() -> None:
    """Called in a child, on Linux: be ended when the harness is, however it ends."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _bound_to_parent() -> Callable[[], None] | None:
    """What the child does first: ask to be ended with its parent; nothing where there is no such thing."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return None
    parent = os.getpid()

    def bind() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before this could be asked
            os._exit(1)

    return bind
