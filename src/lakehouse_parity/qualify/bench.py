"""Where drifts are examined: what can be shared between them is, and the daemons are each drift's own."""

from __future__ import annotations

import contextlib
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity import known, loading, stage
from lakehouse_parity.engine import Run
from lakehouse_parity.errors import Unobservable
from lakehouse_parity.model import RUNTIMES, Verdict
from lakehouse_parity.qualify.finding import Finding, sightings, under_load
from lakehouse_parity.qualify.stages import stages
from lakehouse_parity.reports.summary import Summary
from lakehouse_parity.reports.wording import describe
from lakehouse_parity.select import shuffled
from lakehouse_parity.soak.driving import Standing, soak
from lakehouse_parity.soak.load import Load
from lakehouse_parity.targets import bundled
from lakehouse_parity.targets.reference import Reference, RememberingReference

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from lakehouse_parity.config import Config
    from lakehouse_parity.doubles import Doubles
    from lakehouse_parity.engine import Plan
    from lakehouse_parity.model import Probe
    from lakehouse_parity.qualify.table import Drift
    from lakehouse_parity.soak.findings import Result as Soaked
    from lakehouse_parity.soak.seats import Restart
    from lakehouse_parity.targets.bundled import Source

    Stage = AbstractAsyncContextManager[tuple[Config, Doubles, Restart | None]]

SECONDS = 10.0
"""How long a daemon that may drift may take for one answer."""
CALLS = 200
"""Of each kind, to each daemon at once: enough of a load for what no single probe can see."""
MORE = 10
"""So many times as many calls, for what that load does not show either: two rows meet by chance."""
RESTARTS = 4
"""Under load, for what one life of a daemon does not show: each is killed once and asked to end once."""
_AGAIN = 2
"""How often a divergence is asked again: once in each order of the runtimes."""
_RUN = "qualify"
"""Marks the trace ids of all runs alike, so that the references see the same probes again."""


class Setup(Struct, frozen=True):
    """Everything that a bench is made from; it travels to the workers."""

    probes: Path
    known: Path | None
    plays: tuple[tuple[str, str], ...]
    """What plays each runtime where nothing drifts: `daemon` or `reference`."""
    ordinary: tuple[Source, ...]
    drifting: tuple[Source, ...]
    """Of the runtimes whose drifts are examined."""
    calls: int = CALLS
    """Of each kind, to each daemon, where a drift is put under load."""


class Control(Struct, frozen=True):
    """One run of everything with nothing planted."""

    name: str
    load: bool = False
    """Whether the daemons are put under load, too."""
    drifting: bool = False
    """Whether the daemons are the ones in which a drift could have been chosen."""
    seed: int | None = None
    """Decides the order of the probes; None for that of the files."""


class Controlled(Struct, frozen=True):
    """What came of one control."""

    control: Control
    verdict: str
    exit_code: int
    told: tuple[str, ...]
    """What was not as it should be, in the lines of a run's report."""
    seconds: float


class Bench:
    """Examines drifts and controls, one after the other; `stand` gives daemons with or without one."""

    def __init__(self, plan: Plan, stand: Callable[[Drift | Control], Stage], calls: int = CALLS) -> None:
        self._plan = replace(plan, run=_RUN, seconds=SECONDS, again=_AGAIN)
        self._stand = stand
        self._calls = calls
        config = plan.config
        self._references = [
            RememberingReference(Reference.of(config, config.runtimes[name], plan.roster))
            for name in RUNTIMES
        ]

    async def examine(self, drift: Drift, *, everything: bool = False) -> Finding:
        """Ask the probes stage by stage, until the drift is caught and located, or all of them."""
        started = time.monotonic()
        finding = Finding(drift)
        try:
            async with self._stand(drift) as (config, doubles, restart):
                for _, probes in stages(self._plan.probes, drift.clause):
                    finding = _more(finding, await self._ask(config, doubles, probes))
                    if finding.located and not everything:
                        break
                for ending in dict.fromkeys((None, restart)):
                    if everything or not finding.caught:
                        finding = under_load(finding, await self._soak(config, doubles, ending))
            if not finding.caught:
                finding = await self._look_longer(finding)
        except Unobservable as error:
            finding = replace(finding, failure=str(error))
        return replace(finding, seconds=round(time.monotonic() - started, 2))

    async def _look_longer(self, finding: Finding) -> Finding:
        """Under the larger load, on daemons that nobody has ended."""
        async with self._stand(finding.drift) as (config, doubles, _):
            return under_load(finding, await self._soak(config, doubles, None, MORE))

    async def control(self, control: Control) -> Controlled:
        """Run everything with nothing planted."""
        started = time.monotonic()
        probes = self._plan.probes if control.seed is None else shuffled(self._plan.probes, control.seed)
        try:
            async with self._stand(control) as (config, doubles, restart):
                summary = await self._ask(config, doubles, probes)
                soaked = await self._soak(config, doubles, restart) if control.load else None
        except Unobservable as error:
            summary, soaked = Summary(failure=str(error)), None
        return _controlled(control, summary, soaked, round(time.monotonic() - started, 2))

    async def _ask(self, config: Config, doubles: Doubles, probes: Sequence[Probe]) -> Summary:
        summary = Summary()
        plan = replace(self._plan, config=config, probes=probes)
        async for event in Run(plan, doubles, self._references).events():
            summary(event)
        return summary

    async def _soak(
        self, config: Config, doubles: Doubles, restart: Restart | None, times: int = 1
    ) -> Soaked:
        """Put both under load; with `restart` they are ended and started on the way."""
        standing = Standing(config, doubles, self._plan.roster, self._plan.masks)
        calls = times * self._calls
        load = Load(calls, calls, restarts=RESTARTS if restart else 0, seconds=SECONDS)
        return await soak(standing, load, restart=restart)


def _controlled(control: Control, summary: Summary, soaked: Soaked | None, seconds: float) -> Controlled:
    told = [line for outcome in summary.failing for line in describe(outcome, summary.runtimes)]
    told += [*summary.problems, *summary.unseen]
    code = summary.exit_code
    if soaked is not None:
        told += [f"under load: {found.runtime} {found.clause}: {found.detail}" for found in soaked.findings]
        told += [f"under load: {sentence}" for sentence in soaked.unobserved]
        code = max(code, soaked.exit_code)
    return Controlled(control, _WORDS[code], code, tuple(told), seconds)


_WORDS = {0: "parity", 1: "divergence", 3: "no_verdict"}


def _more(finding: Finding, summary: Summary) -> Finding:
    """The finding with what one more stage showed."""
    unobserved = summary.finished.unobserved if summary.finished is not None else ()
    broken = tuple(o.probe.id for o in summary.outcomes if o.verdict is Verdict.BROKEN)
    return replace(
        finding,
        asked=finding.asked + len(summary.outcomes),
        sightings=finding.sightings + sightings(finding.drift, summary.outcomes),
        broken=finding.broken + broken,
        unobserved=finding.unobserved + unobserved,
    )


@lru_cache(maxsize=1)
def of(setup: Setup) -> Bench:
    """The bench with the bundled daemons of a setup; a worker makes it once. Raises Mistake."""
    plays = dict(setup.plays)
    ordinary = {source.name: source for source in setup.ordinary}
    drifting = {source.name: source for source in setup.drifting}
    entries = known.load(setup.known) if setup.known is not None else None
    plan = loading.load(bundled.demo_config(Path(), plays, ordinary), setup.probes, entries)

    @contextlib.asynccontextmanager
    async def stand(case: Drift | Control) -> AsyncIterator[tuple[Config, Doubles, Restart]]:
        async with stage.fleet(plays, sources(case)) as (config, doubles, fleet):
            yield config, doubles, fleet.restart

    def sources(case: Drift | Control) -> dict[str, Source]:
        if isinstance(case, Control):
            return {**ordinary, **drifting} if case.drifting else ordinary
        return {**ordinary, case.runtime: replace(drifting[case.runtime], arguments=("--drift", case.name))}

    return Bench(plan, stand, setup.calls)
