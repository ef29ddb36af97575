"""Where several trees are not the same, found without recursion and without losing anything.

Two tiers: *values* are judged; *forms*, where only the writing of a number differs (`1`, `1.0`),
are reported. Key order and string escapes are below that and are not looked at.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from lakehouse_parity.lossless import same_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lakehouse_parity.model import Tree
    from lakehouse_parity.paths import Path


class Missing(Enum):
    """The value of a side that has none at a place."""

    ABSENT = "absent"


ABSENT = Missing.ABSENT


def walk(sides: Sequence[Tree]) -> Iterator[tuple[Path, tuple[Tree, ...], bool]]:
    """Yield (path, one value a side, whether only the form differs) for each place that differs.

    A place is as deep as all sides have the same kind of container there.
    """
    stack: list[tuple[Path, tuple[Tree, ...]]] = [((), tuple(sides))]
    while stack:
        path, values = stack.pop()
        if _identical(values):
            continue
        kinds = {type(value) for value in values}
        if kinds == {dict}:
            keys = dict.fromkeys(key for value in values for key in value)
            stack.extend(
                ((*path, key), tuple(value.get(key, ABSENT) for value in values)) for key in reversed(keys)
            )
        elif len(kinds) == 1 and issubclass(kinds.pop(), list):
            stack.extend(_elements(path, values))
        else:
            yield path, values, all(equal(values[0], value) for value in values[1:])


def _elements(path: Path, values: tuple[list[Tree], ...]) -> Iterator[tuple[Path, tuple[Tree, ...]]]:
    for index in reversed(range(max(map(len, values)))):
        yield (*path, index), tuple(value[index] if index < len(value) else ABSENT for value in values)


def _identical(values: tuple[Tree, ...]) -> bool:
    first = values[0]
    try:
        return all(value is first or value == first for value in values[1:])
    except RecursionError:
        return False


def equal(one: Tree, other: Tree) -> bool:
    """Whether two trees have the same value, however their numbers are written."""
    if isinstance(one, bytes) and isinstance(other, bytes):
        return same_number(one, other)
    if type(one) is not type(other) or not isinstance(one, dict | list):
        return bool(one == other and type(one) is type(other))
    return all(only_form for _, _, only_form in walk((one, other)))
