"""What the sink has taken: spans and traces by runtime and trace id, without loss, in order of arrival."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from lakehouse_parity import lossless

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lakehouse_parity.model import Tree

_Key = tuple[str, str]
_Kept = TypeVar("_Kept")

_MOST_EVENTS = 50_000
ANYONE = ""
"""The owner of what came without a runtime in the path."""


class _Observation(Struct):
    """One span; `created` is false as long as it is known by updates alone."""

    body: bytes
    created: bool


class Kept:
    """Spans and traces; what one owner sends never touches another's."""

    def __init__(self) -> None:
        self._spans: dict[_Key, list[_Observation]] = defaultdict(list)
        self._traces: dict[_Key, list[bytes]] = defaultdict(list)
        self._seeded: set[_Key] = set()
        self._events: dict[int, int] = {}

    def had(self, owner: str, event_id: str, event: Tree) -> bool:
        """Whether another event of this owner's had that id; one that is only sent again is the same.

        Only the last ones are known, each by hashes, so that nothing piles up.
        """
        said = hash(lossless.write({"type": event.get("type"), "body": event.get("body")}))
        known = self._events.setdefault(hash((owner, event_id)), said)
        if len(self._events) > _MOST_EVENTS:
            del self._events[next(iter(self._events))]
        return known != said

    def create(self, owner: str, body: Tree) -> None:
        """Keep a span. One that is sent twice is there twice; one that updates came for is completed."""
        kept = self._spans[owner, _trace_of(body)]
        early = next((span for span in kept if not span.created and _id(span.body) == body.get("id")), None)
        if early is None:
            kept.append(_Observation(lossless.write(body).encode(), created=True))
        else:
            early.body = lossless.write({**body, **lossless.parse(early.body)}).encode()
            early.created = True

    def update(self, owner: str, body: Tree) -> None:
        """Put what an update says into the last span of its id; it may come first."""
        for kept in self._candidates(owner, body):
            for span in reversed(kept):
                if _id(span.body) == body.get("id"):
                    span.body = lossless.write({**lossless.parse(span.body), **_said(body)}).encode()
                    return
        found = _Observation(lossless.write(_said(body)).encode(), created=False)
        self._spans[owner, _trace_of(body)].append(found)

    def _candidates(self, owner: str, body: Tree) -> list[list[_Observation]]:
        """Where the span of an update may stand: an update need not say under which trace."""
        if isinstance(body.get("traceId"), str):
            return [self._spans.get((owner, body["traceId"]), [])]
        return [kept for (whose, _), kept in self._spans.items() if whose == owner]

    def trace(self, owner: str, body: Tree) -> None:
        """Keep a trace, as often as it is sent."""
        self._traces[owner, str(body.get("id"))].append(lossless.write(body).encode())

    def merge_trace(self, owner: str, body: Tree, fallback: str) -> None:
        """Keep what one span says of its trace with what others said; `fallback` names one without a name."""
        kept = self._traces[owner, str(body.get("id"))]
        before = lossless.parse(kept.pop()) if kept else {}
        name = {"name": fallback} if fallback else {}
        kept.append(lossless.write({**name, **before, **body}).encode())

    def seeded(self, owner: str, trace: str) -> None:
        """Remember that a trace has an id of OpenTelemetry's, which may be made of the true one."""
        self._seeded.add((owner, trace))

    def spans(self, owner: str, trace: str) -> tuple[bytes, ...]:
        """The spans of one owner under one trace."""
        self._recognise(owner, trace)
        return tuple(span.body for span in self._spans.get((owner, trace), ()))

    def traces(self, owner: str, trace: str) -> tuple[bytes, ...]:
        """The traces of one owner with that id: none, or one for each time it was sent."""
        self._recognise(owner, trace)
        return tuple(self._traces.get((owner, trace), ()))

    def trace_ids(self, owner: str) -> list[str]:
        """Every trace id under which an owner has sent something."""
        keys = [*self._spans, *self._traces]
        return sorted({trace for whose, trace in keys if whose == owner})

    def forget(self, owner: str, traces: Iterable[str], bodies: Iterable[bytes]) -> None:
        """Drop these spans and traces: who asks the same again is to see new ones only."""
        gone = set(bodies)
        for key in [(owner, trace) for trace in traces]:
            _leave(self._spans, key, [span for span in self._spans.get(key, ()) if span.body not in gone])
            _leave(self._traces, key, [body for body in self._traces.get(key, ()) if body not in gone])

    def _recognise(self, owner: str, trace: str) -> None:
        """Hang what came under an id made of this trace's under the trace itself."""
        if not self._seeded or (owner, made := otlp_id(trace)) not in self._seeded:
            return
        self._seeded.discard((owner, made))
        for span in self._spans.pop((owner, made), []):
            span.body = lossless.write({**lossless.parse(span.body), "traceId": trace}).encode()
            self._spans[owner, trace].append(span)
        for body in self._traces.pop((owner, made), []):
            self._traces[owner, trace].append(lossless.write({**lossless.parse(body), "id": trace}).encode())


def _leave(index: dict[_Key, list[_Kept]], key: _Key, rest: list[_Kept]) -> None:
    """Leave the rest of an entry, and no entry where nothing is left: a long run would gather them."""
    if rest:
        index[key] = rest
    else:
        index.pop(key, None)


def otlp_id(trace: str) -> str:
    """The 32 hexadecimal digits that Langfuse's SDKs make of any text, OpenTelemetry's ids being 16 bytes."""
    return hashlib.sha256(trace.encode("utf-8", "surrogatepass")).digest()[:16].hex()


def _said(body: Tree) -> Tree:
    """An update without the members that have no value: they change nothing."""
    return {name: value for name, value in body.items() if value is not None}


def _trace_of(body: Tree) -> str:
    return str(body.get("traceId"))


def _id(body: bytes) -> Tree:
    return lossless.parse(body).get("id")
