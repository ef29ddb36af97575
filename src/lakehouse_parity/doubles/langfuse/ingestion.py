"""The public ingestion endpoint: a batch of events, answered with 207 and a result for each (SP-4)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from lakehouse_parity import lossless
from lakehouse_parity.doubles.langfuse.events import fault
from lakehouse_parity.wire.server import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_parity.doubles.langfuse.kept import Kept
    from lakehouse_parity.model import Tree

PATH = "/api/public/ingestion"
LARGEST = 4_500_000
"""Bytes of a body; Langfuse takes no more."""

EVENT_ID = "eventId"
"""A member that no daemon sends: of what came under the id of another event. Langfuse would lose it."""
_SPANS = ("span-create", "observation-create")
_UPDATES = ("span-update", "generation-update", "observation-update")
_SHOWN = ("span-create", "trace-create")
"""What the daemons send (SP-5): a refused one is kept too, so that the comparison shows what is wrong."""
_NO_OBSERVATIONS = ("trace-create", "score-create", "sdk-log")


class Result(NamedTuple):
    """What became of one event; `fault` is empty if it was taken."""

    id: str
    fault: str


def batch_of(body: bytes) -> list[Tree] | None:
    """The events of a body; None where it has none."""
    try:
        batch = lossless.parse(body)["batch"]
    except (lossless.NotJson, KeyError, TypeError):
        return None
    return batch if isinstance(batch, list) else None


def traces_of(batch: Sequence[Tree]) -> set[str]:
    """The ids of the traces that events are about, as far as they say."""
    bodies = [event.get("body") for event in batch if isinstance(event, dict)]
    named = [body.get(name) for body in bodies if isinstance(body, dict) for name in ("traceId", "id")]
    return {trace for trace in named if isinstance(trace, str)}


def take(kept: Kept, owner: str, batch: Sequence[Tree]) -> list[Result]:
    """Keep what the events say, one by one."""
    return [_take(kept, owner, event) for event in batch]


def _take(kept: Kept, owner: str, event: Tree) -> Result:
    found = fault(event)
    event_id = event.get("id") if isinstance(event, dict) else None
    body = event.get("body") if isinstance(event, dict) else None
    if not found or (isinstance(body, dict) and event.get("type") in _SHOWN):
        if isinstance(event_id, str) and isinstance(body, dict) and kept.had(owner, event_id, event):
            body = {**body, EVENT_ID: event_id}
        _keep(kept, owner, event["type"], body)
    return Result(event_id if isinstance(event_id, str) else "unknown", found)


def _keep(kept: Kept, owner: str, kind: str, body: Tree) -> None:
    if kind == "trace-create":
        kept.trace(owner, body)
    elif kind in _UPDATES:
        kept.update(owner, body)
    elif kind in _SPANS:
        kept.create(owner, body)
    elif kind not in _NO_OBSERVATIONS:
        kept.create(owner, {**body, "type": kind.removesuffix("-create")})


def reply(results: Sequence[Result]) -> Reply:
    """207 with one result per event: `successes` and `errors`, each in the order of the events."""
    successes = [{"id": result.id, "status": 201} for result in results if not result.fault]
    errors = [
        {"id": result.id, "status": 400, "message": "Invalid request data", "error": result.fault}
        for result in results
        if result.fault
    ]
    return Reply(207, json.dumps({"successes": successes, "errors": errors}).encode())
