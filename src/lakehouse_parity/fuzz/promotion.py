"""A finding becomes a literal probe, which fails until it is settled: fixed, or known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.fuzz.cases import quoted
from lakehouse_parity.reports import files
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lakehouse_parity.fuzz.findings import Finding

FOLDER = "regressions"
LONGEST = 2000
"""Characters of an answer that are kept in a comment."""


def save(finding: Finding, probes: Path, seed: int) -> Path:
    """Write the probe of a finding, if there is none yet; give its place. Raises Mistake."""
    folder = probes / FOLDER / finding.chapter
    path = folder / f"{finding.signature}.yaml"
    if not path.exists():
        files.prepare(folder)
        files.write(path, "\n".join(_lines(finding, seed)) + "\n")
    return path


def _lines(finding: Finding, seed: int) -> Iterator[str]:
    signature = finding.signature
    budget = f"parity fuzz {finding.chapter} --seed {seed}"
    yield f"# Found by `{budget}` (shard seed {finding.seed}); it fails until it is fixed or known."
    for name, text in (("rust", finding.rust), ("go", finding.go), ("reference", finding.reference)):
        yield f"# {name}: {_comment(text)}"
    yield f"# {signature.clause}: {CLAUSES[signature.clause].text}"
    yield "probes:"
    yield f"  - name: {signature}"
    yield f"    clauses: [{signature.clause}]"
    yield f"    why: {quoted(_why(finding))}"
    if finding.chapter == "extract":
        yield f"    extract: {quoted(finding.example)}"
    else:
        yield from (f"    {line}" for line in finding.example.splitlines())


def _why(finding: Finding) -> str:
    signature = finding.signature
    where = f" at {finding.surface}" if finding.surface else ""
    return f"Found by fuzzing with seed {finding.seed}: {signature.apart} {signature.outcome}{where}."


def _comment(text: str) -> str:
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
    return quoted(shown)[1:-1]
