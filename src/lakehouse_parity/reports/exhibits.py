"""What was seen of each probe, as far as a page carries it: bounded, whatever a run weighs.

A probe that is not parity keeps its request and everything that was seen, each text up to LONGEST bytes;
those at parity share a smaller room. What finds no place there is left out as a whole, and counted; from the
first on for which nothing is left, nothing is gathered either.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from lakehouse_parity.events import Judged, Started
from lakehouse_parity.model import Verdict
from lakehouse_parity.redaction import redacted
from lakehouse_parity.reports.repeating import curls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lakehouse_parity.events import Event, RuntimeFacts
    from lakehouse_parity.model import Answer, ModelRequest, Observation, Request

LONGEST = 32 * 1024
"""Bytes of one text that are kept."""
ROOM = 24 * 1024 * 1024
"""Characters for probes that are not parity."""
ROOM_AT_PARITY = 2 * 1024 * 1024
"""Characters for the others, all together."""
LONGEST_AT_PARITY = 8 * 1024
"""Characters for one of them, so that a few large ones do not push out the rest."""


_JSON = json.JSONEncoder(ensure_ascii=False).encode


class Exhibits:
    """A listener that keeps what a page shows on demand."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}
        self._runtimes: Mapping[str, RuntimeFacts] = {}
        self._room, self._room_at_parity = ROOM, ROOM_AT_PARITY

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, Started):
            self._runtimes = event.runtimes
        elif isinstance(event, Judged) and (self._room_at_parity or not _at_parity(event)):
            text = _JSON(self._exhibit(event))
            if self._has_room(event.outcome.verdict, len(text)):
                self._kept[event.outcome.probe.id] = text

    def of(self, probe: str) -> str | None:
        """What was kept of a probe, as JSON; None where it found no place."""
        return self._kept.get(probe)

    def _has_room(self, verdict: Verdict, size: int) -> bool:
        if verdict is Verdict.PARITY:
            if size > LONGEST_AT_PARITY:
                return False
            fits = size <= self._room_at_parity
            self._room_at_parity -= size if fits else self._room_at_parity
        else:
            fits = size <= self._room
            self._room -= size if fits else 0
        return fits

    def _exhibit(self, event: Judged) -> dict[str, Any]:
        request = event.outcome.probe.request
        short = len(request.body) <= LONGEST
        return {
            "request": _request(request),
            "curl": curls(request, self._runtimes) if short else [],
            "seen": {side: _observation(observation) for side, observation in _sides(event.seen)},
        }


def _at_parity(event: Judged) -> bool:
    return event.outcome.verdict is Verdict.PARITY


def _sides(seen: Mapping[str, Observation]) -> list[tuple[str, Observation]]:
    """The second reference only where it is not the first one's twin."""
    return [
        (side, observation)
        for side, observation in seen.items()
        if side != "reference_go" or observation != seen.get("reference")
    ]


def _request(request: Request) -> dict[str, Any]:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in redacted(request.headers)]
    return {"line": f"{request.method} {request.path}", "headers": headers, "body": _data(request.body)}


def _observation(observation: Observation) -> dict[str, Any]:
    found = {
        "answer": observation.answer and _answer(observation.answer),
        "model requests": observation.model_requests and [*map(_call, observation.model_requests)],
        "session rows": observation.rows and [*map(_data, observation.rows)],
        "spans": observation.spans and [*map(_data, observation.spans)],
        "traces": observation.traces and [*map(_data, observation.traces)],
        "in time": "" if observation.in_time is None else "yes" if observation.in_time else "no",
        "usage": observation.usage and _data(observation.usage),
        "extraction": observation.extraction and _data(observation.extraction),
        "failure": observation.failure,
    }
    return {name: value for name, value in found.items() if value}


def _answer(answer: Answer) -> dict[str, Any]:
    return {"line": str(answer.status), "headers": redacted(answer.headers), "body": _data(answer.body)}


def _call(call: ModelRequest) -> dict[str, Any]:
    return {"line": f"POST {call.path}", "headers": redacted(call.headers), "body": _data(call.body)}


def _data(data: bytes) -> dict[str, Any]:
    """Text where it is UTF-8, else base64; with its size where it is cut."""
    cut = {"of": len(data)} if len(data) > LONGEST else {}
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data[:LONGEST]).decode(), **cut}
    return {"text": data[:LONGEST].decode(errors="ignore") if cut else text, **cut}
