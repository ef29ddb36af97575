"""Who stands alone: from four values at one place to a verdict, and from places to the probe's.

Each runtime is held against the reference in its own JSON dialect. Where both keep to it and
differ all the same, their libraries differ, and nobody drifted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.compare import equal
from lakehouse_parity.model import Verdict
from lakehouse_spec.clauses import Authority

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lakehouse_parity.model import Tree


def attribute(rust: Tree, go: Tree, reference: Tree, reference_go: Tree, authority: Authority) -> Verdict:
    """The verdict on one place, given what each side has there and who decides what is right."""
    rust_keeps, go_keeps = equal(rust, reference), equal(go, reference_go)
    if rust_keeps and go_keeps:
        return Verdict.PARITY if equal(reference, reference_go) else Verdict.DIALECT
    if authority is Authority.OPEN:
        return Verdict.PARITY if equal(rust, go) else Verdict.SPLIT
    if rust_keeps:
        return Verdict.GO_DRIFT
    if go_keeps:
        return Verdict.RUST_DRIFT
    if not equal(rust, go):
        return Verdict.SPLIT
    return Verdict.BOTH_DRIFT if authority is Authority.SOURCE else Verdict.REFERENCE_DRIFT


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """The probe's verdict from those of its places.

    A dialect difference or one of the reference's own steps back behind a drift; two different
    drifts leave nobody standing alone.
    """
    found = set(verdicts) - {Verdict.PARITY}
    if not found:
        return Verdict.PARITY
    grave = found - {Verdict.DIALECT, Verdict.REFERENCE_DRIFT}
    if not grave:
        return Verdict.DIALECT if Verdict.DIALECT in found else Verdict.REFERENCE_DRIFT
    return grave.pop() if len(grave) == 1 else Verdict.SPLIT


SENTENCES = {
    Verdict.PARITY: "rust, go and the reference agree",
    Verdict.RUST_DRIFT: "rust stands alone: go and the reference agree",
    Verdict.GO_DRIFT: "go stands alone: rust and the reference agree",
    Verdict.BOTH_DRIFT: "rust and go agree with each other and differ from a source clause",
    Verdict.REFERENCE_DRIFT: "rust and go agree with each other and differ from a chosen clause:"
    " the reference has to move",
    Verdict.DIALECT: "each does what its JSON library makes of the input, and therefore they differ",
    Verdict.SPLIT: "no two agree everywhere",
    Verdict.UNSTABLE: "a runtime answered the same input differently when asked again",
    Verdict.KNOWN: "differs as the known list says",
    Verdict.SKIPPED: "not wired",
    Verdict.BROKEN: "could not be observed",
}
