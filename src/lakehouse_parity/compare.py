"""Where several trees are not the same, found without recursion and without losing anything.

Two tiers: *values* are judged; *forms*, where only the writing of a number differs (`1`, `1.0`),
are reported. Key order and string escapes are below that and are not looked at.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from lakehouse_parity.lossless import Repeated, same_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lakehouse_parity.model import Tree
    from lakehouse_parity.paths import Path


class Missing(Enum):
    """The value of a side that has none at a place."""

    ABSENT = "absent"


ABSENT = Missing.ABSENT

_LISTS = (list, Repeated)
_DEEPER = 500
"""Levels to walk down, where trees are too deep to be compared as wholes, before that is tried again."""


def walk(sides: Sequence[Tree]) -> Iterator[tuple[Path, tuple[Tree, ...], bool]]:
    """Yield (path, one value a side, whether only the form differs) for each place that differs.

    A place is as deep as all sides have the same kind of container there.
    """
    stack: list[tuple[_Way, int, tuple[Tree, ...]]] = [(None, 0, tuple(sides))]
    compared_from = 0
    while stack:
        way, depth, values = stack.pop()
        try:
            if depth >= compared_from and _identical(values):
                continue
        except RecursionError:
            compared_from = depth + _DEEPER
        kinds = {type(value) for value in values}
        kind = kinds.pop() if len(kinds) == 1 else None
        if kind is dict or kind in _LISTS:
            parts = _members(values) if kind is dict else _elements(values)
            stack.extend(((way, key), depth + 1, part) for key, part in parts)
        elif kind is None or not _identical(values):
            yield _path(way), values, all(equal(values[0], value) for value in values[1:])


_Way = tuple["_Way", str | int] | None
"""A place as its parent's and the last step: no copy of the whole path at every level."""


def _path(way: _Way) -> Path:
    parts: list[str | int] = []
    while way is not None:
        way, part = way
        parts.append(part)
    return tuple(reversed(parts))


def _members(values: tuple[dict[str, Tree], ...]) -> Iterator[tuple[str, tuple[Tree, ...]]]:
    for key in reversed(dict.fromkeys(key for value in values for key in value)):
        yield key, tuple(value.get(key, ABSENT) for value in values)


def _elements(values: tuple[list[Tree], ...]) -> Iterator[tuple[int, tuple[Tree, ...]]]:
    for index in reversed(range(max(map(len, values)))):
        yield index, tuple(value[index] if index < len(value) else ABSENT for value in values)


def _identical(values: tuple[Tree, ...]) -> bool:
    """Whether they are the same to the interpreter, which raises RecursionError where they are too deep."""
    first = values[0]
    return all(value is first or value == first for value in values[1:])


def equal(one: Tree, other: Tree) -> bool:
    """Whether two trees have the same value, however their numbers are written."""
    if isinstance(one, bytes) and isinstance(other, bytes):
        return same_number(one, other)
    if type(one) is not type(other) or not isinstance(one, dict | list):
        return bool(one == other and type(one) is type(other))
    return all(only_form for _, _, only_form in walk((one, other)))
