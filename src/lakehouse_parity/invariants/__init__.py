"""What must hold within one runtime, whatever the probe: all that it shows of a call is one story.

The answer, the session row, the spans and the model requests of one call are held against each other
and against the request, and each document against its schema. No reference is needed, and numbers are
compared by value, so it holds in every dialect and for models whose answers nobody can foretell.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from lakehouse_parity.invariants import answers, attempts, ids, rows, shapes, times
from lakehouse_parity.invariants.model import OneOf, Violation, at
from lakehouse_parity.invariants.story import ACCEPTED, EXHAUSTED, FAILED, asked_of, tell
from lakehouse_parity.model import Surface

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lakehouse_parity.invariants.model import Where
    from lakehouse_parity.invariants.story import Asked
    from lakehouse_parity.model import ModelRequest, Observation, Probe
    from lakehouse_parity.normalise import Documents

__all__ = ["Violation", "violations"]

ITERATE = "/v1/iterate"
_STATUSES = (ACCEPTED, EXHAUSTED, FAILED)


def violations(probe: Probe, observation: Observation, documents: Documents) -> Iterator[Violation]:
    """Every place where a runtime's observation contradicts itself, its request or a schema.

    `documents` are the observation's; a surface that was not looked at is not used, and a refused
    request, whose answer is free, tells no story. An iterate call without a model and a script is not
    looked at. One lie is told once: what lies within a reported place, or is known by one, is not reported.
    """
    iterate = probe.request.path.partition("?")[0] == ITERATE
    if iterate and not probe.converses:
        return
    reported: list[Where] = []
    requests = observation.model_requests or ()
    story = _story(probe, documents, requests) if iterate else ()
    for violation in chain(shapes.violations(probe, observation, documents), story):
        if not any(_covers(place, violation) for place in reported):
            reported.append((violation.surface, violation.path))
            yield violation


def _covers(place: Where, violation: Violation) -> bool:
    """Whether a violation lies within a place that is reported, or is known by one."""
    surface, path = place
    own = (violation.surface, violation.path)
    return any(surface is other and path == way[: len(path)] for other, way in (own, violation.told or own))


def _story(probe: Probe, documents: Documents, requests: Sequence[ModelRequest]) -> Iterator[Violation]:
    asked = asked_of(probe.request) if Surface.BODY in documents else None
    if asked is not None:
        yield from _whole(documents)
        if int(documents[Surface.STATUS]) in _STATUSES:
            yield from _told(asked, documents, requests)


def _whole(documents: Documents) -> Iterator[Violation]:
    """IT-15, IT-16, IT-19: one of three answers; IT-26: its content type; SE-1: exactly one row."""
    status, row = documents[Surface.STATUS], documents.get(Surface.SESSION_ROW)
    if int(status) not in _STATUSES:
        yield Violation(Surface.STATUS, (), "IT-15", "(200, 422 or 502)", status)
    elif documents[Surface.HEADER] != {"content-type": (kind := _content_type(int(status)))}:
        path, told = ("content-type",), (Surface.STATUS, ())
        yield Violation(Surface.HEADER, path, "IT-26", kind, at(documents[Surface.HEADER], path), told)
    if isinstance(row, list):
        yield Violation(Surface.SESSION_ROW, (), "SE-1", "(exactly one row)", row)


def _content_type(status: int) -> str:
    return "text/plain" if status == FAILED else "application/json"


def _told(asked: Asked, documents: Documents, requests: Sequence[ModelRequest]) -> Iterator[Violation]:
    story = tell(asked, documents, requests)
    if story is None:
        if documents[Surface.STATUS] == b"502":
            text = "(/v1/chat hop failed at iter i: and the cause)"
            yield Violation(Surface.BODY, (), "IT-19", text, documents[Surface.BODY], (Surface.STATUS, ()))
        return
    chapters = (answers, ids, rows, times, attempts)
    for claim in chain.from_iterable(chapter.claims(story) for chapter in chapters):
        found = at(documents.get(claim.surface), claim.path)
        if not claim.holds(found):
            expected = str(claim.value) if isinstance(claim.value, OneOf) else claim.value
            yield Violation(claim.surface, claim.path, claim.clause, expected, found, claim.told)
