"""Until when answers have to be whole, and who is told that theirs is not."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Protocol


class Deadline(NamedTuple):
    """Until when an answer has to be whole."""

    seconds: float
    """How long that was when the request was begun."""
    at: float
    """The loop's time."""

    @classmethod
    def within(cls, seconds: float) -> Deadline:
        """So many seconds from now."""
        return cls(seconds, asyncio.get_running_loop().time() + seconds)

    def missed(self, came: str) -> str:
        """What is said of an answer that came no further."""
        return f"no whole answer within {self.seconds:g} s; given up {came}"


class Waiting(Protocol):
    """Who waits for an answer."""

    def give_up(self, deadline: Deadline, /) -> None:
        """Wait no longer."""


class Watch:
    """One timer for all exchanges of a client, since nearly all end long before: one each would cost more."""

    def __init__(self) -> None:
        self._waiting: dict[Waiting, Deadline] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, waiting: Waiting, deadline: Deadline) -> None:
        """Tell it at the deadline, unless it ends before."""
        self._waiting[waiting] = deadline
        if self._timer is None or deadline.at < self._timer.when():
            self._set(deadline.at)

    def end(self, waiting: Waiting) -> None:
        """Have nothing more to tell it."""
        self._waiting.pop(waiting, None)

    def close(self) -> None:
        """Tell nobody anything more."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for waiting, deadline in [*self._waiting.items()]:
            if deadline.at <= now:
                self.end(waiting)
                waiting.give_up(deadline)
        if self._waiting:
            self._set(min(deadline.at for deadline in self._waiting.values()))
