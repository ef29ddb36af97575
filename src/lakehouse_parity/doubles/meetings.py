"""Calls that meet at the scripted model: the first are answered when the last has come.

So it shows whether a runtime serves calls at once (IT-28), and no honest one waits. The deadline is for those
that do not: whoever is there by then is answered, and all of that meeting have missed each other.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Hashable

DEADLINE = 5.0
"""Seconds from the first to the last who comes; a busy machine needs a part of one."""

_TWO = 2


class _Meeting(Struct):
    """One meeting of one runtime's calls."""

    size: int
    over: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    there: set[Hashable] = field(default_factory=set)

    def end(self, *, met: bool) -> None:
        if not self.over.done():
            self.over.set_result(met)


class Meetings:
    """Meetings by name; each runtime's calls meet among themselves."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._meetings: dict[tuple[str, str], _Meeting] = {}

    def call(self, name: str, size: int) -> None:
        """Have so many calls meet from now on, at every runtime; one alone meets nobody."""
        self._sizes[name] = size
        self._meetings = {key: meeting for key, meeting in self._meetings.items() if key[1] != name}

    def come(self, runtime: str, name: str, who: Hashable) -> asyncio.Future[bool] | None:
        """Tell when a call may be answered, and whether all have met by then; None without a meeting."""
        if self._sizes.get(name, 0) < _TWO:
            return None
        key = (runtime, name)
        if key not in self._meetings:
            self._meetings[key] = _Meeting(self._sizes[name])
            asyncio.get_running_loop().call_later(DEADLINE, partial(self._meetings[key].end, met=False))
        meeting = self._meetings[key]
        meeting.there.add(who)
        if len(meeting.there) >= meeting.size:
            meeting.end(met=True)
        return meeting.over
