"""From a span of OpenTelemetry's to the body that Langfuse makes of it, by the attributes of its SDKs."""

from __future__ import annotations

import base64
import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from opentelemetry.proto.trace.v1.trace_pb2 import Status

from lakehouse_parity import lossless

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.proto.common.v1.common_pb2 import AnyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    from lakehouse_parity.model import Tree

_OBSERVATION = "langfuse.observation."
_TRACE = "langfuse.trace."
_AS_ROOT = "langfuse.internal.as_root"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MEMBERS = {
    "input": "input",
    "output": "output",
    "level": "level",
    "status_message": "statusMessage",
    "model.name": "model",
    "model.parameters": "modelParameters",
    "usage_details": "usageDetails",
    "cost_details": "costDetails",
    "prompt.name": "promptName",
    "prompt.version": "promptVersion",
    "completion_start_time": "completionStartTime",
}
"""Attribute of an observation, without its prefix -> member of the body."""
_TRACE_MEMBERS = {
    "langfuse.trace.name": "name",
    "langfuse.trace.input": "input",
    "langfuse.trace.output": "output",
    "langfuse.trace.tags": "tags",
    "langfuse.trace.public": "public",
    "session.id": "sessionId",
    "user.id": "userId",
}
_TEXTS = ("level", "statusMessage", "model", "promptName", "name", "sessionId", "userId")
"""Members that are texts, whatever they look like."""


def refused(span: Span) -> str:
    """Why Langfuse would not take a span; empty if it would."""
    if len(span.trace_id) != 16 or not any(span.trace_id):  # noqa: PLR2004  OpenTelemetry's size
        return "a trace id has 16 bytes, not all of them zero"
    if len(span.span_id) != 8 or not any(span.span_id):  # noqa: PLR2004  OpenTelemetry's size
        return "a span id has 8 bytes, not all of them zero"
    return ""


def span_body(span: Span) -> dict[str, Tree]:
    """The span as the body of a `span-create`; attributes that are not Langfuse's stand in `attributes`."""
    attributes = _attributes(span)
    kind = attributes.pop(_OBSERVATION + "type", "span")
    others = {name: value for name, value in attributes.items() if not _is_langfuses(name)}
    return {
        "id": span.span_id.hex(),
        "traceId": span.trace_id.hex(),
        **({} if is_root(span) else {"parentObservationId": span.parent_span_id.hex()}),
        **({} if kind == "span" else {"type": kind}),
        "name": span.name,
        "startTime": _instant(span.start_time_unix_nano),
        "endTime": _instant(span.end_time_unix_nano),
        **_status(span),
        **_named(attributes, {_OBSERVATION + name: member for name, member in _MEMBERS.items()}),
        **_metadata(attributes, _OBSERVATION),
        **({"attributes": others} if others else {}),
    }


def trace_body(span: Span) -> dict[str, Tree]:
    """What a span says of its trace, as the body of a `trace-create`; empty where it says nothing."""
    attributes = _attributes(span)
    said = {**_named(attributes, _TRACE_MEMBERS), **_metadata(attributes, _TRACE)}
    return {"id": span.trace_id.hex(), **said} if said or is_root(span) else {}


def is_root(span: Span) -> bool:
    """Whether a span hangs at its trace: SDKs that know a trace id alone make a parent up, and say so."""
    if not span.parent_span_id:
        return True
    return any(attribute.key == _AS_ROOT and attribute.value.bool_value for attribute in span.attributes)


def _is_langfuses(name: str) -> bool:
    return name.startswith("langfuse.") or name in _TRACE_MEMBERS


def _attributes(span: Span) -> dict[str, Tree]:
    return {attribute.key: _value(attribute.value) for attribute in span.attributes}


def _value(value: AnyValue) -> Tree:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    found = getattr(value, kind)
    if kind == "array_value":
        return [_value(item) for item in found.values]
    if kind == "kvlist_value":
        return {item.key: _value(item.value) for item in found.values}
    if kind == "bytes_value":
        return base64.b64encode(found).decode()
    if kind == "double_value" and not math.isfinite(found):
        return str(found)
    return repr(found).encode() if kind in ("int_value", "double_value") else found


def _named(attributes: Mapping[str, Tree], members: Mapping[str, str]) -> dict[str, Tree]:
    return {
        member: attributes[name] if member in _TEXTS else _structured(attributes[name])
        for name, member in members.items()
        if name in attributes
    }


def _structured(value: Tree) -> Tree:
    """An object or a list out of its JSON text; the SDKs write those so, and plain texts as they are."""
    found = _parsed(value)
    return found if isinstance(found, dict | list) else value


def _metadata(attributes: Mapping[str, Tree], prefix: str) -> dict[str, Tree]:
    """Metadata as a whole, or one attribute for each of its members, every value as JSON text."""
    whole = prefix + "metadata"
    if whole in attributes:
        return {"metadata": _parsed(attributes[whole])}
    start = whole + "."
    members = {
        name.removeprefix(start): _parsed(value)
        for name, value in attributes.items()
        if name.startswith(start)
    }
    return {"metadata": members} if members else {}


def _parsed(value: Tree) -> Tree:
    try:
        return lossless.parse(value.encode()) if isinstance(value, str) else value
    except lossless.NotJson:
        return value


def _status(span: Span) -> dict[str, Tree]:
    if span.status.code != Status.STATUS_CODE_ERROR:
        return {}
    message = span.status.message
    return {"level": "ERROR", **({"statusMessage": message} if message else {})}


def _instant(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 10**9)
    return f"{(_EPOCH + timedelta(seconds=seconds)).strftime('%Y-%m-%dT%H:%M:%S')}.{rest:09d}Z"
