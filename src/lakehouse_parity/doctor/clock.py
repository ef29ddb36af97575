"""How far a daemon's clock is off, by what it wrote about one call."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.doctor.check import Check, good, left, missing
from lakehouse_parity.evidence import CLOCK_STEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.doctor.call import Call
    from lakehouse_parity.model import Tree

CLOSE = 1.0
"""Seconds that the Date header and a row's timestamp may be off; a span is held against the call to 2 ms."""

_REMEDY = "set both machines' clocks by one time server: spans are held against the moments of model calls"


def clock(name: str, call: Call) -> Check:
    """The first of span, row and Date header that is off, or that they all are right."""
    said = list(_said(call))
    if not said:
        return left(name, "it gave neither a span, a row nor a Date header with a moment in it")
    for source, off, allowed in said:
        if abs(off) > allowed:
            direction = "ahead of" if off > 0 else "behind"
            return missing(name, f"{abs(off):.3g} s {direction} this machine's, by {source}", _REMEDY)
    source, _, allowed = said[0]
    return good(name, f"within {allowed:g} s of this machine's, by {source}")


def _said(call: Call) -> Iterator[tuple[str, float, float]]:
    """(source, seconds that it is off, seconds that it may be off), the most exact first."""
    for span in call.spans[:1]:
        body = _object(span)
        start, end = _moment(body.get("startTime")), _moment(body.get("endTime"))
        if start is not None and end is not None and call.calls:
            yield "its span", _around(start, end, call.calls[0].received, call.calls[0].answered), CLOCK_STEP
    for row in call.rows[:1]:
        moment = _moment(_object(row.line).get("timestamp"))
        if moment is not None:
            yield "its session row", _off(moment, call.asked_at, call.answered_at), CLOSE
    date = _date(call.answer.header("date")) if call.answer is not None else None
    if date is not None:
        yield "its Date header", _off(date, call.asked_at - 1, call.answered_at), CLOSE


def _off(moment: float, earliest: float, latest: float) -> float:
    """How far a moment lies outside of when it can have been."""
    return min(moment - earliest, 0.0) + max(moment - latest, 0.0)


def _around(start: float, end: float, received: float, answered: float) -> float:
    """How far a span is off that has to begin before its call and to end after it."""
    return max(start - received, 0.0) or min(end - answered, 0.0)


def _object(line: bytes) -> dict[str, Tree]:
    try:
        found = lossless.parse(line)
    except lossless.NotJson:
        return {}
    return found if isinstance(found, dict) else {}


def _moment(value: Tree) -> float | None:
    try:
        return datetime.fromisoformat(value).timestamp()
    except (TypeError, ValueError):
        return None


def _date(value: str | None) -> float | None:
    try:
        return None if value is None else parsedate_to_datetime(value).timestamp()
    except ValueError:
        return None
