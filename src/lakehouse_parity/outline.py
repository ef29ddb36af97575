"""The outline of a YAML text: its values as plain data, each with its line, by the strict rules of `yamlio`.

It follows from the text alone: what a tag stands for, and what the file is called, is no part of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from lakehouse_parity.errors import Mistake, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Container

Outline = Any
"""A scalar as its value, or as (tag, text, line) where it has a tag; a mapping as (line, values by key,
lines by key); a list as [values, lines]."""

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z", re.ASCII)
"""A plain scalar that is a number."""

_WORDS = {"null": None, "true": True, "false": False}
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
DEEPEST = 200
"""How many mappings and lists may be open at once."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = yaml.resolver.Resolver()


def outline(text: str, name: str, tags: Container[str]) -> Outline:
    """The outline of a text with only these tags; errors name the file `name`. Raises Mistake."""
    builder = _Builder(name, tags)
    try:
        for event in iter(_LOADER(text).get_event, None):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Mistake(f"is not YAML: {error.problem}", Place(name, mark.line + 1 if mark else 0)) from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise Mistake(f"is not YAML: {' '.join(str(error).split())}", Place(name)) from None
    return builder.document


def _own_tag(text: str, *, quoted: bool) -> str:
    """The tag that a scalar has if the file does not give it one."""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (not quoted, quoted))  # type: ignore[no-untyped-call]
    return tag


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark else 0


class _Builder:
    """Turns the events of one document into its outline, with a stack of what is open.

    The parser's own trees are made by recursion in C, which ends the process where a text is nested
    deeply enough; its events are not. A file of probes has dozens of events for each, so that a place is
    kept as its line, and made when somebody asks for it.
    """

    def __init__(self, name: str, tags: Container[str]) -> None:
        self.document: Outline = None
        self._name = name
        self._tags = tags
        self._around: Outline = None
        """The innermost mapping or list that is open."""
        self._key: str | None = None
        """In a mapping the key whose value is awaited; None where a key is, and in a list."""
        self._open: list[tuple[Outline, str | None]] = []
        """What is around it, each with its awaited key."""
        self._documents = 0
        self._anchors: dict[str, Place] = {}

    def take(self, event: yaml.Event) -> None:
        """Go one event on. Raises Mistake."""
        take = _TAKES.get(event.__class__)
        if take is not None:
            take(self, event)

    def take_scalar(self, event: yaml.ScalarEvent) -> None:
        if self._key is None and self._around.__class__ is tuple:
            self._take_key(event)
        else:
            self._put(event, self._scalar(event))

    def _take_key(self, event: yaml.ScalarEvent) -> None:
        key, lines = event.value, self._around[2]
        if key in lines:
            self._fail(event, f"key {key!r} stands here twice, first in line {lines[key]}")
        lines[key] = _line(event)
        self._key = key

    def begin(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag not in (None, "!", *_COLLECTIONS):
            self._fail(event, f"unknown tag {event.tag}")
        if self._key is None and isinstance(self._around, tuple):
            self._fail(event, "a key has to be text")
        if len(self._open) == DEEPEST:
            self._fail(event, f"is nested too deeply: {DEEPEST} levels are all there may be")
        begun: Outline = (_line(event), {}, {}) if isinstance(event, yaml.MappingStartEvent) else [[], []]
        self._put(event, begun)
        self._open.append((self._around, self._key))
        self._around, self._key = begun, None

    def end(self, _: yaml.CollectionEndEvent) -> None:
        self._around, self._key = self._open.pop()

    def begin_document(self, event: yaml.Event) -> None:
        self._documents += 1
        if self._documents > 1:
            self._fail(event, "is not YAML: a second document begins here, and a file has one")

    def fail_at_anchor(self, event: yaml.AliasEvent) -> NoReturn:
        if event.anchor not in self._anchors:
            self._fail(event, "is not YAML: found undefined alias")
        raise Mistake("is used again by an alias: write it out", self._anchors[event.anchor])

    def _place(self, event: yaml.Event) -> Place:
        return Place(self._name, _line(event))

    def _fail(self, event: yaml.Event, what: str) -> NoReturn:
        raise Mistake(what, self._place(event))

    def _put(self, event: yaml.NodeEvent, value: Any) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = self._place(event)
        around, key = self._around, self._key
        if key is not None:
            around[1][key] = value
            self._key = None
        elif around is not None:
            around[0].append(value)
            around[1].append(_line(event))
        else:
            self.document = value

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text, quoted, tag = event.value, bool(event.style), event.tag
        if tag is not None:
            if tag in self._tags:
                return (tag, text, _line(event))
            if tag not in ("!", _own_tag(text, quoted=quoted)):
                self._fail(event, f"unknown tag {tag}")
        if quoted:
            return text
        if text in _WORDS:
            return _WORDS[text]
        return text.encode() if NUMBER.match(text) else text


_TAKES: dict[type, Callable[[_Builder, Any], None]] = {
    yaml.ScalarEvent: _Builder.take_scalar,
    yaml.MappingStartEvent: _Builder.begin,
    yaml.SequenceStartEvent: _Builder.begin,
    yaml.MappingEndEvent: _Builder.end,
    yaml.SequenceEndEvent: _Builder.end,
    yaml.AliasEvent: _Builder.fail_at_anchor,
    yaml.DocumentStartEvent: _Builder.begin_document,
}
"""What is done with each kind of event; the others say nothing of values."""
