"""The known list: differences that were looked at, explained and accepted, one by one.

An entry names a probe and lists the places where the runtimes differ in it, each with both values. It
excuses exactly that; where a place is the same again or differs otherwise, the entry itself fails the run.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lakehouse_parity import lossless, yamlio
from lakehouse_parity.asking import RUN_PREFIX
from lakehouse_parity.compare import equal
from lakehouse_parity.errors import Place
from lakehouse_parity.fields import Fields
from lakehouse_parity.model import RUNTIMES, Outcome, Verdict
from lakehouse_parity.yamlio import Items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from lakehouse_parity.model import Difference, Probe

RIGHT = ("rust", "go", "both", "neither")
LONGEST = 200
"""Characters of a value that an entry spells out; a longer one is pinned by its digest."""

_NEVER = (Verdict.BROKEN, Verdict.SKIPPED, Verdict.PARITY, Verdict.UNSTABLE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted difference."""

    probe: str
    surface: str
    path: str
    values: tuple[str, str]
    """What rust and go have there, each as `pin` writes it."""
    right: str
    reason: str
    place: Place

    def describes(self, probe: str, difference: Difference) -> bool:
        """Whether the entry is about this place of this probe, whatever stands there."""
        return (self.probe, self.surface, self.path) == (probe, difference.surface.value, difference.path)


def pin(probe: Probe, difference: Difference, side: str) -> str:
    """The value of one side as an entry has it: JSON text, `absent`, or the digest of a long text.

    A trace id that the run made up reads `(trace id)`, since it is another one in every run.
    """
    if side not in difference.values:
        return "absent"
    text = lossless.write(difference.values[side], sort=True)
    if probe.trace is not None and probe.trace.startswith(RUN_PREFIX):
        text = text.replace(probe.trace, "(trace id)")
    if len(text) <= LONGEST:
        return text
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def load(path: Path) -> tuple[Entry, ...]:
    """The entries of a known list; none where there is no file. Raises Mistake."""
    if not path.exists():
        return ()
    document = yamlio.read(path)
    if document is None:
        return ()
    fields = Fields(document, "the known list", Place(str(path), 1))
    fields.get("known", Items)
    entries = [
        entry
        for item, place in fields.items("known")
        for entry in _entries(Fields(item, "an entry of the known list", place))
    ]
    fields.close()
    return tuple(entries)


def _entries(fields: Fields) -> Iterator[Entry]:
    """One for each place of an item."""
    probe, right, reason = (fields.need(key, str) for key in ("probe", "right", "reason"))
    if right not in RIGHT:
        fields.fail(f"'right' is one of {', '.join(RIGHT)}", "right")
    if not reason.strip():
        fields.fail("an entry needs a reason", "reason")
    if not fields.get("places", Items):
        fields.fail("an entry needs a list 'places': where the runtimes differ, with both values")
    for item, place in fields.items("places"):
        there = Fields(item, "a place of a known difference", place)
        values = (there.need("rust", str), there.need("go", str))
        yield Entry(probe, there.need("surface", str), there.need("path", str), values, right, reason, place)
        there.close()
    fields.close()


def _same(pinned: str, found: str) -> bool:
    """Whether both are the same value, however its numbers are written: the gate does not judge form."""
    if pinned == found:
        return True
    try:
        return equal(*(lossless.parse(text.encode("utf-8", "surrogatepass")) for text in (pinned, found)))
    except lossless.NotJson:  # absent, or a digest
        return False


class Ledger:
    """The known list during one run: applies entries and remembers which occurred."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._by_probe: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._by_probe[entry.probe].append(entry)
        self._occurred: set[Entry] = set()
        self._unseen: set[str] = set()
        self._unwired: set[tuple[str, str]] = set()

    def settle(self, outcome: Outcome) -> Outcome:
        """The outcome as `known` if entries account for every one of its differences, else as it is."""
        if outcome.verdict is Verdict.BROKEN:
            self._unseen.add(outcome.probe.id)
        self._unwired.update((outcome.probe.id, surface.value) for surface in outcome.unwired)
        if outcome.verdict in _NEVER:
            return outcome
        found = [self._entry_for(outcome.probe, difference) for difference in outcome.differences]
        self._occurred.update(entry for entry in found if entry is not None)
        if not found or None in found:
            return outcome
        reasons = dict.fromkeys(entry.reason for entry in found if entry is not None)
        return replace(outcome, verdict=Verdict.KNOWN, reason="; ".join(reasons))

    def _entry_for(self, probe: Probe, difference: Difference) -> Entry | None:
        values = [pin(probe, difference, runtime) for runtime in RUNTIMES]
        candidates = self._by_probe.get(probe.id, ())
        described = (entry for entry in candidates if entry.describes(probe.id, difference))
        return next((entry for entry in described if all(map(_same, entry.values, values))), None)

    def stale(self, probes: Iterable[str]) -> list[Entry]:
        """Entries that did not occur though their probe was asked and their surface was looked at."""
        judged = set(probes) - self._unseen
        missing = (entry for entry in self._entries if entry not in self._occurred)
        return [e for e in missing if e.probe in judged and (e.probe, e.surface) not in self._unwired]

    def orphans(self, probes: Iterable[str]) -> list[Entry]:
        """Entries for probes that there are none of."""
        existing = set(probes)
        return [entry for entry in self._entries if entry.probe not in existing]
