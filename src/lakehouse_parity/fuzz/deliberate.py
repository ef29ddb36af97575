"""Texts that Hypothesis draws and shrinks itself, one at a time: slow, and thorough where it looks.

The batched search is hundreds of times faster; this one reaches texts that no grammar of ours makes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed, settings
from msgspec import Struct, field

from lakehouse_parity.fuzz import strategies
from lakehouse_parity.fuzz.findings import Harvest
from lakehouse_parity.fuzz.hunt import Budget, found
from lakehouse_parity.fuzz.signature import Signature, sign

if TYPE_CHECKING:
    from lakehouse_parity.fuzz.findings import Finding
    from lakehouse_parity.fuzz.shards import Shard
    from lakehouse_parity.fuzz.sides import Sides
    from lakehouse_parity.fuzz.work import Adapters

LEG = 500
"""Examples of one run of Hypothesis, which ends at its first finding."""


class NewClassError(AssertionError):
    """A text of a class that is looked at for the first time."""


class DeliberateWork(Struct, frozen=True):
    """One text at a time, found and shrunk by Hypothesis."""

    adapters: Adapters
    predictions: bool = True

    def __call__(self, shard: Shard) -> Harvest:
        """Run a shard."""
        sides = self.adapters.sides()
        try:
            return Search(sides, shard, dialects=self.predictions).run()
        finally:
            sides.close()


class Search(Struct):
    """One shard: runs of Hypothesis, each of which ends at the first class that no earlier one has seen."""

    sides: Sides
    shard: Shard
    dialects: bool = True
    executed: int = 0
    predicted: int = 0
    findings: dict[Signature, Finding] = field(default_factory=dict)
    _wanted: Signature | None = None
    _smallest: str = ""

    def run(self) -> Harvest:
        """Search until the budget is used up."""
        budget, began = Budget(self.shard.seconds, self.shard.examples), time.monotonic()
        number = self.shard.seed
        while budget.left(began, self.executed):
            self._leg(number, began)
            number += 1
        return Harvest(
            self.executed, self.predicted, tuple(self.findings[each] for each in sorted(self.findings))
        )

    def _leg(self, number: int, began: float) -> None:
        self._wanted = None
        left = LEG if self.shard.examples is None else min(LEG, self.shard.examples - self.executed)

        @seed(number)
        @settings(
            max_examples=left,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategies.answers())
        def differs(raw: str) -> None:
            self._look(raw)

        try:
            differs()
        except NewClassError:
            self._keep(began)

    def _look(self, raw: str) -> None:
        """Raise for a text of the class that is shrunk at the moment, or of a new one."""
        (answers,) = self.sides.answers([raw])
        signature = sign(raw, answers, dialects=self.dialects)
        if self._wanted is None:
            self.executed += 1
            self.predicted += answers.reference != answers.reference_go
            if signature is None or signature in self.findings:
                return
            self._wanted = signature
        if signature == self._wanted:
            self._smallest = raw
            raise NewClassError(str(signature))

    def _keep(self, began: float) -> None:
        assert self._wanted is not None
        (answers,) = self.sides.answers([self._smallest])
        finding = found(self._wanted, self._smallest, answers, self.shard.seed, time.monotonic() - began)
        self.findings[self._wanted] = finding
