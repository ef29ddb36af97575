"""Masks: places where a value is free within a type.

A mask replaces a value of its type by a token and leaves any other value where it is, so that a
wrong type shows as a difference. It is declared with a path and a reason, and counted.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from lakehouse_parity import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from lakehouse_parity.model import Mask, Surface, Tree


class Masked(Struct, frozen=True):
    """What stands in the place of a masked value; equal to every other of its type."""

    type: str

    def __str__(self) -> str:
        return f"({self.type}, masked)"


_token = lru_cache(maxsize=256)(Masked)
"""One for all masks of a type: what is the same object need not be compared."""


def _text(pattern: str) -> Callable[[Tree], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _count(value: Tree) -> bool:
    return isinstance(value, bytes) and value.isdigit()


TYPES: Mapping[str, Callable[[Tree], bool]] = {
    "count": _count,
    "instant": _text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)"),
    "instant-ms": _text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "id": _text(r"[\x21-\x7e]+"),
    "span-id": _text(r"[0-9a-f]{16}"),
    "text": _text(r"(?s:.+)"),
}
"""Type name -> whether a value is of it. `prefix:TEXT` is a string that starts with TEXT and goes on;
`own` is whatever the reference has there in the name of the same daemon."""

_PREFIX = "prefix:"
_OWN = "own"


def check_type(type_: str) -> bool:
    """Whether a mask can have this type."""
    return names_type(type_) or type_ == _OWN


def names_type(type_: str) -> bool:
    """Whether a value alone can be of this type."""
    return type_ in TYPES or (type_.startswith(_PREFIX) and len(type_) > len(_PREFIX))


def holds(type_: str, value: Tree) -> bool:
    """Whether the value is of a type that `names_type` knows."""
    if type_.startswith(_PREFIX):
        prefix = type_.removeprefix(_PREFIX)
        return isinstance(value, str) and value.startswith(prefix) and value != prefix
    return TYPES[type_](value)


Documents = dict["Surface", "Tree"]


def apply(runtime: Documents, reference: Documents, masks: Iterable[Mask], fired: dict[str, int]) -> None:
    """Mask a runtime's documents and its reference's in place; `fired` counts by `surface path`."""
    for mask in masks:
        surface = mask.surface
        if surface in runtime and surface in reference:
            if not (_may_cover(mask, runtime[surface]) or _may_cover(mask, reference[surface])):
                continue
            hits = (
                _apply_own(runtime, reference, mask)
                if mask.type == _OWN
                else _apply_both(runtime, reference, mask)
            )
            if hits:
                name = f"{mask.surface.value} {mask.path}"
                fired[name] = fired.get(name, 0) + hits


def _may_cover(mask: Mask, document: Tree) -> bool:
    """False where the document has no member of the first name in the pattern: most have none."""
    pattern = paths.parse(mask.path)
    return not pattern or type(document) is not dict or pattern[0] in document or pattern[0] in _ANY_MEMBER


_ANY_MEMBER = (paths.ANY, paths.REST)


def _apply_both(runtime: Documents, reference: Documents, mask: Mask) -> int:
    return _apply_one(reference, mask) + _apply_one(runtime, mask)


def _apply_one(documents: Documents, mask: Mask) -> int:
    hits, token = 0, _token(mask.type)
    for container, key in _places(documents, mask):
        if holds(mask.type, container[key]):
            container[key] = token
            hits += 1
    return hits


def _places(documents: Documents, mask: Mask) -> list[tuple[Tree, Any]]:
    """Containers and keys that the mask covers; a whole document is one of the documents."""
    pattern = paths.parse(mask.path)
    return list(paths.places(documents[mask.surface], pattern)) if pattern else [(documents, mask.surface)]


def _apply_own(runtime: Documents, reference: Documents, mask: Mask) -> int:
    """Mask where the two are equal; a value that is not the daemon's own stays beside the right one."""
    places = zip(_places(runtime, mask), _places(reference, mask), strict=False)
    hits = 0
    for (container, key), (reference_container, reference_key) in places:
        if container[key] == reference_container[reference_key]:
            container[key] = reference_container[reference_key] = _token(_OWN)
            hits += 1
    return hits
