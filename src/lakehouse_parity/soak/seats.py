"""One daemon under load: so many calls in flight, through one life of it after the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity.soak.backlog import Backlog
from lakehouse_parity.targets.daemon import DaemonTarget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lakehouse_parity.config import Address, Runtime
    from lakehouse_parity.doubles.langfuse import LangfuseSink
    from lakehouse_parity.events import RuntimeFacts
    from lakehouse_parity.model import Answer, Observation
    from lakehouse_parity.soak.calls import Calls
    from lakehouse_parity.soak.playing import Playing
    from lakehouse_parity.targets.daemon import Usage

    Restart = Callable[[str, bool], Awaitable[Address]]
    """Ends a daemon (killed, if so asked) and starts it anew; gives its address."""


_POLL = 0.002


class Ending(Struct, frozen=True):
    """One end of a daemon in the middle of the load."""

    runtime: str
    killed: bool
    """SIGKILL, else SIGTERM."""
    flying: frozenset[int]
    """The calls in flight."""


class Seat:
    """What one runtime made of the calls."""

    def __init__(self, runtime: Runtime, seconds: float, sink: LangfuseSink | None) -> None:
        self.runtime = runtime
        self.name = runtime.name
        self.answers: dict[int, Answer] = {}
        self.lost: dict[int, str] = {}
        """Calls without an answer, and why."""
        self.left: set[int] = set()
        """Calls whose caller went away while the model was thinking."""
        self.endings: list[Ending] = []
        self.starts: list[tuple[int, int]] = []
        """Where the log ended before each end and behind the start that followed: bytes."""
        self.inherited: list[Usage] = []
        """Counts that a life began with."""
        self.before: Usage | None = None
        """The counts at the beginning of the present life."""
        self._seconds = seconds
        self._target = DaemonTarget(replace(runtime, adapter=()), seconds)
        self._lives: dict[int, int] = {}
        self._flying: set[int] = set()
        self._backlog = Backlog(sink, runtime.name)
        self._up = asyncio.Event()
        self._up.set()

    async def open(self) -> RuntimeFacts:
        """Look at the counts before anything is asked; who it is. Raises WireError."""
        facts = await self._target.facts()
        self.before = await self._target.usage()
        return facts

    async def usage(self) -> Usage | None:
        """The counts now."""
        return await self._target.usage()

    async def close(self) -> None:
        """Close the connections."""
        await self._target.close()

    async def drive(self, calls: Calls, playing: Playing, concurrency: int, tell: Callable[[], None]) -> None:
        """Ask every call, so many at once; `tell` after each."""
        waiting = iter(range(len(calls)))

        async def work() -> None:
            for number in waiting:
                await self._backlog.room()
                await self._up.wait()
                await self._ask(calls, playing, number)
                tell()

        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(work())

    async def _ask(self, calls: Calls, playing: Playing, number: int) -> None:
        self._lives[number] = len(self.endings)
        self._flying.add(number)
        asking = asyncio.create_task(self._target.observe(calls[number].probe))
        try:
            if calls.leaves(number) and await self._thinking(asking, playing, number):
                self.left.add(number)
                return
            observation = await asking
        finally:
            asking.cancel()
            self._flying.discard(number)
        if observation.answer is not None:
            self.answers[number] = observation.answer
            self._backlog.add()
        else:
            self.lost[number] = observation.failure

    async def _thinking(self, asking: asyncio.Task[Observation], playing: Playing, number: int) -> bool:
        """Wait until the model was asked; false where the call came to its end without."""
        while not asking.done() and not playing.asked(self.name, number):
            await asyncio.wait([asking], timeout=_POLL)
        return not asking.done()

    def hold(self) -> None:
        """Ask nothing more until it has been restarted, so that there is something left to ask then."""
        self._up.clear()

    async def restart(self, restart: Restart, *, kill: bool) -> None:
        """End the daemon as it is and go on with its next life. Raises Unobservable."""
        self.hold()
        self.endings.append(Ending(self.name, kill, frozenset(self._flying)))
        address = await restart(self.name, kill)
        await self._target.close()
        self._target = DaemonTarget(replace(self.runtime, address=address, adapter=()), self._seconds)
        await self.open()
        if self.before:
            self.inherited.append(self.before)
        self._backlog.begin()
        self._up.set()

    @property
    def due(self) -> set[int]:
        """The calls that have to have a row: answered, or left by their caller and not ended since."""
        return {*self.answers, *filter(self.of_last_life, self.left)}

    def excused(self, number: int) -> bool:
        """Tell whether a call may be without an answer: it was in flight when the daemon was ended."""
        return any(number in ending.flying for ending in self.endings)

    def killed(self, number: int) -> bool:
        """Tell whether it was in flight when the daemon was killed."""
        return any(ending.killed and number in ending.flying for ending in self.endings)

    def of_ended_life(self, number: int) -> bool:
        """Tell whether the daemon that it was asked of was ended later: spans that it had queued may be gone.

        One that is asked to end has little time for them, and emission is nothing to wait for (SP-3).
        """
        return not self.of_last_life(number)

    def of_last_life(self, number: int) -> bool:
        """Tell whether it counts in the usage that there is now."""
        return self._lives.get(number) == len(self.endings)
