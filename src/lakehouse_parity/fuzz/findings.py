"""Findings, one per signature, and how those of several shards become one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lakehouse_parity.fuzz.signature import Signature


class Finding(Struct, frozen=True):
    """One class of differences, with its smallest example."""

    signature: Signature
    example: str
    """The text of a model, or the case as YAML: what has to be asked to see it again."""
    rust: str
    go: str
    reference: str
    seed: int
    """The seed of the shard that has the example."""
    seconds: float
    """From the beginning of the shard until it was found and shrunk."""
    count: int = 1
    """How many examples of the class were seen."""
    known: bool = False
    surface: str = ""
    """Where the sides differ first, for what is compared on many surfaces."""

    @property
    def chapter(self) -> str:
        """`extract`, `validate` or `iterate`."""
        return self.signature.chapter

    @property
    def probe(self) -> str:
        """The id of the probe that it becomes."""
        return f"{self.chapter}/{self.signature}"

    def merged(self, other: Finding) -> Finding:
        """The two as one: the smaller example, and of equal ones the first in the alphabet."""
        kept = min(self, other, key=_size)
        seconds = min(self.seconds, other.seconds)
        return replace(kept, count=self.count + other.count, seconds=seconds)


def _size(finding: Finding) -> tuple[int, str, int]:
    return len(finding.example), finding.example, finding.seed


class Harvest(Struct, frozen=True):
    """What a shard, or several, came to. Merging gives the same in whatever order it is done."""

    executed: int = 0
    predicted: int = 0
    """Texts or requests on which the runtimes differ as their libraries' dialects say."""
    findings: tuple[Finding, ...] = ()
    interrupted: bool = False

    def merged(self, other: Harvest) -> Harvest:
        """The two as one."""
        return Harvest(
            self.executed + other.executed,
            self.predicted + other.predicted,
            merged((*self.findings, *other.findings)),
            self.interrupted or other.interrupted,
        )


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding per signature, in the order of signatures."""
    found: dict[Signature, Finding] = {}
    for finding in findings:
        there = found.get(finding.signature)
        found[finding.signature] = finding if there is None else there.merged(finding)
    return tuple(found[signature] for signature in sorted(found))
