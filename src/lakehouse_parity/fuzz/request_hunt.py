"""One shard's search among requests: rounds through the engine, signatures from its judge, shrinking."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity.fuzz import outcomes
from lakehouse_parity.fuzz.cases import written
from lakehouse_parity.fuzz.drawing import rounds
from lakehouse_parity.fuzz.findings import Finding, Harvest
from lakehouse_parity.fuzz.hunt import Budget
from lakehouse_parity.fuzz.rounds import Rounds, Runtimes
from lakehouse_parity.fuzz.smaller import smallest
from lakehouse_parity.model import Verdict
from lakehouse_parity.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_parity.fuzz.cases import Case
    from lakehouse_parity.fuzz.shards import Shard
    from lakehouse_parity.fuzz.signature import Signature
    from lakehouse_parity.model import Outcome

ROUND = 200
"""Cases of one round."""


class RequestWork(Struct, frozen=True):
    """Requests through the engine, against daemons that a shard starts for itself or finds running."""

    chapter: str
    runtimes: Runtimes
    probes: str
    predictions: bool = True

    def __call__(self, shard: Shard) -> Harvest:
        """Run a shard."""
        import asyncio  # noqa: PLC0415  a worker that only sends texts through pipes does without

        return asyncio.run(self._hunt(shard))

    async def _hunt(self, shard: Shard) -> Harvest:
        async with self.runtimes.stand() as (config, doubles):
            with workplace() as folder:
                asked = Rounds(self.chapter, config, doubles, folder, Path(self.probes))
                return await RequestHunt(self, asked, shard).run()


class RequestHunt:
    """Findings among requests, from one seed."""

    def __init__(self, work: RequestWork, asked: Rounds, shard: Shard) -> None:
        self._work = work
        self._asked = asked
        self._shard = shard
        self._began = time.monotonic()
        self._found: dict[Signature, Finding] = {}
        self._executed = self._predicted = 0

    async def run(self) -> Harvest:
        """Search until the budget is used up."""
        budget = Budget(self._shard.seconds, self._shard.examples)
        random = Random(self._shard.seed)  # noqa: S311  a sequence, no secret
        for cases in rounds(self._work.chapter, random, min(ROUND, budget.examples or ROUND)):
            await self._round(cases if budget.examples is None else cases[: budget.examples - self._executed])
            if not budget.left(self._began, self._executed):
                break
        return Harvest(
            self._executed, self._predicted, tuple(self._found[each] for each in sorted(self._found))
        )

    async def _round(self, cases: Sequence[Case]) -> None:
        for case, outcome in zip(cases, await self._asked.judged(cases), strict=True):
            signature = self._sign(outcome)
            if signature is not None:
                await self._take(case, signature)
            elif outcome.verdict is not Verdict.PARITY:
                self._predicted += 1
        self._executed += len(cases)

    def _sign(self, outcome: Outcome) -> Signature | None:
        return outcomes.sign(self._work.chapter, outcome, dialects=self._work.predictions)

    async def _take(self, case: Case, signature: Signature) -> None:
        """Count a class that is there already; shrink the first of a new one."""
        there = self._found.get(signature)
        if there is not None:
            self._found[signature] = replace(there, count=there.count + 1)
            return

        async def holds(cases: Sequence[Case]) -> list[bool]:
            return [self._sign(outcome) == signature for outcome in await self._asked.judged(cases)]

        least = await smallest(case, holds)
        (outcome,) = await self._asked.judged([least])
        self._found[signature] = self._finding(least, outcome, signature)

    def _finding(self, case: Case, outcome: Outcome, signature: Signature) -> Finding:
        difference = outcomes.first(outcome, dialects=self._work.predictions)
        rust, go, reference = (outcomes.shown(difference, side) for side in ("rust", "go", "reference"))
        where = f"{difference.surface.value} {difference.path}" if difference else outcome.reason
        seconds = round(time.monotonic() - self._began, 3)
        example = str(case["extract"]) if signature.chapter == "extract" else written(case)
        return Finding(signature, example, rust, go, reference, self._shard.seed, seconds, surface=where)
