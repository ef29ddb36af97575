"""Which findings are known: those whose probe stands on the known list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lakehouse_parity import known

if TYPE_CHECKING:
    from pathlib import Path

    from lakehouse_parity.fuzz.findings import Finding


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The ids of known probes. A promoted finding is named after its signature, and so found again."""

    probes: frozenset[str]

    @classmethod
    def load(cls, path: Path) -> Knowledge:
        """From a known list. Raises Mistake."""
        return cls(frozenset(entry.probe for entry in known.load(path)))

    def marked(self, finding: Finding) -> Finding:
        """The finding as known, if it is."""
        return replace(finding, known=finding.probe in self.probes)
