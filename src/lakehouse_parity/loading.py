"""Everything that a run needs from files, as one plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity import known, rosters, suite
from lakehouse_parity.engine import Plan
from lakehouse_parity.select import select

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lakehouse_parity.config import Config
    from lakehouse_parity.known import Entry


def load(
    config: Config,
    folder: Path,
    entries: Sequence[Entry] | None = None,
    suites: Sequence[str] = (),
    patterns: Sequence[str] = (),
) -> Plan:
    """The plan of the probes in a folder that are wanted, their masks and known list. Raises Mistake.

    Without suites and patterns all are; without entries they are those of the known list beside the probes.
    """
    roster = rosters.load(config.roster)
    probes = suite.load(folder, roster, suite.Names(config.provider, config.ollama_provider))
    return Plan(
        config=config,
        roster=roster,
        probes=select(probes, suites, patterns),
        every_probe=frozenset(probe.id for probe in probes),
        masks=suite.load_masks(folder),
        known=known.load(folder / suite.KNOWN_FILE) if entries is None else entries,
    )
