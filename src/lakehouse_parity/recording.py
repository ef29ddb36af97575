"""A run as JSON Lines: every probe, every byte observed, every outcome; enough to judge it again.

Bytes are kept as text where they are UTF-8 and as base64 where they are not. Keys, tokens and cookies in
headers are redacted. The first line has the format's version.
"""

from __future__ import annotations

import base64
import json
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from lakehouse_parity import lossless
from lakehouse_parity.events import Judged, Started
from lakehouse_parity.recorded import SCHEMA
from lakehouse_parity.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Callable

    from lakehouse_parity.events import Event
    from lakehouse_parity.model import Surface, Tree


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
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        self._file.write(lossless.encodable(text) + "\n")


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
