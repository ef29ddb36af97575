"""What a run tells its listeners, in order: one `Started`, many `Judged`, one `Finished`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lakehouse_parity.model import Observation, Outcome


class RuntimeFacts(Struct, frozen=True):
    """What is known of one runtime."""

    url: str
    daemon: str
    dialect: str
    version: str = ""
    bundled: str = ""
    """Empty for a live daemon; `daemon` or `reference` for one that the harness started."""


class Started(Struct, frozen=True):
    """The run begins: what is asked, and how much."""

    at: str
    runtimes: Mapping[str, RuntimeFacts]
    planned: int


class Judged(Struct, frozen=True):
    """One probe has its outcome; `seen` is what it was judged by, empty where nothing was asked."""

    outcome: Outcome
    seen: Mapping[str, Observation] = field(default_factory=dict)


class Finished(Struct, frozen=True):
    """The run ends."""

    duration_ms: int
    problems: tuple[str, ...] = ()
    """Known entries that no longer occur, masks that never fired: each fails the run in its own words."""
    unobserved: tuple[str, ...] = ()
    """What could not be looked at: each leaves the run without a verdict."""


Event = Started | Judged | Finished
