"""How long something that comes on another way has been awaited.

What holds this process up holds up too what it looks for: of a turn that took long, only a part counts.
"""

from __future__ import annotations

import asyncio

POLL = 0.01
"""Seconds from one look to the next."""
_MOST = 5 * POLL
"""Seconds of one turn that count."""


class Patience:
    """Seconds of waiting, in turns of one look each: in all, and since something came."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._turned = self._loop.time()
        self.in_all = self.waited = 0.0

    def begin(self) -> None:
        """Something came: what is still awaited is awaited anew."""
        self.waited = 0.0

    async def turn(self) -> None:
        """Let a moment pass before the next look."""
        await asyncio.sleep(POLL)
        now = self._loop.time()
        passed, self._turned = min(now - self._turned, _MOST), now
        self.in_all += passed
        self.waited += passed
