"""What `/v1/usage` counted against what was asked (US-2 to US-4), in the last life of each daemon."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from lakehouse_parity.soak.findings import Finding
from lakehouse_parity.targets.daemon import gained

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lakehouse_parity.model import Observation, Probe
    from lakehouse_parity.soak.seats import Seat
    from lakehouse_parity.targets.daemon import Usage


class Counting:
    """What the calls should have added, by runtime, provider and model."""

    def __init__(self, seats: Mapping[str, Seat]) -> None:
        self._seats = seats
        self._wanted: dict[str, dict[tuple[str, str], Counter[str]]] = {
            name: defaultdict(Counter) for name in seats
        }

    def add(self, number: int, probe: Probe, expected: Observation) -> None:
        """Take in one call, of which the reference expects this."""
        usage = json.loads(expected.usage or b"null") or {}
        for name, seat in self._seats.items():
            if number in seat.answers and seat.of_last_life(number):
                self._wanted[name][probe.provider, probe.model].update(usage)

    def findings(self, after: Mapping[str, Usage | None]) -> Iterator[Finding]:
        """Where a count is another."""
        for name, seat in self._seats.items():
            for pairs in seat.inherited:
                named = ", ".join(map("/".join, pairs))
                detail = f"counts {named} at its start, before anything was asked"
                yield Finding("usage-kept", "US-1", name, detail, place="usage $")
            if seat.before is None or after[name] is None:
                yield Finding("usage", "US-1", name, "GET /v1/usage gives no counts", place="usage $")
                continue
            for pair, wanted in sorted(self._wanted[name].items()):
                counted = json.loads(gained(seat.before, after[name], pair) or b"null") or {}
                for member, number in wanted.items():
                    if counted.get(member, 0) != number:
                        detail = f"{'/'.join(pair)} gained {counted.get(member, 0)} {member}, not {number}"
                        yield Finding("usage", "US-4", name, detail, place=f"usage $.{member}")
