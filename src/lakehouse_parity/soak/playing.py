"""The model of a soak: it knows each call by the mark that its messages begin with, and answers in waves."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity.soak.calls import LEFT, MODELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_parity.doubles.provider import Conversation, ScriptedModel
    from lakehouse_parity.model import ModelRequest, Step
    from lakehouse_parity.soak.calls import Calls

WAVE = 0.005
"""Seconds from one wave of answers to the next."""
CROWD = "soak"
"""The meeting of the first calls, by which it shows how many a runtime serves at once (IT-28)."""
_CROWD = 48
"""Calls that meet at most: more than limits that are set out of habit, and fewer than clients pool."""
_THINKING = 0.1
"""Seconds that the model takes for a call whose caller goes away meanwhile."""


class Playing:
    """What each runtime asked of the model, call by call."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.requests: dict[tuple[str, int], list[ModelRequest]] = defaultdict(list)
        self._crowd = 0
        self._came: Counter[str] = Counter()
        self.strays: list[tuple[str, bytes]] = []
        """Requests in which no call's mark stands, with the runtime that made them."""

    def begin(self, model: ScriptedModel, in_flight: int) -> None:
        """Answer in place of scripts by name; the first calls when most of those in flight have come."""
        self._crowd = min(_CROWD, min(in_flight, len(self._calls)) * 3 // 4)
        model.meetings.call(CROWD, self._crowd)
        for name in (*MODELS, LEFT):
            model.cast(name, self._conversation)

    def end(self, model: ScriptedModel) -> None:
        """Answer no more."""
        for name in (*MODELS, LEFT):
            model.forget(name)

    def asked(self, runtime: str, number: int) -> bool:
        """Tell whether a runtime has asked the model for a call."""
        return bool(self.requests.get((runtime, number)))

    def _conversation(self, runtime: str, body: bytes) -> Conversation | None:
        found = self._calls.pattern.search(body)
        number = int(found[1]) if found else len(self._calls)
        if number >= len(self._calls):
            self.strays.append((runtime, body))
            return None
        script, requests = self._calls[number].probe.script, self.requests[runtime, number]
        if self._calls.leaves(number):
            return [replace(step, delay=_THINKING) for step in script], requests
        if self._came[runtime] < self._crowd and not requests:
            self._came[runtime] += 1
            delay = self._came[runtime] * WAVE
            return [replace(step, meets=CROWD, delay=delay) for step in script], requests
        return self._in_waves(script), requests

    def _in_waves(self, script: Sequence[Step]) -> list[Step]:
        """Answer together with all that ask until the next wave: so rows are written at one moment."""
        delay = WAVE - time.time() % WAVE
        return [replace(step, delay=delay) for step in script]
