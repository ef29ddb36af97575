"""All concurrency is here: the doubles, the daemons, the probes in flight, the evidence that comes late.

A round asks the probes, portion by portion, of both runtimes at once and of the reference in process, then
awaits the rows and spans that the reference expects, and only then judges. Rows and spans beyond those are
seen too, because the log and the sink are read once more when they have gone quiet.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from lakehouse_parity.alike import Judge
from lakehouse_parity.asking import AUTO_TRACE, RUN_PREFIX, TRACE_HEADER
from lakehouse_parity.collecting import Evidence
from lakehouse_parity.confirming import AGAIN, confirm
from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.judging import REFERENCES
from lakehouse_parity.known import Ledger, unmatched
from lakehouse_parity.minting import Minted
from lakehouse_parity.model import RUNTIMES, Outage, Outcome, Verdict
from lakehouse_parity.ordering import parts
from lakehouse_parity.promptness import Promptness
from lakehouse_parity.stability import AT_ONCE
from lakehouse_parity.targets import health
from lakehouse_parity.targets.daemon import DaemonTarget
from lakehouse_parity.targets.reference import Reference, both
from lakehouse_parity.wire.client import WireError
from lakehouse_parity.wire.pace import Pace

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from datetime import date

    from lakehouse_parity.config import Config
    from lakehouse_parity.doubles import Doubles
    from lakehouse_parity.events import Event, RuntimeFacts
    from lakehouse_parity.known import Entry
    from lakehouse_parity.model import Mask, Observation, Probe
    from lakehouse_parity.stability import Order
    from lakehouse_parity.targets.reference import RememberingReference
    from lakehouse_spec.roster import Roster

_CALL_FOR_MASKS = frozenset({"model", "ollama", "session_log", "langfuse"})
"""Without one of these some probes are skipped, and some values are not there to be masked."""

PORTION = 2000
"""Probes whose evidence is awaited together. Daemons hand spans over behind their answers and may drop what
piles up beyond some thousand calls (SP-3), so none is asked more before the last ones are in."""

_SETTLED = (Verdict.PARITY, Verdict.KNOWN, Verdict.SKIPPED, Verdict.BROKEN)


class Plan(Struct, frozen=True):
    """Everything that one run needs to know."""

    config: Config
    roster: Roster
    probes: Sequence[Probe]
    every_probe: frozenset[str]
    """The ids of all probes there are, planned or not."""
    masks: Sequence[Mask] = ()
    known: Sequence[Entry] = ()
    jobs: int = 16
    run: str = field(default_factory=lambda: f"{time.time_ns():x}"[-10:])
    """Marks this run's trace ids, so that its rows can be told apart in a shared log."""
    skipped: Sequence[Outcome] = ()
    """Probes that are left out, with the reason."""
    live: bool = False
    """Whether a real model answers, so that a mask or a known difference may well not occur."""
    seconds: float = 30.0
    """How long a runtime may take for one answer."""
    today: date | None = None
    """The day that the known list's days are held against; without one no entry expires."""
    max_rps: float | None = None
    """Requests a second that each runtime gets at most, all kinds and repeats included."""
    again: int = AGAIN
    """How often a new divergence is asked again before it is believed."""

    @property
    def partial(self) -> bool:
        """Whether some probes are left out."""
        return len(self.probes) < len(self.every_probe)


class Run:
    """One run of a plan against runtimes and doubles that are up."""

    def __init__(
        self,
        plan: Plan,
        doubles: Doubles,
        references: Sequence[Reference | RememberingReference] | None = None,
        facts: Mapping[str, RuntimeFacts] | None = None,
    ) -> None:
        self._plan = plan
        self._known_facts = facts or {}
        self._doubles = doubles
        self._targets = {
            name: DaemonTarget(runtime, plan.seconds, Pace(plan.max_rps) if plan.max_rps else None)
            for name, runtime in plan.config.runtimes.items()
        }
        self._references = references or [
            Reference.of(plan.config, plan.config.runtimes[name], plan.roster) for name in RUNTIMES
        ]
        self._evidence = Evidence(plan.config, doubles, self._targets)
        self._by_id = {probe.id: probe for probe in plan.probes}
        self._ledger = Ledger(plan.known, plan.today)
        self._judge = Judge(plan.masks)
        self._minted = Minted()
        self._promptness = Promptness()
        self._fired: dict[str, int] = {}

    async def events(self) -> AsyncGenerator[Event, None]:
        """Drive everything. Raises Unobservable where the session log cannot be read."""
        started = time.monotonic()
        try:
            facts, lost = await self._facts()
            yield Started(
                datetime.now(UTC).isoformat(), facts, len(self._plan.probes) + len(self._plan.skipped)
            )
            if lost:
                for event in self._given_up(lost, started):
                    yield event
                return
            await self._evidence.open()
            async for event in self._judged():
                self._ledger.note(event.outcome)
                yield event
            yield self._finished(started, await self._changed(facts))
        finally:
            await asyncio.gather(*(target.close() for target in self._targets.values()))
            self._evidence.close()

    def _given_up(self, lost: list[str], started: float) -> Iterator[Event]:
        """Nothing is asked where a runtime is not there: every probe is broken, none is parity."""
        for outcome in self._plan.skipped:
            yield Judged(outcome)
        for probe in self._plan.probes:
            yield Judged(Outcome(probe, Verdict.BROKEN, lost[0]))
        yield Finished(round((time.monotonic() - started) * 1000), unobserved=tuple(lost))

    async def _facts(self) -> tuple[dict[str, RuntimeFacts], list[str]]:
        """Who answers where, and a sentence for each runtime that does not."""
        facts, lost = {}, []
        for name, target in self._targets.items():
            try:
                facts[name] = self._known_facts.get(name) or await target.facts()
            except WireError as error:
                facts[name] = health.silent(target.runtime)
                where = f"{name} at {target.runtime.url} (GET /health, tried for {health.PATIENCE:g} s)"
                lost.append(f"{where}: {error}; start it, or correct {target.runtime.place}")
        return facts, lost

    async def _judged(self) -> AsyncIterator[Judged]:
        capabilities = self._plan.config.capabilities
        wired = [probe for probe in self._plan.probes if probe.needs <= capabilities]
        for outcome in self._plan.skipped:
            yield Judged(outcome)
        for outcome in not_wired(self._plan):
            yield Judged(outcome)
        doubtful: list[Judged] = []
        async for judged in self._rounds(wired, self._plan.run):
            if judged.outcome.verdict in _SETTLED or judged.outcome.probe.alone:
                yield judged
            else:
                doubtful.append(judged)
        for judged in await confirm(doubtful, self._again, self._plan.masks, self._plan.again):
            yield judged

    def _again(self, ids: Sequence[str], number: int, order: Order) -> AsyncIterator[Judged]:
        """Ask the same probes once more, the runtimes of each one after the other in that order."""
        return self._rounds([self._by_id[id_] for id_ in ids], f"{self._plan.run}.{number}", order)

    async def _rounds(
        self, probes: Sequence[Probe], run: str, order: Order = AT_ONCE
    ) -> AsyncIterator[Judged]:
        """Each probe once; those last for which Langfuse fails, so that it holds up no other's spans.

        Behind them come those that look at what Langfuse is told when it works again.
        """
        failing = [probe for probe in probes if probe.langfuse_fails and probe.outage is not Outage.DOWN]
        self._promptness.begin()
        working = [probe for probe in probes if probe.outage is None]
        at_once = min(self._plan.jobs, self._plan.max_rps or self._plan.jobs)
        for part in parts(working, at_once, self._doubles.call_meeting):
            async for judged in self._round(part, run, order):
                yield judged
        async for judged in self._round(failing, run, order):
            yield judged
        if failing:
            self._doubles.hang_up_langfuse()
        if down := [probe for probe in probes if probe.outage is Outage.DOWN]:
            async with self._doubles.langfuse_down():
                async for judged in self._round(down, run, order):
                    yield judged
        async for judged in self._round([each for each in probes if each.outage is Outage.OVER], run, order):
            yield judged

    async def _round(self, probes: Sequence[Probe], run: str, order: Order) -> AsyncIterator[Judged]:
        """Ask, await the evidence, judge: each of the probes once, a portion at a time."""
        for first in range(0, len(probes), PORTION):
            asked = self._asked(probes[first : first + PORTION], run, order)
            async for probe, seen in self._evidence.complete(asked):
                yield self._one(probe, seen)

    def _one(self, probe: Probe, seen: Mapping[str, Observation]) -> Judged:
        if probe.langfuse_fails:
            seen = self._promptness.told(probe, seen)
        outcome = self._minted.hold(self._judge(probe, seen), seen)
        for name, count in outcome.masked.items():
            self._fired[name] = self._fired.get(name, 0) + count
        return Judged(self._ledger.settle(outcome), seen)

    async def _asked(
        self, probes: Iterable[Probe], run: str, order: Order
    ) -> AsyncIterator[tuple[Probe, dict[str, Observation]]]:
        """The probes as they are answered, at most `jobs` in flight."""
        waiting = (prepared(probe, run) for probe in probes)
        came: asyncio.Queue[tuple[Probe, dict[str, Observation]] | asyncio.Task[None]] = asyncio.Queue()
        askers = {asyncio.create_task(self._asker(waiting, order, came)) for _ in range(self._plan.jobs)}
        for asker in askers:
            asker.add_done_callback(came.put_nowait)
        try:
            while askers:
                one = await came.get()
                if not isinstance(one, asyncio.Task):
                    yield one
                    continue
                askers.discard(one)
                one.result()
        finally:
            for asker in askers:
                asker.cancel()

    async def _asker(
        self,
        waiting: Iterator[Probe],
        order: Order,
        came: asyncio.Queue[tuple[Probe, dict[str, Observation]] | asyncio.Task[None]],
    ) -> None:
        """Ask one probe after the other, as long as there are any: one task for many."""
        for probe in waiting:
            came.put_nowait((probe, await self._ask(probe, order)))

    async def _ask(self, probe: Probe, order: Order) -> dict[str, Observation]:
        """What each side does with a probe; the references play it while the runtimes are at work."""
        self._doubles.expect(probe)
        begun = {name: self._begun(name, probe) for name in (self._targets if order is AT_ONCE else ())}
        await asyncio.sleep(0)  # others send first: with several requests a runtime is not woken for each
        told = both(self._references, probe)
        seen = {name: await (begun.get(name) or self._begun(name, probe)) for name in order or self._targets}
        return {name: seen[name] for name in self._targets} | dict(zip(REFERENCES, told, strict=True))

    def _begun(self, name: str, probe: Probe) -> Awaitable[Observation]:
        if not probe.langfuse_fails or self._doubles.langfuse is None:
            return self._targets[name].begin(probe)
        return asyncio.ensure_future(self._promptness.timed(self._targets[name], probe, self._doubles))

    async def _changed(self, facts: dict[str, RuntimeFacts]) -> list[str]:
        """A sentence for each runtime that went or was replaced while it was asked."""
        told = await asyncio.gather(*(target.changed(facts[name]) for name, target in self._targets.items()))
        return [*filter(None, told)]

    def _finished(self, started: float, changed: list[str]) -> Finished:
        plan = self._plan
        problems = [] if plan.live else self._wrong_entries()
        if not (plan.partial or plan.live):
            problems += [
                f"{mask.place}: the mask {mask.surface.value} {mask.path} never fired"
                for mask in self._idle_masks()
            ]
        problems += self._evidence.strays()
        duration = round((time.monotonic() - started) * 1000)
        return Finished(duration, tuple(problems), (*changed, *self._evidence.accidents()))

    def _wrong_entries(self) -> list[str]:
        """What fails the run of the known list."""
        orphans = unmatched(self._plan.known, self._plan.every_probe)
        return [*orphans, *self._ledger.problems(self._evidence.surfaces)]

    def _idle_masks(self) -> list[Mask]:
        """Masks that nothing called for, where everything was asked for that could have."""
        if not self._plan.config.capabilities >= _CALL_FOR_MASKS:
            return []
        wired = self._evidence.surfaces
        return [
            mask
            for mask in self._plan.masks
            if mask.surface in wired and f"{mask.surface.value} {mask.path}" not in self._fired
        ]


def not_wired(plan: Plan) -> Iterator[Outcome]:
    """The probes that are skipped because of what the configuration lacks."""
    capabilities = plan.config.capabilities
    for probe in plan.probes:
        missing = probe.needs - capabilities
        if missing:
            yield Outcome(probe, Verdict.SKIPPED, f"not wired: {', '.join(sorted(missing))}")


def prepared(probe: Probe, run: str) -> Probe:
    """The probe with a trace id of this run, where it does not bring its own."""
    if probe.trace != AUTO_TRACE:
        return probe
    trace = f"{RUN_PREFIX}{run}-{probe.id}"
    headers = (*probe.request.headers, (TRACE_HEADER, trace.encode()))
    return replace(probe, trace=trace, request=replace(probe.request, headers=headers))
