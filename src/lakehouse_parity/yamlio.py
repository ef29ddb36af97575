"""YAML read strictly: every value knows its line, and nothing is guessed.

Plain scalars follow JSON, not YAML 1.1: `null`, `true`, `false` and JSON numbers (kept as the bytes
of their lexeme) are what they look like, everything else is text; `no` stays a word. Duplicate keys,
aliases and foreign tags are mistakes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from lakehouse_parity import textfile
from lakehouse_parity.errors import Mistake, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Tagged = Mapping[str, Callable[[str, Place], Any]]

NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z", re.ASCII)
"""A plain scalar that is a number."""

_WORDS = {"null": None, "true": True, "false": False}
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
DEEPEST = 200
"""How many mappings and lists may be open at once."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = yaml.resolver.Resolver()


def _own_tag(text: str, *, quoted: bool) -> str:
    """The tag that a scalar has if the file does not give it one."""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (not quoted, quoted))  # type: ignore[no-untyped-call]
    return tag


class Map(dict[str, Any]):
    """A mapping that knows where it and each of its keys stand."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}


class Items(list[Any]):
    """A sequence that knows where each of its items stands."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[Place] = []


def read(path: Path, name: str | None = None, tags: Tagged | None = None) -> Any:
    """The document in the file; None for an empty one. Raises Mistake with file and line."""
    name = name or str(path)
    return parse(textfile.read(path, name), name, tags)


def parse(text: str, name: str, tags: Tagged | None = None) -> Any:
    """The document in the text; errors name the file `name`."""
    builder = _Builder(name, tags or {})
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Mistake(f"is not YAML: {error.problem}", Place(name, mark.line + 1 if mark else 0)) from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise Mistake(f"is not YAML: {' '.join(str(error).split())}", Place(name)) from None
    return builder.document


class _Builder:
    """Turns the events of one document into values, with a stack of what is open.

    The parser's own trees are made by recursion in C, which ends the process where a text is nested
    deeply enough; its events are not.
    """

    def __init__(self, name: str, tags: Tagged) -> None:
        self.document: Any = None
        self._name = name
        self._tags = tags
        self._open: list[Map | Items] = []
        self._keys: list[str | None] = []
        """For each open mapping the key whose value is awaited; None where a key is, and in a list."""
        self._documents = 0
        self._anchors: dict[str, Place] = {}

    def take(self, event: yaml.Event) -> None:
        """Go one event on. Raises Mistake."""
        if isinstance(event, yaml.ScalarEvent):
            self._take_scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._keys.pop()
        elif isinstance(event, yaml.AliasEvent):
            self._fail_at_anchor(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._begin_document(event)

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self._name, mark.line + 1 if mark else 0)

    def _fail(self, event: yaml.Event, what: str) -> NoReturn:
        raise Mistake(what, self._place(event))

    def _begin_document(self, event: yaml.Event) -> None:
        self._documents += 1
        if self._documents > 1:
            self._fail(event, "is not YAML: a second document begins here, and a file has one")

    def _fail_at_anchor(self, event: yaml.AliasEvent) -> NoReturn:
        if event.anchor not in self._anchors:
            self._fail(event, "is not YAML: found undefined alias")
        raise Mistake("is used again by an alias: write it out", self._anchors[event.anchor])

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag not in (None, "!", *_COLLECTIONS):
            self._fail(event, f"unknown tag {event.tag}")
        if self._awaits_key():
            self._fail(event, "a key has to be text")
        if len(self._open) == DEEPEST:
            self._fail(event, f"is nested too deeply: {DEEPEST} levels are all there may be")
        begun = Map(self._place(event)) if isinstance(event, yaml.MappingStartEvent) else Items()
        self._put(event, begun)
        self._open.append(begun)
        self._keys.append(None)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], Map) and self._keys[-1] is None

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        if self._awaits_key():
            self._take_key(event)
        else:
            self._put(event, self._scalar(event))

    def _take_key(self, event: yaml.ScalarEvent) -> None:
        around, key = self._open[-1], str(event.value)
        assert isinstance(around, Map)
        if key in around:
            self._fail(event, f"key {key!r} stands here twice, first in line {around.places[key].line}")
        around.places[key] = self._place(event)
        self._keys[-1] = key

    def _put(self, event: yaml.NodeEvent, value: Any) -> None:
        if event.anchor is not None:
            self._anchors[event.anchor] = self._place(event)
        around = self._open[-1] if self._open else None
        if isinstance(around, Map):
            key, self._keys[-1] = self._keys[-1], None
            around[str(key)] = value
        elif isinstance(around, Items):
            around.places.append(self._place(event))
            around.append(value)
        else:
            self.document = value

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text, quoted = str(event.value), bool(event.style)
        if event.tag is not None and event.tag in self._tags:
            return self._tags[event.tag](text, self._place(event))
        if event.tag not in (None, "!") and event.tag != _own_tag(text, quoted=quoted):
            self._fail(event, f"unknown tag {event.tag}")
        if quoted:
            return text
        if text in _WORDS:
            return _WORDS[text]
        return text.encode() if NUMBER.match(text) else text


def plain(value: Any) -> Any:
    """The value as an ordinary lossless tree, without the places."""
    if isinstance(value, Map):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value]
    return value
