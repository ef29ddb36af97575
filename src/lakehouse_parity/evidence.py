"""The spans of one probe as a document, with what only the whole story can tell.

Ids and times differ from runtime to runtime, so they are masked; what must hold between them is
computed here and compared like any other member.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

from lakehouse_parity import lossless

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lakehouse_parity.compare import Missing
    from lakehouse_parity.model import ModelRequest, Observation, Tree

ORDER = "sent in order"

CLOCK_STEP = 0.002
"""Seconds that a time written in milliseconds, cut or rounded, may be off at both ends."""


def span_documents(observation: Observation) -> Tree:
    """One document per span in the order of their iterations, each with its `holds` predicates.

    The first has the `trace` in which they hang too, as often as it was made.
    """
    sent = [lossless.parse(span) for span in observation.spans or ()]
    spans = sorted(sent, key=_iteration)
    row_ids = None if observation.rows is None else row_span_ids(observation.rows)
    calls = observation.model_requests or ()
    ordered = _sent_in_order(sent, spans)
    documents = [
        {"holds": {**_holds(span, _next(span, spans), row_ids, _calls(span, calls)), **order}, **span}
        for span, order in zip(spans, ordered, strict=True)
    ]
    return _with_traces(documents, observation.traces)


def _sent_in_order(sent: list[Tree], spans: list[Tree]) -> list[Tree]:
    """SP-5: whether each span came behind the one of the turn before."""
    came = [next(place for place, other in enumerate(sent) if other is span) for span in spans]
    return [{ORDER: before < place} for before, place in zip([-1, *came], came, strict=False)]


def _with_traces(documents: list[Tree], traces: tuple[bytes, ...] | None) -> list[Tree]:
    """The documents, the first of them with the traces; where there is no span, the traces alone."""
    if traces is None:
        return documents
    first, *others = documents or [{}]
    told = [_trace(lossless.parse(body), first.get("traceId")) for body in traces]
    return [{**first, "trace": told}, *others] if documents or told else []


def _trace(body: Tree, trace_id: Tree) -> Tree:
    """SP-5 asks for an id and a name and is open for more; an id is told where it is not the span's.

    The id of the event is told where it is another's too (SP-4).
    """
    told = {name: body[name] for name in ("name", "eventId") if name in body}
    return told if body.get("id") == trace_id else {"id": body.get("id"), **told}


def _iteration(span: Tree) -> float:
    """Which turn it was; behind all others where the span does not say."""
    metadata = span.get("metadata") if isinstance(span, dict) else None
    iteration = metadata.get("iteration") if isinstance(metadata, dict) else None
    return float(iteration) if isinstance(iteration, bytes) and iteration.isdigit() else math.inf


def _next(span: Tree, spans: list[Tree]) -> Tree | None:
    """The span of the next turn: a second one of the same turn is wrong, but does not overlap."""
    return next((other for other in spans if _iteration(other) > _iteration(span)), None)


def _calls(span: Tree, calls: tuple[ModelRequest, ...]) -> tuple[ModelRequest, ...]:
    """The call of the span's own turn, if there was one."""
    iteration = _iteration(span)
    return (calls[int(iteration)],) if iteration < len(calls) else ()


def row_span_ids(rows: Iterable[bytes]) -> list[Tree]:
    """The ids of spans that the rows name."""
    ids: list[Tree] = []
    for line in rows:
        try:
            row = lossless.parse(line)
            ids += [attempt.get("span_id") for attempt in row["attempts"]]
        except (lossless.NotJson, KeyError, TypeError, AttributeError):
            continue  # an odd row is a difference of its own surface
    return ids


def _holds(
    span: Tree, following: Tree | None, row_ids: list[Tree] | None, calls: tuple[ModelRequest, ...]
) -> Tree:
    start, end = instant(span.get("startTime")), instant(span.get("endTime"))
    if start is None or end is None:
        return {"times are readable": False}
    next_start = instant(following.get("startTime")) if following is not None else None
    return {
        "start is not after end": start <= end,
        "encloses its model call": all(_encloses(start, end, call) for call in calls),
        "ends before the next starts": next_start is None or end <= next_start,
        **({} if row_ids is None else {"id stands in the session row": _id_in_row(span, row_ids)}),
    }


def _id_in_row(span: Tree, row_ids: list[Tree]) -> bool:
    """An infrastructure error's row names its last attempt only (SE-13), so others may be missing there."""
    return span.get("id") in row_ids


def _encloses(start: float, end: float, call: ModelRequest) -> bool:
    return start - CLOCK_STEP <= call.received and call.answered <= end + CLOCK_STEP


def instant(value: Tree | Missing) -> float | None:
    """A moment in RFC 3339 as seconds since 1970; None where it is none."""
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except ValueError:
        return None
