"""Lines of a recording as most are: an answer from each side, and nothing else that was seen.

Such a line is read by types alone, in a fifth of the time. Whatever does not fit them is read the long way
(`recorded`), which knows every member and says what is wrong with a line.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct, json

from lakehouse_parity.errors import Place  # noqa: TC001  msgspec reads it
from lakehouse_parity.events import Judged
from lakehouse_parity.model import Answer, Observation, Outcome, Probe, Request, Verdict


class _Text(Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes that are UTF-8."""

    text: str


_NOTHING = _Text("")


class _Request(Struct, frozen=True, forbid_unknown_fields=True):
    method: str
    path: str
    headers: tuple[tuple[_Text, _Text], ...] = ()
    body: _Text = _NOTHING

    def made(self) -> Request:
        headers = tuple([(name.text.encode(), value.text.encode()) for name, value in self.headers])
        return Request(self.method, self.path, headers, self.body.text.encode())


class _Probe(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    suite: str
    clauses: tuple[str, ...]
    request: _Request
    place: Place
    why: str = ""
    trace: str | None = None

    def made(self) -> Probe:
        request = self.request.made()
        return Probe(self.id, self.suite, self.clauses, request, self.place, self.why, trace=self.trace)


class _Answer(Struct, frozen=True, forbid_unknown_fields=True):
    status: int
    headers: tuple[tuple[str, str], ...]
    body: _Text


class _Observation(Struct, frozen=True, forbid_unknown_fields=True):
    answer: _Answer

    def made(self) -> Observation:
        answer = self.answer
        return Observation(Answer(answer.status, answer.headers, answer.body.text.encode()))


class _Judged(Struct, frozen=True, forbid_unknown_fields=True):
    verdict: Verdict
    reason: str


class _Line(Struct, frozen=True, forbid_unknown_fields=True):
    probe: _Probe
    seen: dict[str, _Observation]
    judged: _Judged


_DECODE = json.Decoder(_Line).decode


def event(line: bytes) -> Judged | None:
    """What a line tells; None where it has to be read the long way."""
    try:
        told = _DECODE(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    outcome = Outcome(told.probe.made(), told.judged.verdict, told.judged.reason)
    return Judged(outcome, {side: observation.made() for side, observation in told.seen.items()})
