"""What a campaign came to, as JSON for programs and as lines for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from lakehouse_parity.reports.wording import safe
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.fuzz.findings import Finding, Harvest

SCHEMA = "lakehouse-parity/fuzz/v1"
LONGEST = 400
"""Characters of an example or an answer that are shown to people."""


class Result(Struct, frozen=True):
    """A campaign that has ended."""

    chapter: str
    seed: int
    seconds: float
    harvest: Harvest

    @property
    def new(self) -> list[Finding]:
        """The findings that nobody knew."""
        return [finding for finding in self.harvest.findings if not finding.known]

    def as_json(self) -> str:
        """The document of `--json`."""
        document = {
            "schema": SCHEMA,
            "seed": self.seed,
            "executed": self.harvest.executed,
            "seconds": round(self.seconds, 3),
            "predicted": self.harvest.predicted,
            "interrupted": self.harvest.interrupted,
            "findings": [_finding(finding) for finding in self.harvest.findings],
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    example = "raw" if finding.chapter == "extract" else "request"
    return {
        "signature": str(finding.signature),
        "chapter": finding.chapter,
        "clause": finding.signature.clause,
        "surface": finding.surface,
        example: finding.example,
        "rust": finding.rust,
        "go": finding.go,
        "reference": finding.reference,
        "known": finding.known,
        "count": finding.count,
        "shard_seed": finding.seed,
        "seconds": finding.seconds,
    }


def describe(result: Result) -> Iterator[str]:
    """The lines for people: each new finding whole, known ones by name."""
    for finding in result.harvest.findings:
        if finding.known:
            yield f"known: {finding.probe} ({finding.count} times)"
        else:
            yield from _told(finding)
    harvest = result.harvest
    rate = harvest.executed / result.seconds if result.seconds else 0.0
    yield (
        f"{harvest.executed} examples in {result.seconds:.1f} s ({rate:,.0f}/s), seed {result.seed}: "
        f"{len(result.new)} new findings, {len(harvest.findings) - len(result.new)} known, "
        f"{harvest.predicted} predicted by the dialects" + (", interrupted" if harvest.interrupted else "")
    )


def _told(finding: Finding) -> Iterator[str]:
    signature = finding.signature
    yield f"{finding.probe}: {signature.apart}: {signature.outcome} {signature.kind}".rstrip()
    if finding.surface:
        yield f"  {'where':>10}  {safe(finding.surface)}"
    for name, text in (("example", finding.example), *_answers(finding)):
        yield f"  {name:>10}  {_cut(safe(text))}"
    yield f"  {'clause':>10}  {signature.clause}: {safe(CLAUSES[signature.clause].text)}"
    seen = f"{finding.count} times, first after {finding.seconds:.1f} s, shard seed {finding.seed}"
    yield f"  {'seen':>10}  {seen}"


def _answers(finding: Finding) -> tuple[tuple[str, str], ...]:
    return ("rust", finding.rust), ("go", finding.go), ("reference", finding.reference)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
