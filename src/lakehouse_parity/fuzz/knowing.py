"""Which findings are known: those of the classes of which an example stands on the known list.

A promoted finding is named after its signature, and so found again. The examples of other known
probes are asked anew, and what they show now is known as a class.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity import known, rosters, suite
from lakehouse_parity.fuzz import outcomes
from lakehouse_parity.fuzz.rounds import Rounds
from lakehouse_parity.fuzz.signature import sign
from lakehouse_parity.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from lakehouse_parity.config import Config
    from lakehouse_parity.fuzz.findings import Finding
    from lakehouse_parity.fuzz.rounds import Runtimes
    from lakehouse_parity.fuzz.signature import Signature
    from lakehouse_parity.fuzz.work import Adapters
    from lakehouse_parity.known import Entry
    from lakehouse_parity.model import Probe


class Knowledge(Struct, frozen=True):
    """The entries about known probes, and the classes that they show."""

    entries: tuple[Entry, ...]
    signatures: frozenset[Signature] = frozenset()

    @classmethod
    def load(cls, path: Path) -> Knowledge:
        """From a known list. Raises Mistake."""
        return cls(known.load(path))

    def examples(self, probes: Path, config: Config, chapter: str) -> list[Probe]:
        """The known probes of a chapter. Raises Mistake."""
        if not self.entries:
            return []
        names = suite.Names(config.provider, config.ollama_provider)
        found = suite.load(probes, rosters.load(config.roster), names)
        return [probe for probe in found if probe.suite == chapter and self._names(probe.id)]

    def with_classes(self, signatures: Iterable[Signature | None]) -> Knowledge:
        """Knowing these classes too."""
        return replace(self, signatures=self.signatures | {each for each in signatures if each is not None})

    def marked(self, finding: Finding) -> Finding:
        """The finding as known, if it is."""
        is_known = finding.signature in self.signatures or self._names(finding.probe)
        return replace(finding, known=is_known)

    def _names(self, probe: str) -> bool:
        return any(entry.names(probe) for entry in self.entries)


def of_texts(examples: Sequence[Probe], adapters: Adapters, *, dialects: bool) -> list[Signature | None]:
    """The classes of texts."""
    raws = [probe.raw for probe in examples if probe.raw is not None]
    if not raws:
        return []
    sides = adapters.sides()
    try:
        asked = zip(raws, sides.answers(raws), strict=True)
        return [sign(raw, answers, dialects=dialects) for raw, answers in asked]
    finally:
        sides.close()


def of_requests(
    examples: Sequence[Probe], chapter: str, runtimes: Runtimes, probes: Path, *, dialects: bool
) -> list[Signature | None]:
    """The classes of requests."""
    return asyncio.run(_of_requests(examples, chapter, runtimes, probes, dialects)) if examples else []


async def _of_requests(
    examples: Sequence[Probe],
    chapter: str,
    runtimes: Runtimes,
    probes: Path,
    dialects: bool,  # noqa: FBT001  passed on
) -> list[Signature | None]:
    async with runtimes.stand() as (config, doubles):
        with workplace() as folder:
            judged = await Rounds(chapter, config, doubles, folder, probes).outcomes(examples)
            return [outcomes.sign(chapter, outcome, dialects=dialects) for outcome in judged]
