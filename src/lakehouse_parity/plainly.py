"""Lines of a recording as most are: an answer from each side, and nothing else that was seen.

Such a line is written and read by types alone, in a part of the time. Whatever does not fit them goes the
long way (`recording`, `recorded`), which knows every member, and says what is wrong with a line.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, json

from lakehouse_parity.errors import Place  # noqa: TC001  msgspec reads it
from lakehouse_parity.events import Judged
from lakehouse_parity.model import Answer, Observation, Outcome, Probe, Request, Verdict
from lakehouse_parity.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Text(Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes that are UTF-8."""

    text: str


class _Request(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    method: str
    path: str
    headers: tuple[tuple[_Text, _Text], ...] = ()
    body: _Text | None = None

    @classmethod
    def of(cls, request: Request) -> _Request:
        headers = tuple(
            [(_Text(name.decode()), _Text(value.decode())) for name, value in redacted(request.headers)]
        )
        body = _Text(request.body.decode()) if request.body else None
        return cls(request.method, request.path, headers, body)

    def made(self) -> Request:
        headers = tuple([(name.text.encode(), value.text.encode()) for name, value in self.headers])
        return Request(self.method, self.path, headers, self.body.text.encode() if self.body else b"")


class _Probe(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    id: str
    suite: str
    clauses: tuple[str, ...]
    request: _Request
    place: Place
    why: str = ""
    trace: str | None = None

    @classmethod
    def of(cls, probe: Probe) -> _Probe:
        request = _Request.of(probe.request)
        return cls(probe.id, probe.suite, probe.clauses, request, probe.place, probe.why, probe.trace)

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


_DECODE, _ENCODE = json.Decoder(_Line).decode, json.Encoder().encode


def event(line: bytes) -> Judged | None:
    """What a line tells; None where it has to be read the long way."""
    try:
        told = _DECODE(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    outcome = Outcome(told.probe.made(), told.judged.verdict, told.judged.reason)
    return Judged(outcome, {side: observation.made() for side, observation in told.seen.items()})


def line(event: Judged) -> str | None:
    """The line that tells it; None where it has to be written the long way."""
    outcome, probe = event.outcome, event.outcome.probe
    if outcome.stability is not None or _BESIDE_PROBE(probe) != _USUAL_PROBE or not probe.place.line:
        return None
    try:
        seen = _seen(event.seen)
        if seen is None:
            return None
        told = _Line(_Probe.of(probe), seen, _Judged(outcome.verdict, outcome.reason))
        return _ENCODE(told).decode() + "\n"
    except UnicodeError:  # bytes that are no text, or half a surrogate pair
        return None


def _seen(seen: Mapping[str, Observation]) -> dict[str, _Observation] | None:
    found = {}
    for side, observation in seen.items():
        answer = observation.answer
        if answer is None or _BESIDE_ANSWER(observation) != _USUAL_ANSWER:
            return None
        told = _Answer(answer.status, redacted(answer.headers), _Text(answer.body.decode()))
        found[side] = _Observation(told)
    return found


_PLAIN_ONES = {*_Probe.__struct_fields__}
_PROBE = [name for name in Probe.__struct_fields__ if name not in _PLAIN_ONES]
_BESIDE_PROBE = attrgetter(*_PROBE)
_DEFAULTS = dict(zip(reversed(Probe.__struct_fields__), reversed(Probe.__struct_defaults__), strict=False))
_USUAL_PROBE = tuple(_DEFAULTS[name] for name in _PROBE)
_BESIDE_ANSWER = attrgetter(*Observation.__struct_fields__[1:])
_USUAL_ANSWER = Observation.__struct_defaults__[1:]
"""What a probe and an observation have beside what a line tells, and what that is mostly."""
