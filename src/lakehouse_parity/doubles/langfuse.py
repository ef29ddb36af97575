"""Langfuse's public ingestion endpoint, as far as a sink needs it.

A base URL that ends in `/rust` or `/go` says whose spans they are; without one they are found by
their ids, which the session rows name.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections import defaultdict
from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.model import RUNTIMES
from lakehouse_parity.wire.server import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lakehouse_parity.model import Tree
    from lakehouse_parity.wire.server import Received

INGESTION = "/api/public/ingestion"
ANYONE = ""
"""The owner of spans that came without a runtime in the path."""

_KNOWN_TYPES = (
    "trace-create",
    "span-create",
    "span-update",
    "generation-create",
    "event-create",
    "score-create",
)


class LangfuseSink:
    """Keeps spans by (runtime, trace id) and traces by the same."""

    def __init__(self, public_key: str, secret_key: str) -> None:
        token = base64.b64encode(f"{public_key}:{secret_key}".encode()).decode()
        self._authorization = f"Basic {token}".encode()
        self.spans: dict[tuple[str, str], list[bytes]] = defaultdict(list)
        self.traces: dict[tuple[str, str], list[bytes]] = defaultdict(list)

    def handle(self, received: Received) -> Reply:
        """Answer one request: 401 for other keys, 207 with a result per event."""
        owner, path = _owner(received.path)
        if received.method != "POST" or path != INGESTION:
            return Reply(404, b'{"message":"the sink takes POST /api/public/ingestion"}')
        if not hmac.compare_digest(
            (received.header("authorization") or "").encode("latin-1"), self._authorization
        ):
            return Reply(401, b'{"message":"wrong public or secret key"}')
        try:
            batch = lossless.parse(received.body)["batch"]
        except (lossless.NotJson, KeyError, TypeError):
            batch = None
        if not isinstance(batch, list):
            return Reply(400, b'{"message":"a body has a list batch"}')
        results = [self._take(owner, event) for event in batch]
        return Reply(207, json.dumps(_by_outcome(results)).encode())

    def _take(self, owner: str, event: Tree) -> tuple[str, int, str]:
        event_id = event.get("id") if isinstance(event, dict) else None
        fault = _fault(event)
        if fault:
            return str(event_id), 400, fault
        body = event["body"]
        if event["type"] == "trace-create":
            self.traces[owner, str(body.get("id"))].append(lossless.write(body).encode())
        elif event["type"] == "span-create":
            self.spans[owner, str(body.get("traceId"))].append(lossless.write(body).encode())
        return str(event_id), 201, ""

    def take(self, runtime: str, trace: str) -> tuple[bytes, ...]:
        """The spans of one runtime under one trace."""
        return tuple(self.spans.get((runtime, trace), ()))

    def forget(self, runtime: str, spans: Iterable[bytes]) -> None:
        """Drop these spans: who asks the same again is to see new ones only."""
        gone = set(spans)
        for (owner, _), kept in self.spans.items():
            if owner == runtime:
                kept[:] = [span for span in kept if span not in gone]


def _owner(path: str) -> tuple[str, str]:
    for runtime in RUNTIMES:
        if path.startswith(f"/{runtime}/"):
            return runtime, path.removeprefix(f"/{runtime}")
    return ANYONE, path


def _fault(event: Tree) -> str:
    """Why an event is refused; empty if it is not."""
    if not isinstance(event, dict):
        return "an event is an object"
    if not isinstance(event.get("id"), str) or not isinstance(event.get("body"), dict):
        return "an event has an id and a body"
    if event.get("type") not in _KNOWN_TYPES:
        return f"unknown type {event.get('type')}"
    return ""


def _by_outcome(results: list[tuple[str, int, str]]) -> dict[str, list[dict[str, object]]]:
    return {"successes": list(_successes(results)), "errors": list(_errors(results))}


def _successes(results: list[tuple[str, int, str]]) -> Iterator[dict[str, object]]:
    return ({"id": event_id, "status": status} for event_id, status, fault in results if not fault)


def _errors(results: list[tuple[str, int, str]]) -> Iterator[dict[str, object]]:
    return (
        {"id": event_id, "status": status, "message": fault} for event_id, status, fault in results if fault
    )
