"""A run as JSON Lines: every probe, every byte observed, every outcome; enough to judge it again.

Bytes are kept as text where they are UTF-8 and as base64 where they are not. Keys, tokens and cookies in
headers are redacted, and so is every secret of the configuration. The first line has the format's version.

Every probe of a run comes through here. Most lines are plain (`plainly`); any other is put together from
texts, by a way that is chosen once for each class: to make dictionaries for an encoder first would take four
times as long.
"""

from __future__ import annotations

import base64
import json
import math
from enum import Enum
from functools import cache, lru_cache
from itertools import compress
from operator import attrgetter, is_not
from typing import TYPE_CHECKING, Any, AnyStr, Protocol

from msgspec import Struct

from lakehouse_parity import lossless, plainly
from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.model import Verdict
from lakehouse_parity.recorded import SCHEMA
from lakehouse_parity.redaction import Redactor, disclosed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from lakehouse_parity.events import Event
    from lakehouse_parity.model import Surface, Tree

    Write = Callable[[Any], str]


class Sink(Protocol):
    """Where the lines go."""

    def write(self, line: str, /) -> object:
        """Take one line, line feed and all."""

    def flush(self) -> None:
        """Hold nothing back."""


class Recorder:
    """The first to hear an event: writes it as a line, whole lines only, and passes it on without secrets."""

    def __init__(self, file: Sink, redactor: Redactor | None = None) -> None:
        self._file = file
        self._redactor = redactor or Redactor({})
        self._file.write(_line(schema=SCHEMA))

    def __call__(self, event: Event) -> Event:
        """Write one event; gives it as it was written, for all others."""
        line = _event(event)
        if self._redactor.finds(line) or _quotes(event):
            event = self._redactor.clean(event)
            line = _event(event)
        self._file.write(line)
        if isinstance(event, Finished):
            self._file.flush()
        return event


def _quotes(event: Event) -> bool:
    """Whether it may tell a part of what was seen, in which a secret is cut."""
    return not isinstance(event, Judged) or event.outcome.verdict is Verdict.BROKEN


def _event(event: Event) -> str:
    if isinstance(event, Started):
        return _line(started=event)
    if isinstance(event, Finished):
        return _line(finished=event)
    return plainly.line(event) or _judged(event)


def _judged(event: Judged) -> str:
    outcome = event.outcome
    judged: dict[str, Any] = {"verdict": outcome.verdict, "reason": outcome.reason}
    if outcome.stability is not None:
        judged["stability"] = outcome.stability
    return _line(probe=outcome.probe, seen=dict(event.seen), judged=judged)


def _line(**members: Any) -> str:
    return lossless.encodable(_members(members)) + "\n"


def encode(value: Any) -> Any:
    """A record as the recording has it, as plain JSON; members that have their default are left out."""
    return json.loads(_text(value))


def _text(value: Any) -> str:
    return _writer(value.__class__)(value)


@cache
def _writer(kind: Any) -> Write:
    """How values of a class are written: looked up for every one, so decided once."""
    if issubclass(kind, Enum):
        return _enum
    if issubclass(kind, Struct):
        return _record_writer(kind)
    found = [write for base, write in _BY_KIND.items() if issubclass(kind, base)]
    return found[0] if found else _ANYTHING


_QUOTED = json.encoder.encode_basestring
_ANYTHING: Write = json.JSONEncoder(ensure_ascii=False).encode


def _enum(value: Enum) -> str:
    return _QUOTED(value._value_)  # what `value` gives by a slower way


def _number(value: float) -> str:
    return repr(value) if math.isfinite(value) else _ANYTHING(value)


def _members(members: Mapping[str, Any]) -> str:
    return "{" + ",".join([f"{_QUOTED(key)}:{_text(item)}" for key, item in members.items()]) + "}"


def _items(items: Iterable[Any]) -> str:
    return "[" + ",".join([_text(item) for item in items]) + "]"


def _sorted(items: Iterable[str]) -> str:
    return _items(sorted(items))


def _bytes(data: bytes) -> str:
    try:
        return '{"text":' + _QUOTED(data.decode()) + "}"
    except UnicodeDecodeError:
        return '{"base64":"' + base64.b64encode(data).decode() + '"}'


def _record_writer(kind: Any) -> Write:
    """What writes records of a class: their members in order, but for those that have their default."""
    names = kind.__struct_fields__
    values_of = attrgetter(*names)
    defaults = [None] * (len(names) - len(kind.__struct_defaults__)) + [*kind.__struct_defaults__]
    members = [
        (f'"{name}":', default, _member_writer(name, kind.__annotations__[name]))
        for name, default in zip(names, defaults, strict=True)
    ]

    def write(record: Any) -> str:
        values = values_of(record)
        other = compress(zip(values, members, strict=True), map(is_not, values, defaults))
        found = [
            label + write_member(value)
            for value, (label, default, write_member) in other
            if value is not None and value != default
        ]
        return "{" + ",".join(found) + "}"

    return write


def _member_writer(name: str, annotation: str) -> Write:
    return _WRITERS.get(name) or _BY_ANNOTATION.get(annotation) or _text


def _expectations(expect: tuple[tuple[Surface, str, Tree], ...]) -> str:
    return _items([(surface, path, lossless.write(value)) for surface, path, value in expect])


def _headers(headers: Iterable[tuple[AnyStr, AnyStr]]) -> str:
    return "[" + ",".join([_header(name, value) for name, value in headers]) + "]"


@lru_cache(maxsize=256)
def _header(name: AnyStr, value: AnyStr) -> str:
    """Most headers are the same in every message; a trace id never is."""
    return f"[{_text(name)},{_text(disclosed(name, value))}]"


def _tree(tree: Tree) -> str:
    return _QUOTED(lossless.write(tree))


_WRITERS: dict[str, Write] = {"headers": _headers, "content": _tree, "expect": _expectations}
"""Members of records that are not written as what they are: JSON trees stand as their own text."""

_BY_ANNOTATION: dict[str, Write] = {"str": _QUOTED, "int": repr, "bytes": _bytes}
_BY_KIND: dict[type, Write] = {
    str: _QUOTED,
    bool: _ANYTHING,
    int: repr,
    float: _number,
    bytes: _bytes,
    dict: _members,
    tuple: _items,
    list: _items,
    frozenset: _sorted,
}
