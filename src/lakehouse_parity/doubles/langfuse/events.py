"""What Langfuse's ingestion takes: the shape of each type of event, and what is wrong with one.

The shapes are those of the public API: ids of 1 to 800 characters, moments as RFC 3339, a member without a
value may be null, and members that nobody knows are no fault.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema_rs import validator_for

from lakehouse_parity.invariants.shapes import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema_rs import ValidationError, Validator

    from lakehouse_parity.model import Tree

Schema = dict[str, Any]

_TEXT: Schema = {"type": ["string", "null"]}
_MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
_TRUTH: Schema = {"type": ["boolean", "null"]}
_OBJECT: Schema = {"type": ["object", "null"]}
_COUNT: Schema = {"type": ["integer", "null"]}
_ID: Schema = {"type": "string", "minLength": 1, "maxLength": 800, "pattern": "^[^\\r]*$"}
_ID_OR_NONE: Schema = {**_ID, "type": ["string", "null"]}
_ENVIRONMENT: Schema = {**_TEXT, "maxLength": 40, "pattern": "^(?!langfuse)[a-z0-9_-]+$"}
_LEVEL: Schema = {"enum": ["DEBUG", "DEFAULT", "WARNING", "ERROR", None]}


def _body(*required: str, **members: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": members}


_TRACE = _body(
    id=_ID_OR_NONE,
    timestamp=_MOMENT,
    name={**_TEXT, "maxLength": 1000},
    externalId=_TEXT,
    sessionId=_TEXT,
    userId=_TEXT,
    environment=_ENVIRONMENT,
    release=_TEXT,
    version=_TEXT,
    public=_TRUTH,
    tags={"type": ["array", "null"], "items": {"type": "string"}},
)
_EVENT_MEMBERS: Mapping[str, Schema] = {
    "id": _ID,
    "traceId": _ID_OR_NONE,
    "environment": _ENVIRONMENT,
    "name": _TEXT,
    "startTime": _MOMENT,
    "level": _LEVEL,
    "statusMessage": _TEXT,
    "parentObservationId": _TEXT,
    "version": _TEXT,
}
_SPAN_MEMBERS = {**_EVENT_MEMBERS, "endTime": _MOMENT}
_GENERATION_MEMBERS = {
    **_SPAN_MEMBERS,
    "completionStartTime": _MOMENT,
    "model": _TEXT,
    "modelParameters": _OBJECT,
    "usage": _OBJECT,
    "usageDetails": _OBJECT,
    "costDetails": _OBJECT,
    "promptName": _TEXT,
    "promptVersion": _COUNT,
}
_SPAN = _body("id", **_SPAN_MEMBERS)
_GENERATION = _body("id", **_GENERATION_MEMBERS)
_OBSERVATION = _body(
    "type", **{**_GENERATION_MEMBERS, "id": _ID_OR_NONE, "type": {"enum": ["GENERATION", "SPAN", "EVENT"]}}
)
_SCORE = _body(
    "name",
    "value",
    id=_ID_OR_NONE,
    name={"type": "string", "minLength": 1},
    value={"type": ["string", "number"]},
    traceId=_TEXT,
    observationId=_TEXT,
    comment=_TEXT,
)
_LIKE_GENERATIONS = ("agent", "tool", "chain", "retriever", "evaluator", "embedding", "guardrail")

BODIES: Mapping[str, Schema] = {
    "trace-create": _TRACE,
    "span-create": _SPAN,
    "span-update": _SPAN,
    "generation-create": _GENERATION,
    "generation-update": _GENERATION,
    "event-create": _body("id", **_EVENT_MEMBERS),
    "score-create": _SCORE,
    "sdk-log": _body("log"),
    "observation-create": _OBSERVATION,
    "observation-update": _OBSERVATION,
    **{f"{kind}-create": _GENERATION for kind in _LIKE_GENERATIONS},
}
"""Type of an event -> the shape of its body."""

_EVENT = _body("id", "timestamp", "type", "body", id=_ID, timestamp={**_MOMENT, "type": "string"})
_LONGEST = 300
"""Characters of a fault's text; it quotes the value, which may be a whole prompt."""


@cache
def _validator(kind: str) -> Validator:
    """The validator of one type's events, made when the first one comes."""
    members = {**_EVENT["properties"], "body": BODIES[kind]}
    return validator_for({**_EVENT, "properties": members}, validate_formats=True)


def fault(event: Tree) -> str:
    """Why an event is refused, with the place in it; empty if it is not."""
    if not isinstance(event, dict):
        return "an event has to be an object"
    kind = event.get("type")
    if not isinstance(kind, str) or kind not in BODIES:
        return f"type: there is no {str(kind)[:_LONGEST]!r}; the types are {', '.join(BODIES)}"
    values = plain(event)
    validator = _validator(kind)
    if validator.is_valid(values):
        return ""
    return "; ".join(_told(error) for error in validator.iter_errors(values))


def _told(error: ValidationError) -> str:
    place = ".".join(map(str, error.instance_path))
    message = error.message
    if len(message) > _LONGEST:
        message = f"{message[: _LONGEST // 2]} … {message[-_LONGEST // 2 :]}"
    return f"{place}: {message}" if place else message
