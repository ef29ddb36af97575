"""What was seen of each probe, as far as a page carries it: bounded, whatever a run weighs.

A probe that is not parity keeps its request and everything that was seen, each text up to LONGEST bytes;
those at parity share a smaller room. What finds no place there is left out as a whole, and counted; from the
first on for which nothing is left, nothing is gathered either.

Every probe of a run comes through here, so what is kept is put together as the text that the page carries.
"""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from lakehouse_parity.events import Judged, Started
from lakehouse_parity.model import Verdict
from lakehouse_parity.redaction import disclosed
from lakehouse_parity.reports.repeating import curls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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


_QUOTED = json.encoder.encode_basestring


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
        elif isinstance(event, Judged) and (not _at_parity(event) or self._may_have_room(event)):
            text = self._exhibit(event)
            if self._has_room(event.outcome.verdict, len(text)):
                self._kept[event.outcome.probe.id] = text

    def of(self, probe: str) -> str | None:
        """What was kept of a probe, as JSON; None where it found no place."""
        return self._kept.get(probe)

    def _may_have_room(self, event: Judged) -> bool:
        """False for one at parity that is too long already by what its sides sent."""
        return self._room_at_parity > 0 and sum(map(_least, event.seen.values())) <= LONGEST_AT_PARITY

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

    def _exhibit(self, event: Judged) -> str:
        request = event.outcome.probe.request
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers]
        members = {
            "request": _message(f"{request.method} {request.path}", headers, request.body),
            "curl": _curls(request, self._runtimes) if len(request.body) <= LONGEST else "[]",
            "seen": _object({side: _observation(told) for side, told in _sides(event.seen)}),
        }
        return _object(members)


def _at_parity(event: Judged) -> bool:
    return event.outcome.verdict is Verdict.PARITY


def _sides(seen: Mapping[str, Observation]) -> list[tuple[str, Observation]]:
    """The second reference only where it is not the first one's twin."""
    return [
        (side, observation)
        for side, observation in seen.items()
        if side != "reference_go" or observation != seen.get("reference")
    ]


def _least(observation: Observation) -> int:
    """How long the text of an observation is at least: what is not ASCII may be shorter as text."""
    answer = (observation.answer.body,) if observation.answer else ()
    told = (*answer, *(observation.rows or ()), *(observation.spans or ()))
    return sum([min(len(data), LONGEST) for data in told if data.isascii()])


def _object(members: Mapping[str, str]) -> str:
    """Members whose values are JSON already."""
    return "{" + ", ".join([f"{_QUOTED(name)}: {text}" for name, text in members.items()]) + "}"


def _array(items: Iterable[str]) -> str:
    return "[" + ", ".join(items) + "]"


def _curls(request: Request, runtimes: Mapping[str, RuntimeFacts]) -> str:
    return _array([f"[{_QUOTED(name)}, {_QUOTED(line)}]" for name, line in curls(request, runtimes)])


def _observation(observation: Observation) -> str:
    """Each surface of which something was seen; no is something too."""
    told = zip(_TOLD(observation), _NAMED, strict=True)
    return (
        "{"
        + ", ".join([label + write(value) for value, (label, write) in told if value or value is False])
        + "}"
    )


def _message(line: str, headers: Iterable[tuple[str, str]], body: bytes) -> str:
    told = _array([_header(name, value) for name, value in headers])
    return f'{{"line": {_QUOTED(line)}, "headers": {told}, "body": {_data(body)}}}'


@lru_cache(maxsize=256)
def _header(name: str, value: str) -> str:
    """Most headers are the same in every message; a trace id never is."""
    return f"[{_QUOTED(name)}, {_QUOTED(disclosed(name, value))}]"


def _data(data: bytes) -> str:
    """Text where it is UTF-8, else base64; with its size where it is cut."""
    cut = f', "of": {len(data)}' if len(data) > LONGEST else ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f'{{"base64": "{base64.b64encode(data[:LONGEST]).decode()}"{cut}}}'
    shown = data[:LONGEST].decode(errors="ignore") if cut else text
    return f'{{"text": {_QUOTED(shown)}{cut}}}'


def _answer(answer: Answer) -> str:
    return _short_answer(answer) if len(answer.body) <= _SHORT else _any_answer(answer)


def _any_answer(answer: Answer) -> str:
    return _message(str(answer.status), answer.headers, answer.body)


_SHORT = 1024
"""Bytes of a body with which an answer is remembered: many probes are given the same short ones."""
_short_answer = lru_cache(maxsize=512)(_any_answer)


def _calls(calls: Iterable[ModelRequest]) -> str:
    return _array([_message(f"POST {call.path}", call.headers, call.body) for call in calls])


def _texts(texts: Iterable[bytes]) -> str:
    return _array(map(_data, texts))


def _yes_or_no(holds: bool) -> str:  # noqa: FBT001  one value of several kinds
    return _QUOTED("yes" if holds else "no")


_SURFACES: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "answer": ("answer", _answer),
    "model requests": ("model_requests", _calls),
    "session rows": ("rows", _texts),
    "spans": ("spans", _texts),
    "traces": ("traces", _texts),
    "in time": ("in_time", _yes_or_no),
    "usage": ("usage", _data),
    "extraction": ("extraction", _data),
    "failure": ("failure", _QUOTED),
}
"""The name that people read, with the member and how it is written."""
_TOLD = attrgetter(*(member for member, _ in _SURFACES.values()))
_NAMED = [(f"{_QUOTED(name)}: ", write) for name, (_, write) in _SURFACES.items()]
