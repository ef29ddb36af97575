"""How far a daemon's spans lag behind its answers.

The harness plays Langfuse in the process that asks, so a daemon can be asked faster than it gets rid of its
spans. Its queue is bounded, and a full one drops some, which is right (SP-3): so it is not filled.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lakehouse_parity.doubles.langfuse import LangfuseSink

MOST = 500
"""Calls answered, whose spans are still to come, with which more is asked."""
PATIENCE = 2.0
"""Seconds without any span after which this daemon is taken for one that sends none."""
_POLL = 0.02


class Backlog:
    """Of one daemon, in its present life."""

    def __init__(self, sink: LangfuseSink | None, runtime: str) -> None:
        self._sink = sink
        self._runtime = runtime
        self._patient = sink is not None
        self.begin()

    def begin(self) -> None:
        """Begin anew with a new life."""
        self._answered, self._told_before = 0, self._told

    def add(self) -> None:
        """Count one more answer."""
        self._answered += 1

    @property
    def _told(self) -> int:
        """Requests that came: one a call, or fewer of a daemon that puts calls together."""
        received = self._sink.received.items() if self._sink is not None else ()
        return sum(count for (runtime, _), count in received if runtime == self._runtime)

    @property
    def _full(self) -> bool:
        return self._patient and self._answered - (self._told - self._told_before) > MOST

    async def room(self) -> None:
        """Wait while too many spans are still to come, as long as any come."""
        told, waited = self._told, 0.0
        while self._full:
            await asyncio.sleep(_POLL)
            waited = waited + _POLL if self._told == told else 0.0
            told = self._told
            self._patient = waited < PATIENCE
