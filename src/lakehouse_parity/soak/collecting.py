"""Rows and spans, which come on other ways than the answers: awaited with a deadline, and then for quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.model import RUNTIMES
from lakehouse_parity.patience import Patience

if TYPE_CHECKING:
    from lakehouse_parity.soak.log import Log
    from lakehouse_parity.soak.stories import Evidence

DEADLINE = 10.0
"""Seconds that rows and spans may take after the last answer (SE-5)."""
QUIET = 0.25
"""Seconds without a further line after which no more is expected."""


class Collecting:
    """Reads the log, if there is one, and looks for spans, if they are wired."""

    def __init__(self, evidence: Evidence, log: Log | None) -> None:
        self._evidence = evidence
        self._log = log

    async def settle(self) -> None:
        """Wait until every row and span that has to come is there and all is quiet, or for the deadline."""
        patience = Patience()
        waiting = {(seat.name, number) for seat in self._evidence.seats.values() for number in seat.due}
        while patience.in_all < DEADLINE:
            if self._read():
                patience.begin()
            waiting = {owner for owner in waiting if self._lacks(*owner)}
            if not waiting and patience.waited >= QUIET:
                break
            await patience.turn()
        self._finish()

    def _read(self) -> int:
        rows = self._evidence.rows
        if self._log is None or rows is None:
            return 0
        before = rows.lines
        for line in self._log.read():
            rows.take(line)
        return rows.lines - before

    def _finish(self) -> None:
        rows = self._evidence.rows
        if self._log is not None and rows is not None:
            for line in self._log.rest():
                rows.take(line)
            rows.settle(RUNTIMES)

    def _lacks(self, runtime: str, number: int) -> bool:
        """Tell whether a row or a span of an answered call is still to come."""
        rows, sink = self._evidence.rows, self._evidence.sink
        if rows is not None and (runtime, number) not in rows.own:
            return True
        calls = self._evidence.calls
        if sink is None or calls.is_minted(number) or calls.leaves(number):
            return False
        if self._evidence.seats[runtime].of_ended_life(number):
            return False  # its spans may have gone with the daemon
        spans = sink.take(runtime, calls.trace(number))
        return len(spans) < len(self._evidence.playing.requests.get((runtime, number), ()))
