"""Whether answers wait for a Langfuse that fails (SP-3).

What counts is the time from the model's last word to the answer. One answer may be held up by whatever else
the machine does, so the fastest of those that meet the same failure decides, unless one waits so long that
nothing else explains it.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity.doubles.langfuse.sink import SLOW
from lakehouse_parity.model import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lakehouse_parity.doubles import Doubles
    from lakehouse_parity.model import Observation, Outage, Probe
    from lakehouse_parity.targets.daemon import DaemonTarget

    Kind = tuple[str, Outage | None]
    """A runtime, and how Langfuse fails it."""

FOR_CERTAIN = SLOW / 2
"""Seconds that show of one answer alone that it waited for a slow Langfuse."""
LATE = 0.2
"""Seconds that the fastest answer of several does not take on an idle machine."""
_PINGS = 10
"""On a busy one it may take so many times as long as the least answer of the daemon, besides."""


class Promptness:
    """How long the answers of one round took, on a machine as busy as all rounds show it."""

    def __init__(self) -> None:
        self._pings: dict[str, list[float]] = defaultdict(list)
        """Of all rounds: in a round of one probe a single slow one would excuse whatever waits."""
        self.begin()

    def begin(self) -> None:
        """Begin anew with a new round."""
        self._waited: dict[Kind, dict[str, float]] = defaultdict(dict)
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def timed(self, target: DaemonTarget, probe: Probe, doubles: Doubles) -> Observation:
        """Ask one probe after the other, so that nothing holds up several; once one waits, all at once."""
        name = target.runtime.name
        async with self._turns[name]:
            self._pings[name].append(await target.ping())
            if not self._waits(name):
                return await self._asked(target, probe, doubles)
        return await self._asked(target, probe, doubles)

    def _waits(self, name: str) -> bool:
        longest = (max(waited.values()) for (who, _), waited in self._waited.items() if who == name)
        return any(seconds >= FOR_CERTAIN for seconds in longest)

    async def _asked(self, target: DaemonTarget, probe: Probe, doubles: Doubles) -> Observation:
        name, began = target.runtime.name, time.time()
        observation = await target.observe(probe)
        answered = doubles.model.answered(name, probe.model) if doubles.model is not None else None
        waited = self._waited[name, probe.outage][probe.id] = time.time() - (answered or began)
        return replace(observation, surely_late=waited >= FOR_CERTAIN)

    def told(self, probe: Probe, seen: Mapping[str, Observation]) -> dict[str, Observation]:
        """The observations with whether each runtime's answer came in time."""
        timed = {
            name: replace(seen[name], in_time=self._in_time(name, probe, seen[name])) for name in RUNTIMES
        }
        return {**seen, **timed}

    def _in_time(self, name: str, probe: Probe, observation: Observation) -> bool | None:
        waited = self._waited.get((name, probe.outage), {})
        if probe.id not in waited:
            return None
        late = LATE + _PINGS * median(self._pings[name])
        return not observation.surely_late and min(waited.values()) < late
