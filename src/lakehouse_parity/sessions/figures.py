"""What the session log says, as counts: every report draws these and nothing else."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = "all"


class Acceptance(Struct, frozen=True):
    """How far calls get with iteration, for all calls or those of one daemon, model, provider or kind."""

    by: str
    """`all`, `daemon`, `model`, `provider` or `kind`."""
    name: str
    calls: int
    judged: int
    """Calls that came to an end by the validator: accepted or exhausted, no infrastructure error."""
    accepted_at: Mapping[int, int]
    """Calls accepted at the first iteration, at the second, and so on."""

    @property
    def accepted(self) -> int:
        """Count the calls accepted at all."""
        return sum(self.accepted_at.values())

    @property
    def steps(self) -> list[tuple[int, int, float]]:
        """Give iteration, calls accepted by then, and their share of the judged calls."""
        steps = sorted(self.accepted_at)
        sums = accumulate(self.accepted_at[step] for step in steps)
        return [(step, upto, share(upto, self.judged)) for step, upto in zip(steps, sums, strict=True)]

    def share_by(self, iteration: int) -> float:
        """Give the share of the judged calls that were accepted by this iteration."""
        counts = [count for step, count in self.accepted_at.items() if step <= iteration]
        return share(sum(counts), self.judged)

    def to_json(self) -> dict[str, Any]:
        """Give the figures as JSON."""
        steps = [{"iteration": step, "accepted": upto, "share": part} for step, upto, part in self.steps]
        at = {str(step): count for step, count in sorted(self.accepted_at.items())}
        return {
            "by": self.by,
            "name": self.name,
            "calls": self.calls,
            "judged": self.judged,
            "accepted": self.accepted,
            "accepted_at": at,
            "accepted_by": steps,
        }


class Spread(Struct, frozen=True):
    """Where values lie: by nearest rank, so that each is a value that occurs."""

    daemon: str
    verdict: str
    count: int
    p50: int
    p90: int
    p99: int
    most: int


class Fault(Struct, frozen=True):
    """A validation error and how often it occurs; without the values in quotes, so that like meets like."""

    kind: str
    text: str
    count: int
    example: str


class Grounding(Struct, frozen=True):
    """Accepted fills of one daemon by whether every candidate was in the roster."""

    daemon: str
    grounded: int
    ungrounded: int
    untold: int
    """Rows that do not say."""


class Day(Struct, frozen=True):
    """One day of the log, in UTC."""

    day: str
    calls: int
    judged: int
    accepted: int
    at_first: int
    """Calls accepted at the first iteration."""


class Figures(Struct, frozen=True):
    """All of it."""

    logs: tuple[str, ...]
    without_harness: bool
    rows: int
    unreadable: int
    """Lines that are no row: no JSON object with an id, a daemon or a verdict. `audit` tells more."""
    verdicts: Mapping[tuple[str, str], int]
    """Rows by daemon and verdict."""
    acceptance: tuple[Acceptance, ...]
    attempts: tuple[Spread, ...]
    """Attempts to acceptance."""
    durations: tuple[Spread, ...]
    faults: tuple[Fault, ...]
    failed_validations: int
    grounding: tuple[Grounding, ...]
    days: tuple[Day, ...]

    @property
    def overall(self) -> Acceptance:
        """The acceptance of all calls."""
        return next(each for each in self.acceptance if each.by == ALL)

    def totals(self, place: int) -> dict[str, int]:
        """Count rows by daemon (place 0) or verdict (place 1), the most frequent first."""
        totals: dict[str, int] = {}
        for key, count in self.verdicts.items():
            totals[key[place]] = totals.get(key[place], 0) + count
        return dict(sorted(totals.items(), key=lambda item: (-item[1], item[0])))


def share(part: int, whole: int) -> float:
    """Give the part as a share of the whole, 0 of nothing."""
    return round(part / whole, 6) if whole else 0.0
