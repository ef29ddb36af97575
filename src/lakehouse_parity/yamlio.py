"""YAML read strictly: every value knows its line, and nothing is guessed.

Plain scalars follow JSON, not YAML 1.1: `null`, `true`, `false` and JSON numbers (kept as the bytes
of their lexeme) are what they look like, everything else is text; `no` stays a word. Duplicate keys,
aliases and foreign tags are mistakes.

A text is read in two steps. Its outline is plain data and follows from the text alone, so that it can be
kept from one run to the next: what libyaml says of a file of probes takes longer than everything else about
it. The values are made of the outline, each with its place, and tags are resolved then.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from lakehouse_parity import kept, textfile
from lakehouse_parity.errors import Mistake, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from lakehouse_parity.kept import Kept

    Tagged = Mapping[str, Callable[[str, Place], Any]]
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


def _own_tag(text: str, *, quoted: bool) -> str:
    """The tag that a scalar has if the file does not give it one."""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (not quoted, quoted))  # type: ignore[no-untyped-call]
    return tag


class Map(dict[str, Any]):
    """A mapping that knows where it and each of its keys stand."""

    __slots__ = ("_file", "_line", "_lines")

    def __init__(self, file: str, line: int, lines: dict[str, int]) -> None:
        super().__init__()
        self._file, self._line, self._lines = file, line, lines

    @property
    def place(self) -> Place:
        """Where it begins."""
        return Place(self._file, self._line)

    def place_of(self, key: str) -> Place:
        """Where the key stands; where the mapping begins, if it has no such key."""
        return Place(self._file, self._lines.get(key, self._line))


class Items(list[Any]):
    """A sequence that knows where each of its items stands."""

    __slots__ = ("_file", "_lines")

    def __init__(self, file: str, lines: list[int]) -> None:
        super().__init__()
        self._file, self._lines = file, lines

    @property
    def places(self) -> list[Place]:
        """Where each item stands."""
        return [Place(self._file, line) for line in self._lines]


def read(path: Path, name: str | None = None, tags: Tagged | None = None, store: Kept | None = None) -> Any:
    """The document in the file; None for an empty one. Raises Mistake with file and line.

    With a store a file that was read before is not parsed again.
    """
    name = name or str(path)
    text = textfile.read(path, name)
    if store is None:
        return parse(text, name, tags)
    made_of = "\n".join((*sorted(tags or ()), text)).encode()
    return _placed(store.of(made_of, lambda: _outline(text, name, tags or ())), name, tags or {})


def parse(text: str, name: str, tags: Tagged | None = None) -> Any:
    """The document in the text; errors name the file `name`."""
    return _placed(_outline(text, name, tags or ()), name, tags or {})


def _outline(text: str, name: str, tags: Container[str]) -> Outline:
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


def _placed(outline: Outline, name: str, tags: Tagged) -> Any:
    """The values of an outline, which is no deeper than DEEPEST. Raises Mistake where a tag does."""
    kind = outline.__class__
    if kind is list:
        values, lines = outline
        items = Items(name, lines)
        items.extend([_placed(value, name, tags) for value in values])
        return items
    if kind is not tuple:
        return outline
    first, second, third = outline
    if isinstance(first, str):
        return tags[first](second, Place(name, third))
    members = Map(name, first, third)
    for key, value in second.items():
        members[key] = value if value.__class__ is str else _placed(value, name, tags)
    return members


def keeping(environment: Mapping[str, str]) -> Kept | None:
    """Where this user's runs keep outlines, for this very version of the rules; None where they cannot."""
    place = kept.folder(environment)
    try:
        rules = Path(__file__).read_bytes() + yaml.__version__.encode()
    except OSError:
        return None
    return kept.Kept(place / "yaml", rules) if place else None


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


def plain(value: Any) -> Any:
    """The value as an ordinary lossless tree, without the places."""
    if isinstance(value, Map):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value]
    return value
