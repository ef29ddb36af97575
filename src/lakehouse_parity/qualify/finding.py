"""What came of one drift: whether it was caught, blamed on its runtime alone, and located."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lakehouse_parity.model import Difference, Outcome
    from lakehouse_parity.qualify.table import Drift
    from lakehouse_parity.soak.findings import Finding as Found
    from lakehouse_parity.soak.findings import Result as Soaked

_AGREE = (Verdict.PARITY, Verdict.KNOWN, Verdict.SKIPPED)
_NO_CATCH = ("unstable", "reference_drift")
"""Divergences that are blamed on nobody: one that does not hold, and one that does not fail the gate."""


class Sighting(Struct, frozen=True):
    """One probe at which something diverged."""

    probe: str
    verdict: str
    places: tuple[str, ...]
    """`surface path` of each difference."""
    own: bool
    """Whether it is blamed on the drift's runtime and on no other."""
    located: bool
    """Whether one of them is blamed on the drift's runtime at one of the drift's places."""


class Finding(Struct, frozen=True):
    """What came of one drift."""

    drift: Drift
    asked: int = 0
    """How many probes were asked before it was clear."""
    sightings: tuple[Sighting, ...] = ()
    broken: tuple[str, ...] = ()
    """Probes that could not be observed: that is never a catch."""
    unobserved: tuple[str, ...] = ()
    """What else could not be looked at while it ran, in sentences: a torn log, a daemon that went away."""
    failure: str = ""
    """Why it could not be examined at all; empty where it was."""
    seconds: float = 0.0

    @property
    def caught(self) -> bool:
        """Whether at least one probe diverged in a way that fails the gate and names somebody."""
        return any(sighting.verdict not in _NO_CATCH for sighting in self.sightings)

    @property
    def blamed(self) -> bool:
        """Whether it was caught, and every divergence is blamed on the runtime in which it was planted.

        What does not hold is no catch; it is blamed rightly where that runtime alone changed its answer.
        """
        return self.caught and all(sighting.own for sighting in self.sightings)

    @property
    def located(self) -> bool:
        """Whether one of its places was named."""
        return self.caught and any(sighting.located for sighting in self.sightings)

    @property
    def word(self) -> str:
        """How it was seen, in a word: caught, missed, broken (nothing but that) or unstable."""
        if self.caught:
            return "caught"
        if self.broken or self.unobserved or self.failure:
            return "broken"
        unstable = any(sighting.verdict == "unstable" for sighting in self.sightings)
        return "unstable" if unstable else "missed"


def sightings(drift: Drift, outcomes: Iterable[Outcome]) -> tuple[Sighting, ...]:
    """Where these outcomes are neither parity nor accepted nor broken."""
    return tuple(
        _sighting(drift, outcome) for outcome in outcomes if outcome.verdict not in (*_AGREE, Verdict.BROKEN)
    )


def under_load(finding: Finding, soaked: Soaked) -> Finding:
    """The finding with what a load on both daemons showed: a rule that was broken is one more sighting."""
    rules: dict[tuple[str, str], list[Found]] = {}
    for found in soaked.findings:
        rules.setdefault((found.rule, found.runtime), []).append(found)
    broken = (_broken(finding.drift, rule, runtime, found) for (rule, runtime), found in rules.items())
    return replace(
        finding,
        sightings=(*finding.sightings, *broken),
        unobserved=(*finding.unobserved, *soaked.unobserved),
    )


def _broken(drift: Drift, rule: str, runtime: str, found: Iterable[Found]) -> Sighting:
    places = tuple(dict.fromkeys(each.place for each in found))
    located = runtime == drift.runtime and any(spot.names(place) for spot in drift.spots for place in places)
    verdict = f"{runtime}_drift" if runtime else Verdict.SPLIT.value
    return Sighting(f"soak/{rule}", verdict, places, runtime == drift.runtime, located)


def _sighting(drift: Drift, outcome: Outcome) -> Sighting:
    own = Verdict(f"{drift.runtime}_drift")
    places = tuple(map(_place, outcome.differences))
    blamed = [_place(found) for found in outcome.differences if found.verdict is own]
    located = outcome.verdict is own and any(spot.names(place) for spot in drift.spots for place in blamed)
    return Sighting(outcome.probe.id, outcome.verdict.value, places, _is_own(drift, outcome), located)


def _is_own(drift: Drift, outcome: Outcome) -> bool:
    if outcome.verdict is Verdict.UNSTABLE and outcome.stability is not None:
        return [runtime for runtime, rate in outcome.stability.flip_rate.items() if rate] == [drift.runtime]
    return outcome.verdict is Verdict(f"{drift.runtime}_drift")


def _place(found: Difference) -> str:
    return f"{found.surface.value} {found.path}"
