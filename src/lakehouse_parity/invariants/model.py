"""What the invariants are made of: claims about places, and violations where a claim does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from lakehouse_parity.compare import ABSENT, Missing, equal

if TYPE_CHECKING:
    from lakehouse_parity.model import Surface, Tree
    from lakehouse_parity.paths import Path

    Where = tuple[Surface, Path]


_CONTAINERS = (dict, list)


class OneOf(tuple[str, ...]):
    """Several texts of which one has to stand at a place."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"(one of {', '.join(self)})"


FAILED_KINDS = OneOf(("no_json", "validation_failed"))
"""How every attempt but the last one ends (IT-18)."""


class Claim(NamedTuple):
    """What has to stand at one place of a story, by which clause, and which other place tells so."""

    surface: Surface
    path: Path
    value: Tree | Missing | OneOf
    clause: str
    told: Where | None = None

    def holds(self, found: Tree) -> bool:
        """Whether what stands there is it, numbers compared by value."""
        value = self.value
        if type(found) is str and type(value) is str:
            return found == value
        if isinstance(value, OneOf):
            return isinstance(found, str) and found in value
        return found is value or equal(found, value)


class Violation(Struct, frozen=True):
    """One place where a runtime's story contradicts itself, its request or a schema."""

    surface: Surface
    path: Path
    clause: str
    expected: Tree | Missing
    """ABSENT where nothing may stand there."""
    found: Tree | Missing
    """ABSENT where nothing stands there."""
    told: Where | None = None
    """The other place of the same story by which it is known; None for the request or a schema."""


def at(tree: Tree, path: Path) -> Tree | Missing:
    """What stands at a path; ABSENT where there is nothing."""
    part: Any  # a name does not fit a list, nor a number an object: that is ABSENT
    try:
        for part in path:
            if not isinstance(tree, _CONTAINERS):
                return ABSENT
            tree = tree[part]
    except (LookupError, TypeError):
        return ABSENT
    return tree


def number(value: int) -> bytes:
    """A number as trees have it."""
    return str(value).encode()


def surplus(surface: Surface, path: Path, clause: str, told: Where | None = None) -> Claim:
    """That nothing stands there."""
    return Claim(surface, path, ABSENT, clause, told)
