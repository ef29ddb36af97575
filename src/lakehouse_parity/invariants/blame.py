"""From violations to differences: who contradicts itself, and who has to move.

A violation by one runtime is that runtime's drift. By both it is a drift from a source clause, or the
reference's own where the clause is chosen, and nothing where it is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity import paths
from lakehouse_parity.compare import ABSENT, equal
from lakehouse_parity.invariants import violations
from lakehouse_parity.invariants.model import at
from lakehouse_parity.model import RUNTIMES, Difference, Surface, Verdict
from lakehouse_spec.clauses import CLAUSES, Authority

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lakehouse_parity.invariants.model import Violation, Where
    from lakehouse_parity.model import Observation, Probe, Tree
    from lakehouse_parity.normalise import Documents
    from lakehouse_parity.paths import Path

_DRIFTS = {"rust": Verdict.RUST_DRIFT, "go": Verdict.GO_DRIFT}
_BY_BOTH = {Authority.SOURCE: Verdict.BOTH_DRIFT, Authority.CHOSEN: Verdict.REFERENCE_DRIFT}

SENTENCES = {
    Verdict.PARITY: "a real model answered: only the invariants were checked, and they hold",
    Verdict.RUST_DRIFT: "rust contradicts itself, its request or a schema",
    Verdict.GO_DRIFT: "go contradicts itself, its request or a schema",
    Verdict.BOTH_DRIFT: "rust and go contradict themselves alike, against a source clause",
    Verdict.REFERENCE_DRIFT: "rust and go contradict themselves alike, against a chosen clause:"
    " the reference has to move",
    Verdict.SPLIT: "rust and go contradict themselves, each in its own way",
}
"""What a probe's verdict says where the invariants alone are the reason."""


class Charge(Struct, frozen=True):
    """One place with the violations there, by runtime, and what each runtime has there."""

    where: Where
    by: Mapping[str, Violation]
    found: Mapping[str, Tree]


def charges(probe: Probe, seen: Mapping[str, Observation], found: Sequence[Documents]) -> list[Charge]:
    """The violations of both runtimes, whose documents stand first in `found`, unmasked."""
    documents = dict(zip(RUNTIMES, found, strict=False))
    places: dict[Where, dict[str, Violation]] = {}
    for runtime in RUNTIMES:
        for violation in violations(probe, seen[runtime], documents[runtime]):
            places.setdefault((violation.surface, violation.path), {})[runtime] = violation
    return [Charge(where, by, _values(where, documents)) for where, by in places.items()]


def _values(where: Where, documents: Mapping[str, Documents]) -> dict[str, Tree]:
    surface, path = where
    values = {runtime: at(tree.get(surface, ABSENT), path) for runtime, tree in documents.items()}
    return {runtime: value for runtime, value in values.items() if value is not ABSENT}


def differences(charged: Iterable[Charge], reported: Sequence[Difference]) -> Iterator[Difference]:
    """The charges as differences, but for what the comparison reports already."""
    for charge in charged:
        by = {who: violation for who, violation in charge.by.items() if not _told(who, violation, reported)}
        if by:
            yield from _difference(charge, by)


def _difference(charge: Charge, by: Mapping[str, Violation]) -> Iterator[Difference]:
    """One difference, unless both violate what is open."""
    first = next(iter(by.values()))
    both = len(by) == len(RUNTIMES)
    verdict = _BY_BOTH.get(CLAUSES[first.clause].authority) if both else _DRIFTS[next(iter(by))]
    if verdict is not None:
        values = {**charge.found, **_expected(list(by.values()))}
        surface, path = charge.where
        yield Difference(surface, paths.render(path), values, verdict, first.clause)


def _expected(violated: list[Violation]) -> dict[str, Tree]:
    """What should stand there; the two may differ, since each story is its own."""
    first, last = violated[0].expected, violated[-1].expected
    expected = {"reference": first} if equal(first, last) else {"reference": first, "reference_go": last}
    return {side: value for side, value in expected.items() if value is not ABSENT}


def _told(who: str, violation: Violation, reported: Sequence[Difference]) -> bool:
    """Whether the comparison has this place, or the one that it is known by, as a drift of this runtime."""
    places = [(violation.surface, violation.path), *([violation.told] if violation.told else [])]
    return any(
        difference.surface is surface and _overlap(_place(difference), path)
        for difference in reported
        if _concerns(difference, who)
        for surface, path in places
    )


def _place(difference: Difference) -> Path:
    """Where a difference is; what holds of a span is told from the whole of it."""
    path = paths.parse(difference.path)
    return path[:1] if difference.surface is Surface.SPAN and path[1:2] == ("holds",) else path


def _concerns(difference: Difference, who: str) -> bool:
    other = next(runtime for runtime in RUNTIMES if runtime != who)
    return difference.verdict not in (Verdict.DIALECT, _DRIFTS[other])


def _overlap(one: Path, other: Path) -> bool:
    """Whether one place is within the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
