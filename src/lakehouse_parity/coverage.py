"""Which probes stand for which clauses, and what they last came to."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_spec.clauses import CLAUSES, Authority

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lakehouse_parity.model import Probe
    from lakehouse_spec.clauses import Clause


class Covered(Struct, frozen=True):
    """One clause with its probes and the gravest of their last verdicts."""

    clause: Clause
    probes: tuple[str, ...]
    spelled_out: bool
    """Whether one of them has an expectation written by hand."""
    verdict: str


def cover(probes: Sequence[Probe], last: Mapping[str, str]) -> list[Covered]:
    """Every clause in order; `last` has the last verdict by probe id."""
    by_clause: dict[str, list[Probe]] = defaultdict(list)
    for probe in probes:
        for clause in probe.clauses:
            by_clause[clause].append(probe)
    return [_covered(clause, by_clause[clause.id], last) for clause in CLAUSES.values()]


def _covered(clause: Clause, probes: list[Probe], last: Mapping[str, str]) -> Covered:
    verdicts = {last[probe.id] for probe in probes if probe.id in last}
    gravest = min(verdicts, key=_gravity, default="not run")
    return Covered(
        clause, tuple(probe.id for probe in probes), any(probe.expect for probe in probes), gravest
    )


def _gravity(verdict: str) -> int:
    mild = ("skipped", "known", "parity")
    return mild.index(verdict) + 1 if verdict in mild else 0


def gaps(covered: Sequence[Covered]) -> list[str]:
    """What is missing: a clause without a probe, a source clause without a value spelled out by hand."""
    found = []
    for entry in covered:
        clause = entry.clause
        if clause.unobserved:
            if entry.probes:
                found.append(f"{clause.id} says that no probe can see it, and {entry.probes[0]} does")
        elif not entry.probes:
            found.append(f"{clause.id} has no probe: {clause.text}")
        elif clause.authority is Authority.SOURCE and not entry.spelled_out:
            found.append(f"{clause.id} has no probe that spells out what to expect")
    return found
