"""What a call leaves behind, as models from which schemas are derived (chapters SE and SP)."""

from typing import Annotated, Literal, NotRequired, TypedDict

from lakehouse_spec.iterate import Stop, Verdict
from lakehouse_spec.requests import Kind
from lakehouse_spec.schemas.answers import Count, Object, TraceId
from lakehouse_spec.schemas.derive import Limit
from lakehouse_spec.session import PROMPT_LENGTH

# No postponed annotations in this file: the schemas are derived from them.

Instant = Annotated[str, Limit("pattern", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)$")]
Moment = Annotated[str, Limit("pattern", r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
SpanId = Annotated[str, Limit("pattern", "^[0-9a-f]{16}$")]


class RowAttempt(TypedDict):
    """One attempt in a session row (SE-15, SE-13); a member without a value is null or absent (SE-22)."""

    iteration: Annotated[Count, "Counted from 0; 0 for an infrastructure error (SE-15, SE-13)."]
    verdict_kind: Annotated[Verdict, "How it ended (SE-10)."]
    error: NotRequired[
        Annotated[str | None, "The text of a failed validation, or the whole 502 answer (SE-15, SE-14)."]
    ]
    span_id: NotRequired[Annotated[SpanId | None, "The id of its span, with Langfuse (SP-2)."]]


class Row(TypedDict):
    """One line of the session log: one call (SE-6); a member without a value is null or absent (SE-22)."""

    schema: Annotated[Literal["session.iterate.v1"], "The version of this shape (SE-18)."]
    session_id: Annotated[TraceId, "The trace id (SE-7)."]
    timestamp: Annotated[Moment, "When the call arrived, in UTC (SE-19)."]
    daemon: Annotated[Literal["gateway", "validatord"], "Who wrote the row (SE-3)."]
    kind: Annotated[Kind, "The request's (SE-7)."]
    model: Annotated[str, "The request's (SE-7)."]
    provider: Annotated[str, "The request's (SE-7)."]
    prompt: Annotated[
        str, "The request's own, cut to 4000 characters (SE-8, SE-9).", Limit("maxLength", PROMPT_LENGTH)
    ]
    iterations: Annotated[Count, "The attempts made; 0 for an infrastructure error (SE-11, SE-12, SE-13)."]
    max_iterations: Annotated[int, "The effective maximum (SE-7, IT-4).", Limit("minimum", 1)]
    final_verdict: Annotated[Stop, "How the call ended (SE-10)."]
    attempts: Annotated[list[RowAttempt], "The attempts in order (SE-15, SE-13).", Limit("minItems", 1)]
    artifact: NotRequired[Annotated[Object | None, "What was accepted, if anything was (SE-11)."]]
    grounded_in_roster: NotRequired[
        Annotated[bool | None, "Whether all candidates of an accepted `fill` are in the roster (SE-17)."]
    ]
    duration_ms: Annotated[Count, "From arrival to answer (SE-20)."]


class Input(TypedDict):
    """What went into an attempt (SP-6)."""

    prompt: Annotated[str, "The prompt as sent, whole (SP-7)."]


class Output(TypedDict):
    """What came out of an attempt (SP-6)."""

    raw: Annotated[str, "The model's whole text (SP-7)."]


class Metadata(TypedDict):
    """What an attempt was and how it ended (SP-6)."""

    iteration: Annotated[Count, "The true iteration, counted from 0 (SP-6, SP-8)."]
    model: Annotated[str, "The request's (SP-1)."]
    provider: Annotated[str, "The request's (SP-1)."]
    verdict: Annotated[Verdict, "The attempt's `verdict_kind` (SP-7)."]
    error: NotRequired[Annotated[str, "The error text; left out where there is none (SP-6, SP-7)."]]


class Span(TypedDict):
    """The body of a `span-create`: one attempt (SP-6)."""

    id: Annotated[SpanId, "16 lower-case hexadecimal digits (SP-6)."]
    traceId: Annotated[TraceId, "The trace id (SP-1, TR-8)."]
    name: Annotated[Literal["iterate.attempt"], "The same for every attempt (SP-6)."]
    startTime: Annotated[Instant, "In front of the model call, in UTC (SP-9)."]
    endTime: Annotated[Instant, "Behind it, in UTC (SP-9)."]
    input: Annotated[Input, "The prompt (SP-6)."]
    output: NotRequired[Annotated[Output, "The raw answer; left out where the chat hop failed (SP-6, SP-8)."]]
    metadata: Annotated[Metadata, "The rest (SP-6)."]


class TraceBody(TypedDict):
    """The body of a `trace-create`: one call (SP-5)."""

    id: Annotated[TraceId, "The trace id (SP-5)."]
    name: Annotated[Literal["iterate"], "The same for every call (SP-5)."]


Trace = Annotated[TraceBody, Limit("additionalProperties", value=True)]
"""The clause names two members and closes the list to none (SP-5)."""


class TraceEvent(TypedDict):
    """The one event of a call (SP-4, SP-5)."""

    id: Annotated[str, "The event's own (SP-4).", Limit("minLength", 1)]
    type: Literal["trace-create"]
    timestamp: Annotated[Instant, "When it was made (SP-4)."]
    body: Trace


class SpanEvent(TypedDict):
    """The event of an attempt (SP-4, SP-5)."""

    id: Annotated[str, "The event's own (SP-4).", Limit("minLength", 1)]
    type: Literal["span-create"]
    timestamp: Annotated[Instant, "When it was made (SP-4)."]
    body: Span


class Batch(TypedDict):
    """The body that Langfuse's ingestion endpoint is sent (SP-4)."""

    batch: Annotated[list[TraceEvent | SpanEvent], "The events in order (SP-4, SP-5)."]
