"""Everything that a run needs from files, as one plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity import known, rosters, suite
from lakehouse_parity.engine import Plan
from lakehouse_parity.select import select

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lakehouse_parity.config import Config
    from lakehouse_parity.known import Entry
    from lakehouse_parity.ready import Ready
    from lakehouse_parity.rosters import Begun


class Wanted(Struct, frozen=True):
    """Which probes: those of the suites that the patterns match; of either, none means all."""

    suites: Sequence[str] = ()
    patterns: Sequence[str] = ()


EVERYTHING = Wanted()


class Ahead(Struct, frozen=True):
    """What need not be made, since an earlier run has made it, or does not have to be waited for."""

    probes: Ready | None = None
    """Where earlier runs kept the probes that they read (`ready.keeping`)."""
    roster: Begun | None = None
    """The roster that is being read already (`rosters.begin`)."""


NOTHING = Ahead()


def load(
    config: Config,
    folder: Path,
    entries: Sequence[Entry] | None = None,
    wanted: Wanted = EVERYTHING,
    ahead: Ahead = NOTHING,
) -> Plan:
    """The plan of the probes in a folder that are wanted, their masks and known list. Raises Mistake.

    Without entries they are those of the known list beside the probes.
    """
    roster = ahead.roster() if ahead.roster else rosters.load(config.roster)
    probes = suite.load(folder, roster, suite.Names(config.provider, config.ollama_provider), ahead.probes)
    return Plan(
        config=config,
        roster=roster,
        probes=select(probes, wanted.suites, wanted.patterns),
        every_probe=frozenset(probe.id for probe in probes),
        masks=suite.load_masks(folder),
        known=known.load(folder / suite.KNOWN_FILE) if entries is None else entries,
    )
