"""A run as JSON Lines: every probe, every byte observed, every outcome; enough to judge it again.

Bytes are kept as text where they are UTF-8 and as base64 where they are not. Keys, tokens and cookies in
headers are redacted. The first line has the format's version.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from lakehouse_parity import lossless
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.events import Finished, Judged, RuntimeFacts, Started
from lakehouse_parity.model import (
    Answer,
    Fault,
    Mask,
    ModelRequest,
    Observation,
    Outage,
    Outcome,
    Probe,
    Refusal,
    Request,
    Stability,
    Step,
    Surface,
    Verdict,
)
from lakehouse_parity.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lakehouse_parity.events import Event
    from lakehouse_parity.model import Tree

SCHEMA = "lakehouse-parity/recording/v1"


class Sink(Protocol):
    """Where the lines go."""

    def write(self, line: str, /) -> object:
        """Take one line, line feed and all."""

    def flush(self) -> None:
        """Hold nothing back."""


class Recorder:
    """A listener that writes each event as a line, whole lines only."""

    def __init__(self, file: Sink) -> None:
        self._file = file
        self._line({"schema": SCHEMA})

    def __call__(self, event: Event) -> None:
        """Write one event."""
        if isinstance(event, Started):
            self._line({"started": encode(event)})
        elif isinstance(event, Judged):
            outcome = event.outcome
            judged = {"verdict": outcome.verdict.value, "reason": outcome.reason}
            if outcome.stability is not None:
                judged["stability"] = encode(outcome.stability)
            self._line({"probe": encode(outcome.probe), "seen": encode(dict(event.seen)), "judged": judged})
        else:
            self._line({"finished": encode(event)})
            self._file.flush()

    def _line(self, value: Any) -> None:
        self._file.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def encode(value: Any) -> Any:
    """A record as JSON; members that have their default are left out."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return _encode_bytes(value)
    if is_dataclass(value):
        return _encode_record(value)
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    return sorted(value) if isinstance(value, frozenset) else value


def _encode_bytes(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _encode_record(record: Any) -> dict[str, Any]:
    found = {}
    for member in fields(record):
        value = getattr(record, member.name)
        if value is not None and value != member.default:
            found[member.name] = _ENCODERS.get(member.name, encode)(value)
    return found


def _encode_expectations(expect: tuple[tuple[Surface, str, Tree], ...]) -> list[list[str]]:
    return [[surface.value, path, lossless.write(value)] for surface, path, value in expect]


def _encode_headers(headers: Any) -> Any:
    return encode(redacted(headers))


_ENCODERS: dict[str, Callable[[Any], Any]] = {
    "headers": _encode_headers,
    "content": lossless.write,
    "expect": _encode_expectations,
}
"""Members of records that are not written as what they are: JSON trees stand as their own text."""


def read(path: Path, wanted: Callable[[str], bool] | None = None) -> Iterator[Event]:
    """The events of a recording, judged as they were then. Raises Mistake with file and line.

    With `wanted` the lines of probes whose id it refuses are passed over unread, which is many times faster.
    """
    number = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if wanted is not None and _is_refused(line, wanted):
                    continue
                event = _event(json.loads(line.decode()), number, path)
                if event is not None:
                    yield event
    except OSError as error:
        raise Mistake(f"cannot be read: {error.strerror}", Place(str(path))) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Mistake(f"is not a line of a recording ({error!r})", Place(str(path), number or 1)) from None
    if number == 0:
        raise Mistake("is empty", Place(str(path)))


_PROBE = re.compile(rb'\{"probe":\{"id":("(?:[^"\\]|\\.)*")')
"""How the recorder begins the line of a probe; a line that was written otherwise is read whole."""


def _is_refused(line: bytes, wanted: Callable[[str], bool]) -> bool:
    begun = _PROBE.match(line)
    return begun is not None and not wanted(json.loads(begun[1]))


def _event(line: dict[str, Any], number: int, path: Path) -> Event | None:
    if number == 1:
        if line.get("schema") != SCHEMA:
            raise Mistake(f"is no recording of {SCHEMA}", Place(str(path), 1))
        return None
    if "started" in line:
        started = line["started"]
        runtimes = {name: RuntimeFacts(**facts) for name, facts in started["runtimes"].items()}
        return Started(started["at"], runtimes, started["planned"])
    if "finished" in line:
        finished = line["finished"]
        return Finished(
            finished["duration_ms"],
            tuple(finished.get("problems", ())),
            tuple(finished.get("unobserved", ())),
        )
    judged = line["judged"]
    outcome = Outcome(
        _probe(line["probe"]),
        Verdict(judged["verdict"]),
        judged["reason"],
        stability=_stability(judged.get("stability")),
    )
    return Judged(outcome, {side: _observation(seen) for side, seen in line["seen"].items()})


def _stability(value: dict[str, Any] | None) -> Stability | None:
    if value is None:
        return None
    flips = tuple((runtime, surface, path) for runtime, surface, path in value.get("flips", ()))
    return Stability(value["asked"], value["flip_rate"], flips)


def _bytes(value: dict[str, str] | None) -> bytes | None:
    if value is None:
        return None
    return base64.b64decode(value["base64"]) if "base64" in value else value["text"].encode()


def _need_bytes(value: dict[str, str] | None) -> bytes:
    return _bytes(value) or b""


def _place(value: dict[str, Any]) -> Place:
    return Place(value["file"], value.get("line", 0))


def _probe(value: dict[str, Any]) -> Probe:
    request = value["request"]
    headers = tuple((_need_bytes(name), _need_bytes(text)) for name, text in request.get("headers", ()))
    return Probe(
        **{
            key: value[key]
            for key in ("id", "suite", "why", "provider", "model", "raw", "trace", "alone", "exact")
            if key in value
        },
        clauses=tuple(value["clauses"]),
        request=Request(request["method"], request["path"], headers, _need_bytes(request.get("body"))),
        place=_place(value["place"]),
        outage=Outage(value["outage"]) if "outage" in value else None,
        script=tuple(_step(step) for step in value.get("script", ())),
        expect=tuple(
            (Surface(surface), path, _tree(tree)) for surface, path, tree in value.get("expect", ())
        ),
        absent=tuple((Surface(surface), path) for surface, path in value.get("absent", ())),
        masks=tuple(_mask(mask) for mask in value.get("masks", ())),
        needs=frozenset(value.get("needs", ())),
    )


def _step(value: dict[str, Any]) -> Step:
    tokens = value.get("tokens")
    return Step(
        **{key: value[key] for key in ("status", "content_type", "delay") if key in value},
        headers=_headers(value),
        content=_tree(value.get("content")),
        tokens=(tokens[0], tokens[1]) if tokens else None,
        body=_bytes(value.get("body")),
        fault=Fault(value["fault"]) if "fault" in value else None,
    )


def _tree(text: str | None) -> Tree:
    return None if text is None else lossless.parse(text.encode())


def _mask(value: dict[str, Any]) -> Mask:
    place = _place(value["place"]) if "place" in value else None
    return Mask(Surface(value["surface"]), value["path"], value["type"], value["reason"], place)


def _observation(value: dict[str, Any]) -> Observation:
    answer = value.get("answer")
    members = ("model_requests", "rows", "spans", "traces")
    calls, rows, spans, traces = (value.get(key) for key in members)
    return Observation(
        answer=Answer(answer["status"], _headers(answer), _need_bytes(answer.get("body")))
        if answer
        else None,
        model_requests=None if calls is None else tuple(_model_request(call) for call in calls),
        rows=None if rows is None else tuple(_need_bytes(row) for row in rows),
        spans=None if spans is None else tuple(_need_bytes(span) for span in spans),
        traces=None if traces is None else tuple(_need_bytes(trace) for trace in traces),
        in_time=value.get("in_time"),
        usage=_bytes(value.get("usage")),
        extraction=_bytes(value.get("extraction")),
        refusal=Refusal(value["refusal"]) if "refusal" in value else None,
        failure=value.get("failure", ""),
    )


def _headers(value: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in value.get("headers", ()))


def _model_request(value: dict[str, Any]) -> ModelRequest:
    times = (value.get("received", 0.0), value.get("answered", 0.0))
    return ModelRequest(value["path"], _headers(value), _need_bytes(value.get("body")), *times)
