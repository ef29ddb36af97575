"""How much is asked, and in what mixture."""

from __future__ import annotations

import time

from msgspec import Struct, field

from lakehouse_parity.errors import Mistake

CALLS = 2000
MINTED = 10_000
CONCURRENCY = 64
MOST_CALLS = 1_000_000
"""Marks have six digits."""


class Load(Struct, frozen=True):
    """One soak. Each daemon is asked every call, by as many at once as `concurrency` says."""

    calls: int = CALLS
    """Calls that bring their trace id, each with contents of its own."""
    minted: int = MINTED
    """Short calls that bring none, so that one is minted."""
    concurrency: int = CONCURRENCY
    restarts: int = 0
    """How often a daemon is ended and started again, each in turn, killed and asked to end in turn."""
    seed: int = 0
    """Of the mixture: which calls end how, and how large they are."""
    seconds: float = 60.0
    """How long one answer may take."""
    run: str = field(default_factory=lambda: f"{time.time_ns() // 1000:x}"[-8:])
    """Marks everything that this soak sends, so that it can be told apart in a shared log."""

    def __post_init__(self) -> None:
        for name, least in (("calls", 1), ("minted", 0), ("concurrency", 1), ("restarts", 0)):
            if getattr(self, name) < least:
                raise Mistake(f"--{name} has to be at least {least}")
        if self.total > MOST_CALLS:
            raise Mistake(f"--calls and --minted together have to be at most {MOST_CALLS:,}")

    @property
    def total(self) -> int:
        """All calls."""
        return self.calls + self.minted
