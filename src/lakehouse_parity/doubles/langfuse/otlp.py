"""OpenTelemetry's protocol over HTTP, to which newer Langfuse SDKs moved: requests in, answers out.

The messages are protobuf's, for which this needs the packages of the extra `otlp`. They take longer to load
than a run of a few probes, and no daemon of the specification sends any, so the sink loads this module when
the first request comes.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from google.rpc.code_pb2 import INVALID_ARGUMENT
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from lakehouse_parity.doubles.langfuse.observations import is_root, refused, span_body, trace_body
from lakehouse_parity.wire.server import MAX_BODY, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    from lakehouse_parity.doubles.langfuse.kept import Kept
    from lakehouse_parity.wire.server import Received

PROTOBUF, JSON = "application/x-protobuf", "application/json"
_IDS = ("traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id")
_GZIP = 16 + zlib.MAX_WBITS
_INFLATED_AT_ONCE = 1 << 20


class Malformed(Exception):  # noqa: N818  named after what the request is
    """A request that cannot be read; it is answered with `status` and the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def spans(received: Received) -> list[Span]:
    """The spans of a request, in order. Raises Malformed."""
    data = _unpacked(received)
    request = _from_json(data) if _content_type(received) == JSON else _from_protobuf(data)
    scopes = (scope for resource in request.resource_spans for scope in resource.scope_spans)
    return [span for scope in scopes for span in scope.spans]


def take(kept: Kept, owner: str, found: list[Span]) -> list[str]:
    """Keep each span as the body that an event would have; the reasons of those that are refused."""
    reasons = []
    for span in found:
        if reason := refused(span):
            reasons.append(reason)
            continue
        body = span_body(span)
        kept.create(owner, body)
        kept.seeded(owner, body["traceId"])
        if trace := trace_body(span):
            kept.merge_trace(owner, trace, fallback=span.name if is_root(span) else "")
    return reasons


def reply(received: Received, reasons: list[str]) -> Reply:
    """200 in the encoding of the request, with the number of refused spans if there are any."""
    answer = ExportTraceServiceResponse()
    if reasons:
        answer.partial_success.rejected_spans = len(reasons)
        answer.partial_success.error_message = "; ".join(sorted(set(reasons)))
    return _encoded(200, answer, _content_type(received))


def refusal(received: Received, malformed: Malformed) -> Reply:
    """The status of a request that cannot be read, with google.rpc.Status as the protocol says."""
    status = Status(code=INVALID_ARGUMENT, message=str(malformed))
    return _encoded(malformed.status, status, JSON if _content_type(received) == JSON else PROTOBUF)


def _encoded(status: int, message: Message, content_type: str) -> Reply:
    if content_type == JSON:
        return Reply(status, json_format.MessageToJson(message, indent=None).encode(), JSON)
    return Reply(status, message.SerializeToString(), PROTOBUF)


def _content_type(received: Received) -> str:
    return (received.header("content-type") or "").partition(";")[0].strip().lower()


def _unpacked(received: Received) -> bytes:
    if _content_type(received) not in (PROTOBUF, JSON):
        raise Malformed(415, f"the content type has to be {PROTOBUF} or {JSON}")
    encoding = (received.header("content-encoding") or "identity").strip().lower()
    if encoding == "identity":
        return received.body
    if encoding != "gzip":
        raise Malformed(415, f"the content encoding {encoding[:40]!r} is not known: it may be gzip")
    try:
        return b"".join(_inflated(received.body))
    except zlib.error as error:
        raise Malformed(400, f"the body is no gzip: {error}") from None


def _inflated(data: bytes) -> Iterator[bytes]:
    """The bytes of one or more gzip members, piece by piece, so that a small bomb stays small."""
    size = 0
    while data:
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            piece = member.decompress(data, _INFLATED_AT_ONCE)
            size += len(piece)
            if size > MAX_BODY:
                raise Malformed(413, f"the body is larger than {MAX_BODY} bytes when it is unpacked")
            yield piece
            data = member.unconsumed_tail
            if not (piece or data or member.eof):
                raise Malformed(400, "the gzip ends too early")
        data = member.unused_data


def _from_protobuf(data: bytes) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(data)
    except DecodeError as error:
        raise Malformed(400, f"the body is no ExportTraceServiceRequest: {error}") from None
    return request


def _from_json(data: bytes) -> ExportTraceServiceRequest:
    """OTLP's JSON is protobuf's own but for the ids, which are hexadecimal and not base64."""
    try:
        document = _with_binary_ids(_object(data))
        return json_format.ParseDict(document, ExportTraceServiceRequest(), ignore_unknown_fields=True)
    except (ValueError, RecursionError, json_format.ParseError) as error:
        reason = str(error) if not isinstance(error, RecursionError) else "it is nested too deeply"
        raise Malformed(400, f"the body is no ExportTraceServiceRequest: {reason[:300]}") from None


def _object(data: bytes) -> dict[str, Any]:
    found = json.loads(data)
    if not isinstance(found, dict):
        raise json_format.ParseError("it is no object")
    return found


def _with_binary_ids(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_with_binary_ids(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    return {
        name: _binary(value) if name in _IDS and isinstance(value, str) else _with_binary_ids(value)
        for name, value in tree.items()
    }


def _binary(digits: str) -> str:
    """An id as protobuf's JSON has it; one that is not hexadecimal is empty, and its span is refused."""
    try:
        return base64.b64encode(bytes.fromhex(digits)).decode()
    except ValueError:
        return ""
