"""In which order the probes are asked of a drift: nearest to its clause first, so that seconds suffice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_parity.model import Probe

CLAUSE, CHAPTER, EVERYTHING = "clause", "chapter", "everything"


def stages(probes: Sequence[Probe], clause: str) -> list[tuple[str, list[Probe]]]:
    """The probes of the clause, those of its chapter, and all others: each probe in exactly one stage."""
    parts: dict[str, list[Probe]] = {CLAUSE: [], CHAPTER: [], EVERYTHING: []}
    for probe in probes:
        parts[_nearness(probe, clause)].append(probe)
    return [(stage, part) for stage, part in parts.items() if part]


def _nearness(probe: Probe, clause: str) -> str:
    if clause in probe.clauses:
        return CLAUSE
    chapter = clause.partition("-")[0] + "-"
    return CHAPTER if any(other.startswith(chapter) for other in probe.clauses) else EVERYTHING
