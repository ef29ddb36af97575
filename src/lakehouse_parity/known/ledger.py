"""The known list during one run: what it excuses, and what is wrong with it when all is judged."""

from __future__ import annotations

from collections import defaultdict
from enum import Enum
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity.known.entry import concerned, pin
from lakehouse_parity.model import RUNTIMES, Outcome, Surface, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from lakehouse_parity.known.entry import Entry
    from lakehouse_parity.model import Difference, Probe

_NEVER = (Verdict.BROKEN, Verdict.SKIPPED, Verdict.PARITY, Verdict.UNSTABLE)
_UNSEEN = (Verdict.BROKEN, Verdict.SKIPPED, Verdict.UNSTABLE)
"""Outcomes that tell nothing of whether a difference is still there."""


class Sighting(Enum):
    """What a probe that an entry names shows at the entry's place."""

    AS_LISTED = "as listed"
    OTHERWISE = "otherwise"
    GONE = "gone"


class Ledger:
    """Applies entries to outcomes; `note` then takes in the final ones.

    `today` is the day of the run, which expiry is held against; without one nothing expires.
    """

    def __init__(self, entries: Sequence[Entry], today: date | None = None) -> None:
        self.entries = entries
        self._today = today
        self._exact: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._exact[entry.probe].append(entry)
        self._patterns = [entry for entry in entries if "*" in entry.probe]
        self._noted: dict[str, Outcome] = {}

    def _about(self, probe: str) -> list[Entry]:
        return [*self._exact.get(probe, ()), *(entry for entry in self._patterns if entry.names(probe))]

    def _expired(self, entry: Entry) -> bool:
        return self._today is not None and entry.expires is not None and entry.expires < self._today

    def settle(self, outcome: Outcome) -> Outcome:
        """The outcome as `known` if entries account for every one of its differences, else as it is."""
        if outcome.verdict in _NEVER or not outcome.differences:
            return outcome
        entries = [entry for entry in self._about(outcome.probe.id) if not self._expired(entry)]
        reasons: dict[str, None] = {}
        for difference in outcome.differences:
            entry = next((e for e in entries if e.describes(outcome.probe, difference)), None)
            if entry is None:
                return outcome
            reasons[entry.reason] = None
        return replace(outcome, verdict=Verdict.KNOWN, reason="; ".join(reasons))

    def note(self, outcome: Outcome) -> None:
        """Take in what a probe came to in the end."""
        self._noted[outcome.probe.id] = outcome

    def sightings(self, entry: Entry) -> Iterator[tuple[Outcome, Sighting, Difference | None]]:
        """What each probe shows that the entry names, was observed, and whose surface was looked at."""
        named = [entry.probe] if "*" not in entry.probe else [id_ for id_ in self._noted if entry.names(id_)]
        for outcome in (self._noted[id_] for id_ in named if id_ in self._noted):
            if outcome.verdict not in _UNSEEN and Surface(entry.surface) not in outcome.unwired:
                yield (outcome, *_sighted(entry, outcome))

    def problems(self, surfaces: frozenset[Surface]) -> Iterator[str]:
        """A sentence for each entry that no longer holds; `surfaces` are those that could be seen."""
        for entry in self.entries:
            if self._expired(entry):
                yield from self._overdue(entry)
            elif Surface(entry.surface) in surfaces:
                yield from self._changed(entry)

    def _overdue(self, entry: Entry) -> Iterator[str]:
        if any(map(entry.names, self._noted)):
            yield (
                f"{entry.place}: {entry.probe}: {_where(entry)} was accepted until {entry.expires}:"
                " have the difference removed, or accept it anew with a later day"
            )

    def _changed(self, entry: Entry) -> Iterator[str]:
        for outcome, sighting, difference in self.sightings(entry):
            where = f"{entry.place}: {outcome.probe.id}: {_where(entry)}"
            if sighting is Sighting.GONE:
                yield f"{where} no longer occurs as listed: nothing differs; `parity known prune` drops it"
            elif difference is not None:
                yield (
                    f"{where} no longer occurs as listed: {_listed(entry)} are listed and"
                    f" {_found(outcome.probe, difference)} are found; look at it, then `parity known add`"
                )


def _sighted(entry: Entry, outcome: Outcome) -> tuple[Sighting, Difference | None]:
    there = [difference for difference in outcome.differences if entry.is_at(difference)]
    if any(entry.describes(outcome.probe, difference) for difference in there):
        return Sighting.AS_LISTED, None
    return (Sighting.OTHERWISE, there[0]) if there else (Sighting.GONE, None)


def _where(entry: Entry) -> str:
    return f"{entry.surface} {entry.path}"


def _listed(entry: Entry) -> str:
    rust, go = entry.values
    return f"rust {rust}, go {go} ({entry.runtime})"


def _found(probe: Probe, difference: Difference) -> str:
    rust, go = (pin(probe, difference, side) for side in RUNTIMES)
    return f"rust {rust}, go {go} ({concerned(difference)})"


def unmatched(entries: Iterable[Entry], every_probe: frozenset[str]) -> Iterator[str]:
    """A sentence for each entry that names no probe there is."""
    for entry in entries:
        if entry.probe not in every_probe and not any(map(entry.names, every_probe)):
            yield f"{entry.place}: no probe matches {entry.probe!r}: correct it, or drop the entry"
