"""What a run came to: counts per suite, the verdict and the exit code. Every report starts from it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field

from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lakehouse_parity.events import Event, RuntimeFacts
    from lakehouse_parity.model import Outcome

PASSING = (Verdict.PARITY, Verdict.KNOWN, Verdict.SKIPPED, Verdict.REFERENCE_DRIFT)
"""Verdicts that do not fail the gate."""

COLUMNS = ("probes", "parity", "diverged", "known", "skipped", "broken")

_COLUMN = {
    Verdict.PARITY: "parity",
    Verdict.KNOWN: "known",
    Verdict.SKIPPED: "skipped",
    Verdict.BROKEN: "broken",
}


def column(verdict: Verdict) -> str:
    """The column of the table that counts this verdict."""
    return _COLUMN.get(verdict, "diverged")


class Summary(Struct):
    """A listener that counts. `required` names capabilities whose absence costs the verdict."""

    required: frozenset[str] = frozenset()
    started: Started | None = None
    finished: Finished | None = None
    suites: dict[str, Counter[str]] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    failure: str = ""
    """Why the run could not take place or ended early; empty if it ran."""
    _judged: set[str] = field(default_factory=set)
    """The ids of the outcomes: counted here, since many look at the verdict that follows from them."""

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, Started):
            self.started = event
        elif isinstance(event, Judged):
            self._count(event.outcome)
        else:
            self.finished = event

    def _count(self, outcome: Outcome) -> None:
        suite = outcome.probe.suite
        if suite not in self.suites:  # in one order, however the probes come to their ends
            self.suites = dict(sorted({**self.suites, suite: Counter()}.items()))
        counts = self.suites[suite]
        counts["probes"] += 1
        counts[column(outcome.verdict)] += 1
        self.outcomes.append(outcome)
        self._judged.add(outcome.probe.id)

    @property
    def runtimes(self) -> Mapping[str, RuntimeFacts]:
        """What is known of the runtimes; empty where none was asked."""
        return self.started.runtimes if self.started else {}

    @property
    def total(self) -> Counter[str]:
        """The counts of all suites together."""
        return sum(self.suites.values(), start=Counter())

    @property
    def unseen(self) -> tuple[str, ...]:
        """Why there is no verdict, one sentence each; empty where there is one."""
        return tuple(self._unseen())

    def _unseen(self) -> Iterator[str]:
        if self.failure:
            yield self.failure
        broken = sum(counts["broken"] for counts in self.suites.values())
        if broken:
            yield f"{broken} probes could not be observed"
        if self.finished is not None:
            yield from self.finished.unobserved
        judged = len(self._judged)
        if self.started is not None and not judged == len(self.outcomes) == self.started.planned:
            yield f"{self.started.planned} probes were planned and {judged} judged"
        if self.started is not None and all(o.verdict is Verdict.SKIPPED for o in self.outcomes):
            yield "nothing was compared: " + ("every probe was skipped" if judged else "there was no probe")
        for capability in sorted(self.required):
            skipped = sum(o.verdict is Verdict.SKIPPED and capability in o.probe.needs for o in self.outcomes)
            if skipped:
                yield f"{skipped} probes need {capability}, which is required, and were skipped"

    @property
    def problems(self) -> tuple[str, ...]:
        """What fails the run beside outcomes: stale entries, idle masks."""
        return self.finished.problems if self.finished is not None else ()

    @property
    def failing(self) -> list[Outcome]:
        """Outcomes that fail the gate, broken ones included."""
        return [outcome for outcome in self.outcomes if outcome.verdict not in PASSING]

    @property
    def exit_code(self) -> int:
        """0 parity, 1 divergence, 3 no verdict; 3 beats 1."""
        if self.unseen or self.finished is None:
            return 3
        return 1 if self.failing or self.problems else 0

    @property
    def verdict(self) -> str:
        """The exit code in a word."""
        return {0: "parity", 1: "divergence", 3: "no_verdict"}[self.exit_code]
