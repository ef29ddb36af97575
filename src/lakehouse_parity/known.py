"""The known list: differences that were looked at, explained and accepted, one by one.

An entry pins a probe, a surface, a path and both values. It excuses exactly that difference; where the
difference is gone or has changed, the entry itself fails the run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lakehouse_parity import lossless, yamlio
from lakehouse_parity.errors import Place
from lakehouse_parity.fields import Fields
from lakehouse_parity.model import RUNTIMES, Outcome, Verdict
from lakehouse_parity.yamlio import Items

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from lakehouse_parity.model import Difference, Tree

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


def pin(difference: Difference, side: str) -> str:
    """The value of one side as an entry has it: JSON text, `absent`, or the digest of a long text."""
    if side not in difference.values:
        return "absent"
    return pin_value(difference.values[side])


def pin_value(value: Tree) -> str:
    """JSON text, or the digest of a long one."""
    text = lossless.write(value)
    if len(text) <= LONGEST:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def load(path: Path) -> tuple[Entry, ...]:
    """The entries of a known list; none where there is no file. Raises Mistake."""
    if not path.exists():
        return ()
    document = yamlio.read(path)
    if document is None:
        return ()
    fields = Fields(document, "the known list", Place(str(path), 1))
    fields.get("known", Items)
    entries = tuple(
        _entry(Fields(item, "an entry of the known list", place)) for item, place in fields.items("known")
    )
    fields.close()
    return entries


def _entry(fields: Fields) -> Entry:
    entry = Entry(
        probe=fields.need("probe", str),
        surface=fields.need("surface", str),
        path=fields.need("path", str),
        values=(fields.need("rust", str), fields.need("go", str)),
        right=fields.need("right", str),
        reason=fields.need("reason", str),
        place=fields.place(),
    )
    if entry.right not in RIGHT:
        fields.fail(f"'right' is one of {', '.join(RIGHT)}", "right")
    if not entry.reason.strip():
        fields.fail("an entry needs a reason", "reason")
    fields.close()
    return entry


class Ledger:
    """The known list during one run: applies entries and remembers which occurred."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._occurred: set[Entry] = set()
        self._unseen: set[str] = set()

    def settle(self, outcome: Outcome) -> Outcome:
        """The outcome as `known` if entries account for every one of its differences, else as it is."""
        if outcome.verdict is Verdict.BROKEN:
            self._unseen.add(outcome.probe.id)
        if outcome.verdict in _NEVER:
            return outcome
        found = [self._entry_for(outcome.probe.id, difference) for difference in outcome.differences]
        self._occurred.update(entry for entry in found if entry is not None)
        if not found or None in found:
            return outcome
        reasons = dict.fromkeys(entry.reason for entry in found if entry is not None)
        return replace(outcome, verdict=Verdict.KNOWN, reason="; ".join(reasons))

    def _entry_for(self, probe: str, difference: Difference) -> Entry | None:
        values = tuple(pin(difference, runtime) for runtime in RUNTIMES)
        found = (
            entry for entry in self._entries if entry.describes(probe, difference) and entry.values == values
        )
        return next(found, None)

    def stale(self, probes: Iterable[str]) -> list[Entry]:
        """Entries that did not occur though their probe was asked and could be observed."""
        judged = set(probes) - self._unseen
        return [entry for entry in self._entries if entry.probe in judged and entry not in self._occurred]

    def orphans(self, probes: Iterable[str]) -> list[Entry]:
        """Entries for probes that there are none of."""
        existing = set(probes)
        return [entry for entry in self._entries if entry.probe not in existing]
