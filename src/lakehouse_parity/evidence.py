"""The spans of one probe as a document, with what only the whole story can tell.

Ids and times differ from runtime to runtime, so they are masked; what must hold between them is
computed here and compared like any other member.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lakehouse_parity import lossless

if TYPE_CHECKING:
    from lakehouse_parity.model import ModelRequest, Observation, Tree

CLOCK_STEP = 0.002
"""Seconds that a time written in milliseconds, cut or rounded, may be off at both ends."""


def span_documents(observation: Observation) -> Tree:
    """One document per span in the order of their iterations, each with its `holds` predicates."""
    spans = sorted((lossless.parse(span) for span in observation.spans or ()), key=_iteration)
    row_ids = _row_span_ids(observation)
    calls = observation.model_requests or ()
    return [
        {"holds": _holds(span, spans[index + 1 : index + 2], row_ids, calls[index : index + 1]), **span}
        for index, span in enumerate(spans)
    ]


def _iteration(span: Tree) -> tuple[bool, int]:
    metadata = span.get("metadata") if isinstance(span, dict) else None
    iteration = metadata.get("iteration") if isinstance(metadata, dict) else None
    return (False, int(iteration)) if isinstance(iteration, bytes) and iteration.isdigit() else (True, 0)


def _row_span_ids(observation: Observation) -> list[Tree] | None:
    """The ids that the rows name; None where rows are not looked at."""
    if observation.rows is None:
        return None
    ids: list[Tree] = []
    for line in observation.rows:
        try:
            row = lossless.parse(line)
            ids += [attempt.get("span_id") for attempt in row["attempts"]]
        except (lossless.NotJson, KeyError, TypeError, AttributeError):
            continue  # an odd row is a difference of its own surface
    return ids


def _holds(
    span: Tree, following: list[Tree], row_ids: list[Tree] | None, calls: tuple[ModelRequest, ...]
) -> Tree:
    start, end = _instant(span.get("startTime")), _instant(span.get("endTime"))
    if start is None or end is None:
        return {"times are readable": False}
    next_start = _instant(following[0].get("startTime")) if following else None
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


def _instant(value: Tree) -> float | None:
    try:
        return datetime.fromisoformat(value).timestamp()
    except (TypeError, ValueError):
        return None
