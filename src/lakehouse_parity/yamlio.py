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

    __slots__ = ("_file", "_line", "_lines")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self._file, self._line = file, line
        self._lines: dict[str, int] = {}

    @property
    def place(self) -> Place:
        """Where it begins."""
        return Place(self._file, self._line)

    def place_of(self, key: str) -> Place:
        """Where the key stands; where the mapping begins, if it has no such key."""
        return Place(self._file, self._lines.get(key, self._line))

    def add_key(self, key: str, line: int) -> None:
        """Take in where a key stands, before its value comes. Raises Mistake for one that is there."""
        if key in self._lines:
            what = f"key {key!r} stands here twice, first in line {self._lines[key]}"
            raise Mistake(what, Place(self._file, line))
        self._lines[key] = line


class Items(list[Any]):
    """A sequence that knows where each of its items stands."""

    __slots__ = ("_file", "_lines")

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file = file
        self._lines: list[int] = []

    def add(self, item: Any, line: int) -> None:
        """Append an item that stands in that line."""
        self._lines.append(line)
        self.append(item)

    @property
    def places(self) -> list[Place]:
        """Where each item stands."""
        return [Place(self._file, line) for line in self._lines]


def read(path: Path, name: str | None = None, tags: Tagged | None = None) -> Any:
    """The document in the file; None for an empty one. Raises Mistake with file and line."""
    name = name or str(path)
    return parse(textfile.read(path, name), name, tags)


def parse(text: str, name: str, tags: Tagged | None = None) -> Any:
    """The document in the text; errors name the file `name`."""
    builder = _Builder(name, tags or {})
    try:
        for event in iter(_LOADER(text).get_event, None):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Mistake(f"is not YAML: {error.problem}", Place(name, mark.line + 1 if mark else 0)) from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise Mistake(f"is not YAML: {' '.join(str(error).split())}", Place(name)) from None
    return builder.document


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark else 0


class _Builder:
    """Turns the events of one document into values, with a stack of what is open.

    The parser's own trees are made by recursion in C, which ends the process where a text is nested
    deeply enough; its events are not. A file of probes has dozens of events for each, so that a place is
    kept as its line, and made when somebody asks for it.
    """

    def __init__(self, name: str, tags: Tagged) -> None:
        self.document: Any = None
        self._name = name
        self._tags = tags
        self._around: Any = None
        """The innermost Map or Items that is open."""
        self._key: str | None = None
        """In a mapping the key whose value is awaited; None where a key is, and in a list."""
        self._open: list[tuple[Any, str | None]] = []
        """What is around it, each with its awaited key."""
        self._documents = 0
        self._anchors: dict[str, Place] = {}

    def take(self, event: yaml.Event) -> None:
        """Go one event on. Raises Mistake."""
        take = _TAKES.get(event.__class__)
        if take is not None:
            take(self, event)

    def take_scalar(self, event: yaml.ScalarEvent) -> None:
        around = self._around
        if self._key is None and around.__class__ is Map:
            self._key = event.value
            around.add_key(event.value, _line(event))
        else:
            self._put(event, self._scalar(event))

    def begin(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag not in (None, "!", *_COLLECTIONS):
            self._fail(event, f"unknown tag {event.tag}")
        if self._key is None and isinstance(self._around, Map):
            self._fail(event, "a key has to be text")
        if len(self._open) == DEEPEST:
            self._fail(event, f"is nested too deeply: {DEEPEST} levels are all there may be")
        is_map, line = isinstance(event, yaml.MappingStartEvent), _line(event)
        begun = Map(self._name, line) if is_map else Items(self._name)
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
            around[key] = value
            self._key = None
        elif around is not None:
            around.add(value, _line(event))
        else:
            self.document = value

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text, quoted, tag = event.value, bool(event.style), event.tag
        if tag is not None:
            if tag in self._tags:
                return self._tags[tag](text, self._place(event))
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


def plain(value: Any) -> Any:
    """The value as an ordinary lossless tree, without the places."""
    if isinstance(value, Map):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value]
    return value
