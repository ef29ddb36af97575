"""What a qualification came to: the figures of each runtime, and whether the target is met."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from lakehouse_parity.qualify.finding import Finding

ENOUGH_LOCATED = 0.95
"""The share of drifts that have to be located; all have to be caught and blamed."""


class Figures(Struct, frozen=True):
    """Of the drifts of one runtime that can be told from the contract: how many, and how many of them."""

    runtime: str
    drifts: int
    caught: int
    blamed: int
    located: int

    @property
    def enough(self) -> bool:
        """Whether the target is met."""
        return self.caught == self.blamed == self.drifts and self.located >= ENOUGH_LOCATED * self.drifts


class Result(Struct, frozen=True):
    """Every finding, in the order of the tables."""

    findings: tuple[Finding, ...]
    seconds: float = 0.0

    @property
    def counted(self) -> list[Finding]:
        """Those of drifts that are not proved to be equivalent."""
        return [finding for finding in self.findings if not finding.drift.equivalent]

    @property
    def disproved(self) -> list[Finding]:
        """Drifts that were said to be equivalent, and yet were told apart."""
        return [finding for finding in self.findings if finding.drift.equivalent and finding.sightings]

    @property
    def figures(self) -> list[Figures]:
        """One for each runtime."""
        runtimes = dict.fromkeys(finding.drift.runtime for finding in self.counted)
        return [self._figures(runtime) for runtime in runtimes]

    def _figures(self, runtime: str) -> Figures:
        own = [finding for finding in self.counted if finding.drift.runtime == runtime]
        caught, blamed, located = (
            sum(getattr(finding, what) for finding in own) for what in ("caught", "blamed", "located")
        )
        return Figures(runtime, len(own), caught, blamed, located)

    @property
    def exit_code(self) -> int:
        """0 target met, 1 not, 3 where a drift could not be examined at all; 3 beats 1."""
        if any(finding.failure for finding in self.findings):
            return 3
        return 0 if not self.disproved and all(figures.enough for figures in self.figures) else 1
