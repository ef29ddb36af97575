"""Spans: what Langfuse is told of a call, if it is configured (chapter SP)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lakehouse_spec.dialects import Json
    from lakehouse_spec.iterate import Attempt, Finished

INGESTION_PATH = "/api/public/ingestion"
"""Where below its base URL Langfuse takes events, with basic authentication (SP-4)."""


class Stamp(NamedTuple):
    """What one attempt's span has that the attempt itself has not."""

    span_id: str | None
    """The span's id, 16 lower-case hexadecimal digits; None without Langfuse (SP-2)."""
    started: datetime
    """In front of the model call."""
    ended: datetime
    """Behind it, and not before `started` (SP-9)."""


def instant(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC, with six fraction digits (SP-9)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def trace(trace_id: str) -> dict[str, Json]:
    """Build the body of the call's one `trace-create` (SP-5)."""
    return {"id": trace_id, "name": "iterate"}


def spans(finished: Finished, stamps: tuple[Stamp, ...], trace_id: str) -> tuple[dict[str, Json], ...]:
    """Build the body of a `span-create` for each attempt in order, failed ones included (SP-5, SP-8)."""
    return tuple(
        _span(finished, attempt, stamp, trace_id)
        for attempt, stamp in zip(finished.attempts, stamps, strict=True)
    )


def _span(finished: Finished, attempt: Attempt, stamp: Stamp, trace_id: str) -> dict[str, Json]:
    """Build one span: the prompt and raw are whole, and a member without a value is left out (SP-6, SP-7)."""
    output: dict[str, Json] = {} if attempt.raw is None else {"output": {"raw": attempt.raw}}
    return {
        "id": stamp.span_id,
        "traceId": trace_id,
        "name": "iterate.attempt",
        "startTime": instant(stamp.started),
        "endTime": instant(stamp.ended),
        "input": {"prompt": attempt.prompt},
        **output,
        "metadata": _metadata(finished, attempt),
    }


def _metadata(finished: Finished, attempt: Attempt) -> dict[str, Json]:
    """Say what was asked of whom and how it ended; `verdict` is the row's `verdict_kind` (SP-7)."""
    metadata: dict[str, Json] = {
        "iteration": attempt.iteration,
        "model": finished.request.model,
        "provider": finished.request.provider,
        "verdict": attempt.verdict.value,
    }
    return metadata if attempt.error is None else {**metadata, "error": attempt.error}


def event(id: str, type: str, moment: datetime, body: dict[str, Json]) -> Json:  # noqa: A002  # the wire's names
    """Wrap a body as an event with an id of its own, `trace-create` or `span-create` (SP-4)."""
    return {"id": id, "type": type, "timestamp": instant(moment), "body": body}
