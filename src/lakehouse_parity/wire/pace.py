"""At most so many requests a second, evenly spaced: what a live system is asked to bear."""

from __future__ import annotations

import asyncio


class Pace:
    """Lets through one after the other, each a fixed time behind the last. One for each address."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for one's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next)
        self._next = turn + self._gap
        if turn > now:
            await asyncio.sleep(turn - now)
