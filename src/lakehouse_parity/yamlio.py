"""YAML read strictly: every value knows its line, and nothing is guessed.

Plain scalars follow JSON, not YAML 1.1: `null`, `true`, `false` and JSON numbers (kept as the bytes
of their lexeme) are what they look like, everything else is text; `no` stays a word. Duplicate keys,
aliases and foreign tags are mistakes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from lakehouse_parity.errors import Mistake, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Tagged = Mapping[str, Callable[[str, Place], Any]]

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\Z", re.ASCII)
_WORDS = {"null": None, "true": True, "false": False}
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
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Mistake(f"is not UTF-8 (byte {error.start})", Place(name)) from None
    except OSError as error:
        raise Mistake(f"cannot be read: {error.strerror}", Place(name)) from None
    return parse(text, name, tags)


def parse(text: str, name: str, tags: Tagged | None = None) -> Any:
    """The document in the text; errors name the file `name`."""
    try:
        node = yaml.compose(text, Loader=_LOADER)
        return None if node is None else _Builder(name, tags or {}).build(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Mistake(f"is not YAML: {error.problem}", Place(name, mark.line + 1 if mark else 0)) from None
    except yaml.YAMLError as error:
        raise Mistake(f"is not YAML: {error}", Place(name)) from None
    except RecursionError:
        raise Mistake("is nested too deeply", Place(name)) from None


class _Builder:
    """Turns the nodes of one document into values."""

    def __init__(self, name: str, tags: Tagged) -> None:
        self._name = name
        self._tags = tags
        self._seen: set[int] = set()

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._name, node.start_mark.line + 1)

    def _fail(self, node: yaml.Node, what: str) -> NoReturn:
        raise Mistake(what, self._place(node))

    def build(self, node: yaml.Node) -> Any:
        if id(node) in self._seen:
            self._fail(node, "is used again by an alias: write it out")
        self._seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node.tag not in ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            self._fail(node, f"unknown tag {node.tag}")
        return self._map(node) if isinstance(node, yaml.MappingNode) else self._items(node)

    def _map(self, node: yaml.MappingNode) -> Map:
        result = Map(self._place(node))
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._fail(key_node, "a key has to be text")
            key = str(key_node.value)
            if key in result:
                self._fail(
                    key_node, f"key {key!r} stands here twice, first in line {result.places[key].line}"
                )
            result.places[key] = self._place(key_node)
            result[key] = self.build(value_node)
        return result

    def _items(self, node: yaml.Node) -> Items:
        result = Items()
        for item in node.value:
            result.places.append(self._place(item))
            result.append(self.build(item))
        return result

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text = str(node.value)
        if node.tag in self._tags:
            return self._tags[node.tag](text, self._place(node))
        if node.tag != _own_tag(text, quoted=bool(node.style)):
            self._fail(node, f"unknown tag {node.tag}")
        if node.style:
            return text
        if text in _WORDS:
            return _WORDS[text]
        return text.encode() if _NUMBER.match(text) else text


def plain(value: Any) -> Any:
    """The value as an ordinary lossless tree, without the places."""
    if isinstance(value, Map):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value]
    return value
