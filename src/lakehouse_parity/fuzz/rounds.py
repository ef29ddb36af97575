"""Cases through the engine: the same doubles, evidence, judge and masks as any run has."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity import config as configuration
from lakehouse_parity import rosters, stage, suite
from lakehouse_parity.engine import Plan, Run
from lakehouse_parity.errors import Unobservable
from lakehouse_parity.events import Finished, Judged
from lakehouse_parity.fuzz import cases
from lakehouse_parity.model import Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from lakehouse_parity.config import Config
    from lakehouse_parity.doubles import Doubles
    from lakehouse_parity.fuzz.cases import Case
    from lakehouse_parity.model import Outcome, Probe

JOBS = 32
AGAIN = 2
"""Once in each order: shrinking a finding asks it again many times as it is."""


class Runtimes(Struct, frozen=True):
    """How the daemons are reached: those of a configuration, or bundled ones of the shard's own."""

    config: str = ""
    plays: tuple[tuple[str, str], ...] = ()
    """What plays each bundled runtime; empty for a configuration."""

    @contextlib.asynccontextmanager
    async def stand(self) -> AsyncIterator[tuple[Config, Doubles]]:
        """The daemons with their doubles. Raises Unobservable or Mistake."""
        if not self.plays:
            async with stage.live(configuration.load(Path(self.config))) as standing:
                yield standing
            return
        async with stage.standing(dict(self.plays)) as standing:
            yield standing


class Rounds:
    """Runs of generated probes, one after the other, against daemons that stand."""

    def __init__(self, chapter: str, config: Config, doubles: Doubles, folder: Path, probes: Path) -> None:
        self._chapter = chapter
        self._config = config
        self._doubles = doubles
        self._folder = folder
        self._roster = rosters.load(config.roster)
        self._names = suite.Names(config.provider, config.ollama_provider)
        self._masks = suite.load_masks(probes)

    async def judged(self, asked: Sequence[Case]) -> list[Outcome]:
        """The outcomes of these cases, in order. Raises Unobservable where no runtime answers at all."""
        probes = cases.load(asked, self._chapter, self._folder, self._roster, self._names)
        return await self.outcomes(probes)

    async def outcomes(self, probes: Sequence[Probe]) -> list[Outcome]:
        """The outcomes of these probes, in order."""
        ids = [probe.id for probe in probes]
        plan = Plan(self._config, self._roster, probes, frozenset(ids), self._masks, (), JOBS, again=AGAIN)
        found: dict[str, Outcome] = {}
        async for event in Run(plan, self._doubles).events():
            if isinstance(event, Judged):
                found[event.outcome.probe.id] = event.outcome
            elif isinstance(event, Finished) and event.unobserved:
                raise Unobservable(event.unobserved[0])
        self._forget(ids)
        outcomes = [found[each] for each in ids]
        _check(outcomes)
        return outcomes

    def _forget(self, models: list[str]) -> None:
        if self._doubles.model is not None:
            for model in models:
                self._doubles.model.forget(model)


def _check(outcomes: list[Outcome]) -> None:
    """Raise Unobservable where nothing at all could be seen, or where it is not wired."""
    for verdict, what in ((Verdict.BROKEN, ""), (Verdict.SKIPPED, "nothing can be fuzzed here: ")):
        if outcomes and all(outcome.verdict is verdict for outcome in outcomes):
            raise Unobservable(what + outcomes[0].reason)
