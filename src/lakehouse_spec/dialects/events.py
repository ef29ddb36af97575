"""JSON texts as events, without recursion: for texts nested more deeply than Python's scanner goes."""

from __future__ import annotations

import re
from enum import Enum, auto
from json import JSONDecoder
from typing import TYPE_CHECKING, NamedTuple

from lakehouse_spec.dialects.model import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(Enum):
    """What was read."""

    OPEN = auto()
    """`[` or `{`."""
    CLOSE = auto()
    """`]` or `}`, of the right kind."""
    KEY = auto()
    """A member's name; its value's events follow."""
    STRING = auto()
    """A string value."""
    NUMBER = auto()
    """A number, as its text."""
    WORD = auto()
    """`true`, `false` or `null`."""


class Event(NamedTuple):
    """One step through a text."""

    kind: Kind
    text: str
    """The character, the string's content, the number's text or the word."""
    end: int
    """Where in the whole text reading goes on behind it."""


class _Want(Enum):
    """What may come next."""

    VALUE = auto()
    VALUE_OR_CLOSE = auto()
    KEY = auto()
    KEY_OR_CLOSE = auto()
    COMMA_OR_CLOSE = auto()


_PYTHON = JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?")
_WORD = re.compile(r"true|false|null")
_CLOSER = {"[": "]", "{": "}"}
_CLOSABLE = (_Want.VALUE_OR_CLOSE, _Want.KEY_OR_CLOSE, _Want.COMMA_OR_CLOSE)


def events(text: str, start: int = 0) -> Iterator[Event]:
    """Give the events of the one value that stands at `start`, behind white space; what follows is not read.

    Raises `Refused` where the text is no JSON. Memory is one character per open array or object.
    """
    closers: list[str] = []
    want = _Want.VALUE
    position = start
    while True:
        event = _next(text, _skip_space(text, position), want, closers)
        yield event
        position = event.end
        if event.kind is Kind.OPEN:
            closers.append(_CLOSER[event.text])
            want = _Want.KEY_OR_CLOSE if event.text == "{" else _Want.VALUE_OR_CLOSE
        elif event.kind is Kind.KEY:
            want = _Want.VALUE
        else:
            if event.kind is Kind.CLOSE:
                closers.pop()
            if not closers:
                return
            want = _Want.COMMA_OR_CLOSE


def _next(text: str, position: int, want: _Want, closers: list[str]) -> Event:
    """Read the event at `position`, a comma in front of it included."""
    if want in _CLOSABLE and text[position : position + 1] == closers[-1]:
        return Event(Kind.CLOSE, closers[-1], position + 1)
    if want is _Want.COMMA_OR_CLOSE:
        if text[position : position + 1] != ",":
            raise Refused("expected a comma")
        position = _skip_space(text, position + 1)
        want = _Want.KEY if closers[-1] == "}" else _Want.VALUE
    return _key(text, position) if want in (_Want.KEY, _Want.KEY_OR_CLOSE) else _value(text, position)


def _key(text: str, position: int) -> Event:
    if text[position : position + 1] != '"':
        raise Refused("expected a member's name")
    name, end = _string(text, position)
    end = _skip_space(text, end)
    if text[end : end + 1] != ":":
        raise Refused("expected a colon")
    return Event(Kind.KEY, name, end + 1)


def _value(text: str, position: int) -> Event:
    first = text[position : position + 1]
    if first in _CLOSER:
        return Event(Kind.OPEN, first, position + 1)
    if first == '"':
        return Event(Kind.STRING, *_string(text, position))
    for kind, pattern in ((Kind.NUMBER, _NUMBER), (Kind.WORD, _WORD)):
        if found := pattern.match(text, position):
            return Event(kind, found[0], found.end())
    raise Refused("expected a value")


def _string(text: str, position: int) -> tuple[str, int]:
    """Read the string that opens at `position`: its content, and where it ends."""
    try:
        return _PYTHON.raw_decode(text, position)
    except ValueError:
        raise Refused("a string that is none") from None


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    assert found is not None
    return found.end()
