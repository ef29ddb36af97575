"""How a budget is cut into shards."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity.fuzz.shards import Shard, seed_of

if TYPE_CHECKING:
    from collections.abc import Iterator

LEG = 15.0
"""Seconds of a shard of a campaign that is bounded by time; the last one may take twice as long."""
LEAST = 0.2
"""Seconds for which no further shard is begun."""
SIZES = {"extract": 50_000, "validate": 500, "iterate": 200}
"""Examples of a shard of a campaign that is bounded by examples."""


class Plan(Struct, frozen=True):
    """A campaign: what is asked, from which seed, for how long."""

    chapter: str
    seed: int
    seconds: float | None = None
    examples: int | None = None

    def shards(self) -> Iterator[Shard]:
        """The shards; those of a bounded number of examples are the same every time."""
        return self._counted(self.examples) if self.seconds is None else self._timed(self.seconds)

    def _counted(self, examples: int | None) -> Iterator[Shard]:
        size, left, index = SIZES[self.chapter], examples or 0, 0
        while left > 0:
            yield Shard(index, seed_of(self.seed, index), None, min(size, left))
            left, index = left - size, index + 1

    def _timed(self, seconds: float) -> Iterator[Shard]:
        ends, left, index = time.monotonic() + seconds, self.examples, 0
        while (remaining := ends - time.monotonic()) > LEAST and (left is None or left > 0):
            size = None if left is None else min(left, SIZES[self.chapter])
            yield Shard(index, seed_of(self.seed, index), LEG if remaining > 2 * LEG else remaining, size)
            left, index = None if left is None else left - SIZES[self.chapter], index + 1
