"""A run as JSON Lines: every probe, every byte observed, every outcome; enough to judge it again.

Bytes are kept as text where they are UTF-8 and as base64 where they are not. Keys, tokens and cookies in
headers are redacted. The first line has the format's version.
"""

from __future__ import annotations

import base64
import json
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from lakehouse_parity import lossless
from lakehouse_parity.events import Judged, Started
from lakehouse_parity.recorded import SCHEMA
from lakehouse_parity.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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
        self._file.write(lossless.encodable(_JSON(value)) + "\n")


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encode(value: Any) -> Any:
    """A record as JSON; members that have their default are left out."""
    kind: Any = type(value)
    return _encoder(kind)(value)


@cache
def _encoder(kind: Any) -> Callable[[Any], Any]:
    """How values of a class are written: looked up for every one, so decided once."""
    if issubclass(kind, Enum):
        return _encode_enum
    if is_dataclass(kind):
        return _encode_record
    found = [encoder for base, encoder in _BY_KIND.items() if issubclass(kind, base)]
    return found[0] if found else _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _encode_enum(value: Enum) -> Any:
    return value.value


def _encode_members(value: dict[str, Any]) -> dict[str, Any]:
    return {key: encode(item) for key, item in value.items()}


def _encode_items(value: Iterable[Any]) -> list[Any]:
    return [encode(item) for item in value]


def _encode_bytes(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _encode_record(record: Any) -> dict[str, Any]:
    found = {}
    for name, default, encoder in _members(record.__class__):
        value = getattr(record, name)
        if value is not None and value != default:
            found[name] = encoder(value)
    return found


@cache
def _members(kind: Any) -> tuple[tuple[str, Any, Callable[[Any], Any]], ...]:
    """Name, default and encoder of each member of a class of records."""
    return tuple((member.name, member.default, _ENCODERS.get(member.name, encode)) for member in fields(kind))


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

_BY_KIND: dict[type, Callable[[Any], Any]] = {
    bytes: _encode_bytes,
    dict: _encode_members,
    tuple: _encode_items,
    list: _encode_items,
    frozenset: sorted,
}
