"""Which probes a command is about. In a pattern `*` stands for any text, slashes included."""

from __future__ import annotations

from fnmatch import fnmatchcase
from random import Random
from typing import TYPE_CHECKING

from lakehouse_parity.errors import Mistake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_parity.model import Probe


def select(probes: Sequence[Probe], suites: Sequence[str], patterns: Sequence[str]) -> list[Probe]:
    """The probes of these suites that match one of these patterns; no suites or patterns mean all.

    Raises Mistake for a suite or a pattern that nothing matches, since a typing error is not parity.
    """
    existing = {probe.suite for probe in probes}
    for suite in suites:
        if suite not in existing:
            there_are = ", ".join(sorted(existing)) or "no probe at all is there"
            raise Mistake(f"there is no suite {suite!r}: {there_are}")
    for pattern in patterns:
        if not any(fnmatchcase(probe.id, pattern) for probe in probes):
            raise Mistake(f"no probe matches {pattern!r}")
    return [
        probe
        for probe in probes
        if (not suites or probe.suite in suites)
        and (not patterns or any(fnmatchcase(probe.id, pattern) for pattern in patterns))
    ]


def shuffled(probes: Sequence[Probe], seed: int) -> list[Probe]:
    """The probes in an order that the seed alone decides."""
    return Random(seed).sample(probes, len(probes))  # noqa: S311  an order, no secret
