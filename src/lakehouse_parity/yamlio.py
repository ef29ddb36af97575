"""YAML read strictly: every value knows its line, and nothing is guessed.

Plain scalars follow JSON, not YAML 1.1: `null`, `true`, `false` and JSON numbers (kept as the bytes
of their lexeme) are what they look like, everything else is text; `no` stays a word. Duplicate keys,
aliases and foreign tags are mistakes.

A text is read in two steps: first its outline, and of that the values, each with its place, with tags
resolved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lakehouse_parity import textfile
from lakehouse_parity.errors import Place
from lakehouse_parity.outline import Outline, outline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Tagged = Mapping[str, Callable[[str, Place], Any]]


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


def read(path: Path, name: str | None = None, tags: Tagged | None = None) -> Any:
    """The document in the file; None for an empty one. Raises Mistake with file and line."""
    name = name or str(path)
    return parse(textfile.read(path, name), name, tags)


def parse(text: str, name: str, tags: Tagged | None = None) -> Any:
    """The document in the text; errors name the file `name`."""
    return _placed(outline(text, name, tags or ()), name, tags or {})


def _placed(told: Outline, name: str, tags: Tagged) -> Any:
    """The values of an outline, which is no deeper than DEEPEST. Raises Mistake where a tag does."""
    kind = told.__class__
    if kind is list:
        values, lines = told
        items = Items(name, lines)
        items.extend([_placed(value, name, tags) for value in values])
        return items
    if kind is not tuple:
        return told
    first, second, third = told
    if isinstance(first, str):
        return tags[first](second, Place(name, third))
    members = Map(name, first, third)
    for key, value in second.items():
        members[key] = value if value.__class__ is str else _placed(value, name, tags)
    return members


def plain(value: Any) -> Any:
    """The value as an ordinary lossless tree, without the places."""
    if isinstance(value, Map):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Items):
        return [plain(item) for item in value]
    return value
