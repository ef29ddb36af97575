"""Places in a JSON tree, and patterns of them: `$.history[0].status`, `$.attempts[*].span_id`, `$.a.**`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lakehouse_parity.model import Tree

Path = tuple[str | int, ...]

ANY = "*"
REST = "**"

_COMPONENT = re.compile(r'\.(\*\*|\*|[A-Za-z0-9_-]+)|\[(\*|\d+)\]|\["((?:[^"\\]|\\.)*)"\]')
_PLAIN = re.compile(r"[A-Za-z0-9_-]+\Z")


def render(path: Path) -> str:
    """The path as text; a member whose name is no plain word stands in brackets and quotes."""
    return "$" + "".join(_component(part) for part in path)


def _component(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if _PLAIN.match(part):
        return f".{part}"
    escaped = part.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """The components of a pattern. Raises ValueError."""
    if not text.startswith("$"):
        raise ValueError(f"a path starts with $, not {text[:1]!r}")
    parts: list[str | int] = []
    position = 1
    while position < len(text):
        match = _COMPONENT.match(text, position)
        if match is None:
            raise ValueError(f"unreadable path at {text[position:]!r}")
        parts.append(_part(match))
        position = match.end()
    return tuple(parts)


def _part(match: re.Match[str]) -> str | int:
    name, index, quoted = match.groups()
    if index is not None:
        return ANY if index == ANY else int(index)
    return name if quoted is None else re.sub(r"\\(.)", r"\1", quoted)


def matches(pattern: Path, path: Path) -> bool:
    """Whether the pattern covers the path; `*` stands for one component, a final `**` for the rest."""
    if pattern[-1:] == (REST,):
        return matches(pattern[:-1], path[: len(pattern) - 1])
    return len(pattern) == len(path) and all(
        want in (ANY, have) for want, have in zip(pattern, path, strict=True)
    )


def places(tree: Tree, pattern: Path) -> Iterator[tuple[Tree, str | int]]:
    """Every (container, key) in the tree that the pattern covers, parents last; nothing for the root."""
    *way, last = pattern
    containers = [tree]
    for part in way:
        containers = [container[key] for container in containers for key in _keys(container, part)]
    for container in containers:
        if last == REST:
            yield from _below(container)
        else:
            for key in _keys(container, last):
                yield container, key


def _below(tree: Tree) -> Iterator[tuple[Tree, str | int]]:
    """Everything under the tree at any depth; children first, so that a parent may be replaced."""
    found: list[tuple[Tree, str | int]] = []
    stack = [tree]
    while stack:
        container = stack.pop()
        for key in _keys(container, ANY):
            found.append((container, key))
            stack.append(container[key])
    return reversed(found)


def _keys(container: Tree, part: str | int) -> Sequence[str | int]:
    """The names or indices in a container that one part of a pattern covers."""
    if isinstance(container, dict):
        if part == ANY:
            return list(container)
        return (part,) if part in container else ()
    if isinstance(container, list):
        if part == ANY:
            return range(len(container))
        return (part,) if isinstance(part, int) and part < len(container) else ()
    return ()
