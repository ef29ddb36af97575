"""Evidence that comes on other ways than the answer: model requests, session rows, spans, counts.

It is awaited as an expected set, which the reference gives, with a deadline, and looked at once more
when all is quiet, for extras.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity import lossless
from lakehouse_parity.emissions import Emissions
from lakehouse_parity.invariants.story import attempts_made
from lakehouse_parity.judging import REFERENCES
from lakehouse_parity.model import RUNTIMES, Outage, Surface
from lakehouse_parity.patience import Patience
from lakehouse_parity.sessions.tail import Row, Tail, share
from lakehouse_parity.targets.daemon import gained

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from lakehouse_parity.config import Config
    from lakehouse_parity.doubles import Doubles
    from lakehouse_parity.model import Answer, Observation, Probe
    from lakehouse_parity.targets.daemon import DaemonTarget, Usage

    Seen = dict[str, Observation]

DEADLINE = 5.0
"""Seconds that rows and spans may take after the last answer, or after those of another probe: a daemon that
hands over one after the other is not late as long as more of them come."""
RECOVERY = 2
"""So many times as long may those take that are asked behind an outage: who was refused may hold back."""
GRACE = 1.0
"""Seconds that they may take in a probe that is asked again because they did not come before."""
QUIET = 0.1
"""Seconds without anything new after which nothing more is expected."""
_WHO = "`parity sessions soak` tells who tears rows"


class Evidence:
    """What is gathered beside the answers of one run."""

    def __init__(self, config: Config, doubles: Doubles, targets: Mapping[str, DaemonTarget]) -> None:
        self._config = config
        self._doubles = doubles
        self._targets = targets
        self._tail = Tail(config.session_log) if config.session_log is not None else None
        self._models: set[str] = set()
        self._emissions = Emissions(doubles)
        self._missed: dict[str, set[tuple[str, str]]] = {}
        self._tags = {name: runtime.daemon for name, runtime in config.runtimes.items()}

    @property
    def surfaces(self) -> frozenset[Surface]:
        """The surfaces that this configuration lets be seen."""
        wired = {Surface.STATUS, Surface.HEADER, Surface.BODY, Surface.USAGE}
        for surface, capability in _CAPABILITIES.items():
            if capability in self._config.capabilities:
                wired.add(surface)
        return frozenset(wired)

    async def open(self) -> None:
        """Stand at the log's end. Raises Unobservable where it cannot be read."""
        if self._tail is not None:
            self._tail.open()

    def close(self) -> None:
        """Let go of the log."""
        if self._tail is not None:
            self._tail.close()

    def strays(self) -> list[str]:
        """Calls to the model that belong to no probe: a wrong answer, of which nobody knows to what."""
        return self._doubles.model.strays if self._doubles.model is not None else []

    def accidents(self) -> list[str]:
        """What went wrong with the log itself, and lines in it that are nobody's rows."""
        return [*self._emissions.accidents(), *self._accidents_of_log()]

    def _accidents_of_log(self) -> list[str]:
        if self._tail is None:
            return []
        odd = [("unreadable", line) for line in self._tail.unreadable]
        odd += [("unfinished", line) for line in self._tail.unfinished]
        torn = [f"an {how} line in the session log: {line[:120]!r}; {_WHO}" for how, line in odd]
        return [*filter(None, [self._tail.accident]), *torn]

    async def complete(self, asked: AsyncIterator[tuple[Probe, Seen]]) -> AsyncIterator[tuple[Probe, Seen]]:
        """Pass on what needs no more at once, and the rest with its evidence when all were asked."""
        before = await self._usage()
        self._emissions.begin()
        held: list[tuple[Probe, Seen]] = []
        async for probe, seen in asked:
            if probe.converses:
                self._models.add(probe.model)
                self._emissions.meet(probe, seen)
                held.append((probe, seen))
            else:
                yield probe, seen
        await self._settle(held)
        await self._usage()  # counts that reading sets back are gone when they are read again
        after = await self._usage()
        self._emissions.deal(held)
        for probe, seen in held:
            complete = self._with_evidence(probe, seen, before, after)
            self._forget(probe, seen)
            yield probe, complete

    def _forget(self, probe: Probe, seen: Seen) -> None:
        self._emissions.forget(probe, _trace_ids(probe, seen, self._rows(probe, seen)))
        if self._tail is not None:
            self._tail.forget(self._found(probe, seen))

    async def _usage(self) -> dict[str, Usage | None]:
        usages = await asyncio.gather(*(target.usage() for target in self._targets.values()))
        return dict(zip(self._targets, usages, strict=True))

    async def _settle(self, held: list[tuple[Probe, Seen]]) -> None:
        """Wait until every expected row and span is there, or no more come; then until all is quiet."""
        pending, patience = held, Patience()
        while True:
            self._read()
            lacking = [(probe, seen) for probe, seen in pending if not self._arrived(probe, seen)]
            if len(lacking) < len(pending):
                patience.begin()
            pending, waited = lacking, patience.waited
            hopeless = waited > min(GRACE, DEADLINE) and all(self._missed_before(*each) for each in pending)
            if not pending or hopeless or waited > _most(pending):
                break
            await patience.turn()
        self._missed.update((probe.id, self._lacking(probe, seen)) for probe, seen in pending)
        await self._quiet(held)

    async def _quiet(self, held: list[tuple[Probe, Seen]]) -> None:
        patience = Patience()
        while held and patience.waited < QUIET and patience.in_all < DEADLINE:
            await patience.turn()
            if self._read():
                patience.begin()

    def _read(self) -> int:
        return self._tail.read() if self._tail is not None else 0

    def _missed_before(self, probe: Probe, seen: Seen) -> bool:
        """Whether everything that a probe lacks did not come either when it was asked before."""
        return self._lacking(probe, seen) <= self._missed.get(probe.id, set())

    def _arrived(self, probe: Probe, seen: Seen) -> bool:
        return not self._lacking(probe, seen)

    def _lacking(self, probe: Probe, seen: Seen) -> set[tuple[str, str]]:
        """Whose evidence of which kind has not come, as far as it is awaited."""
        lacking: set[tuple[str, str]] = set()
        rows = self._rows(probe, seen)
        traces = _trace_ids(probe, seen, rows)
        for runtime, reference in zip(RUNTIMES, REFERENCES, strict=True):
            awaited_rows, awaited_spans = self._awaited(seen[runtime if probe.alone else reference], probe)
            if len(rows.get(runtime, ())) < awaited_rows:
                lacking.add((runtime, "rows"))
            if not self._emissions.arrived(probe, runtime, traces[runtime], awaited_spans):
                lacking.add((runtime, "spans"))
        return lacking

    def _awaited(self, observation: Observation, probe: Probe) -> tuple[int, int]:
        """How many rows and spans will come: the reference tells; of a real model, the answer itself."""
        if not probe.alone:
            return len(observation.rows or ()), len(observation.spans or ())
        made = attempts_made(observation.answer) if observation.answer is not None else 0
        return int(made > 0 and self._tail is not None), made if self._doubles.langfuse is not None else 0

    def _rows(self, probe: Probe, seen: Seen) -> dict[str, tuple[bytes, ...]]:
        if self._tail is None:
            return {}
        return share(
            self._found(probe, seen), self._tags, partial(self._emissions.name, _sessions(probe, seen))
        )

    def _found(self, probe: Probe, seen: Seen) -> list[Row]:
        """The probe's rows: of its model, or under its ids unless another probe's model says otherwise."""
        assert self._tail is not None
        rows = self._tail.find(_sessions(probe, seen), "" if probe.alone else probe.model)
        return [row for row in rows if row.model == probe.model or row.model not in self._models]

    def _with_evidence(
        self, probe: Probe, seen: Seen, before: Mapping[str, Usage | None], after: Mapping[str, Usage | None]
    ) -> Seen:
        rows = self._rows(probe, seen)
        traces = _trace_ids(probe, seen, rows)
        pair = (probe.provider, probe.model)
        complete = dict(seen)
        for runtime in RUNTIMES:
            complete[runtime] = replace(
                seen[runtime],
                model_requests=self._doubles.calls(runtime, probe.model, traces[runtime]),
                rows=rows.get(runtime, ()) if self._tail is not None else None,
                usage=None if probe.alone else gained(before[runtime], after[runtime], pair),
            )
        return self._emissions.added(probe, complete, traces)


def _most(pending: Iterable[tuple[Probe, Seen]]) -> float:
    """Seconds without anything new after which no more is awaited of these."""
    return RECOVERY * DEADLINE if any(probe.outage is Outage.OVER for probe, _ in pending) else DEADLINE


_CAPABILITIES = {
    Surface.MODEL_REQUEST: "model",
    Surface.SESSION_ROW: "session_log",
    Surface.SPAN: "langfuse",
    Surface.EXTRACTION: "adapters",
}


def _sessions(probe: Probe, seen: Mapping[str, Observation]) -> set[str]:
    """The session ids under which the probe's rows may stand: what was sent, and what came back."""
    sessions = {probe.trace} if probe.trace else set()
    for observation in seen.values():
        if observation.answer is not None:
            sessions.add(_trace_id(observation.answer))
    return {session for session in sessions if session}


def _trace_ids(probe: Probe, seen: Seen, rows: Mapping[str, tuple[bytes, ...]]) -> dict[str, set[str]]:
    """The ids under which each runtime's spans and calls may stand: its sessions' and its rows' own."""
    return {
        runtime: _sessions(probe, {runtime: seen[runtime]}) | set(map(_session_id, rows.get(runtime, ())))
        for runtime in RUNTIMES
    }


def _trace_id(answer: Answer) -> str:
    try:
        trace = lossless.parse(answer.body)["trace_id"]
    except (lossless.NotJson, KeyError, TypeError):
        return ""
    return trace if isinstance(trace, str) else ""


def _session_id(line: bytes) -> str:
    try:
        session = lossless.parse(line)["session_id"]
    except (lossless.NotJson, KeyError, TypeError):
        return ""
    return session if isinstance(session, str) else ""
