"""The soak itself: ask everything at once, end daemons on the way, wait for the evidence, judge it all."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity.errors import Unobservable
from lakehouse_parity.model import RUNTIMES
from lakehouse_parity.redaction import Redactor
from lakehouse_parity.soak.calls import Calls
from lakehouse_parity.soak.collecting import Collecting
from lakehouse_parity.soak.findings import Finding, Result
from lakehouse_parity.soak.lines import ROW
from lakehouse_parity.soak.log import Log
from lakehouse_parity.soak.looking import look
from lakehouse_parity.soak.playing import Playing
from lakehouse_parity.soak.rows import Rows
from lakehouse_parity.soak.seats import Seat
from lakehouse_parity.soak.stories import Evidence
from lakehouse_parity.targets.reference import Reference
from lakehouse_parity.wire.client import WireError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lakehouse_parity.config import Config
    from lakehouse_parity.doubles import Doubles
    from lakehouse_parity.model import Mask
    from lakehouse_parity.soak.load import Load
    from lakehouse_parity.soak.looking import Tell
    from lakehouse_parity.soak.seats import Restart
    from lakehouse_spec.roster import Roster


def _silent(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


class Standing(Struct, frozen=True):
    """What stands when a soak begins. The daemons are up, and nobody else uses the doubles meanwhile."""

    config: Config
    doubles: Doubles
    roster: Roster
    """The same that the daemons validate against (`rosters.load`)."""
    masks: Sequence[Mask]
    """Where a value is free (`suite.load_masks`)."""


async def soak(
    standing: Standing, load: Load, *, restart: Restart | None = None, tell: Tell = _silent
) -> Result:
    """Put the load on both daemons and hold all that they do against the reference.

    `restart` ends a daemon and starts it anew (see `Fleet.restart`); without it none is ended. Raises
    Unobservable where a daemon does not answer to begin with, where the model is not wired, and where the
    log cannot be read as a whole.
    """
    model, path = standing.doubles.model, standing.config.session_log
    if model is None:
        raise Unobservable("a soak needs the scripted model: the configuration has no `model`")
    log = Log(path) if path is not None else None
    evidence = _evidence(standing, load)
    evidence.playing.begin(model, load.concurrency)
    try:
        return evidence.redactor.clean(await _Soak(evidence, log, load, tell).run(restart))
    finally:
        evidence.playing.end(model)
        await asyncio.gather(*(seat.close() for seat in evidence.seats.values()))
        if log is not None:
            log.close()


def _evidence(standing: Standing, load: Load) -> Evidence:
    config, roster, sink = standing.config, standing.roster, standing.doubles.langfuse
    calls = Calls(load, config, roster)
    tags = {runtime.daemon: name for name, runtime in config.runtimes.items()}
    return Evidence(
        calls=calls,
        seats={name: Seat(config.runtimes[name], load.seconds, sink) for name in RUNTIMES},
        rows=Rows(calls, tags) if config.session_log is not None else None,
        playing=Playing(calls),
        sink=sink,
        reference=Reference.of(config, config.runtimes[RUNTIMES[0]], roster),
        masks=standing.masks,
        redactor=Redactor(config.secrets),
    )


class _Soak:
    """One soak."""

    def __init__(self, evidence: Evidence, log: Log | None, load: Load, tell: Tell) -> None:
        self._evidence = evidence
        self._log = log
        self._load = load
        self._tell = tell
        self._result = Result(load)
        self._ending = asyncio.Lock()

    async def run(self, restart: Restart | None) -> Result:
        began = time.monotonic()
        await self._open()
        await self._ask(restart)
        self._result.asking = time.monotonic() - began
        await Collecting(self._evidence, self._log).settle()
        after = {name: await seat.usage() for name, seat in self._evidence.seats.items()}
        look(self._evidence, after, self._result, self._tell)
        self._result.seconds = time.monotonic() - began
        return self._result

    async def _open(self) -> None:
        for name, seat in self._evidence.seats.items():
            try:
                self._result.facts[name] = await seat.open()
            except WireError as error:
                raise Unobservable(f"{name} at {seat.runtime.url} does not answer: {error}") from None
        if self._log is not None:
            self._log.open()

    async def _ask(self, restart: Restart | None) -> None:
        """Everything, with the endings spread over it."""
        done = dict.fromkeys(RUNTIMES, 0)
        places = [asyncio.Event() for _ in range(self._load.restarts if restart else 0)]

        def count(runtime: str) -> None:
            done[runtime] += 1
            self._tell("asked", sum(done.values()), len(done) * self._load.total)
            passed = done[runtime] * (len(places) + 1) // self._load.total
            for event in places[RUNTIMES.index(runtime) : passed : len(RUNTIMES)]:
                event.set()

        try:
            async with asyncio.TaskGroup() as group:
                for turn, seat in enumerate(self._evidence.seats.values()):
                    group.create_task(self._drive(seat, partial(count, seat.name)))
                    if restart is not None:
                        group.create_task(self._end(seat, restart, places[turn :: len(RUNTIMES)]))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None

    async def _drive(self, seat: Seat, tell: Callable[[], None]) -> None:
        await seat.drive(self._evidence.calls, self._evidence.playing, self._load.concurrency, tell)

    async def _end(self, seat: Seat, restart: Restart, places: Sequence[asyncio.Event]) -> None:
        """At first killed, then asked to end, and so on; never while the other one ends."""
        for turn, event in enumerate(places):
            await event.wait()
            seat.hold()
            async with self._ending:
                await self._restart(seat, restart, kill=turn % 2 == 0)

    async def _restart(self, seat: Seat, restart: Restart, *, kill: bool) -> None:
        """End one and start it anew, and see to it that the log keeps what it held (SE-1)."""
        if self._log is None:
            await seat.restart(restart, kill=kill)
            return
        mark = self._log.mark()
        await seat.restart(restart, kill=kill)
        seat.starts.append((mark.size, self._log.mark().size))
        if lost := self._log.lost(mark):
            self._give_up(seat.name, lost)

    def _give_up(self, runtime: str, lost: str) -> None:
        """Blame who was started for a log that is not what it was: the rows can tell nothing any more."""
        assert self._log is not None
        detail = f"the log {lost} while {runtime} ended and started; rows are not looked at"
        self._result.add(Finding("log-lost", "SE-1", runtime, detail, place=ROW))
        self._log.close()
        self._log, self._evidence = None, replace(self._evidence, rows=None)
