"""The Schema checks that all validators share, and what a context gives (VA-7 to VA-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lakehouse_spec.requests import LARGEST_U32
from lakehouse_spec.validate.report import ErrorClass, Invalid

if TYPE_CHECKING:
    from lakehouse_spec.dialects import Json

MISSING = "required member is missing"
"""Also the reason of a null, which equals absent (VA-7)."""


def malformed(field: str, reason: str) -> Invalid:
    """Name a failed Schema check (VA-8)."""
    return Invalid(ErrorClass.SCHEMA, reason, field)


def an_object(value: Json, field: str) -> dict[str, Json]:
    """Take an object; its unknown members are ignored (VA-9)."""
    if not isinstance(value, dict):
        raise malformed(field, "expected an object")
    return value


def a_string(value: Json, field: str) -> str:
    """Take a string, which may be empty."""
    if not isinstance(value, str):
        raise malformed(field, "expected a string")
    return value


def an_array(value: Json, field: str) -> list[Json]:
    """Take an array, which may be empty."""
    if not isinstance(value, list):
        raise malformed(field, "expected an array")
    return value


def required(members: dict[str, Json], name: str, field: str | None = None) -> Json:
    """Take a member that has to be there; `field` is its path where that is not its name."""
    value = members.get(name)
    if value is None:
        raise malformed(field or name, MISSING)
    return value


def optional_string(members: dict[str, Json], name: str, field: str | None = None) -> str | None:
    """Take a string where the member is there."""
    value = members.get(name)
    return None if value is None else a_string(value, field or name)


class Context(NamedTuple):
    """What the caller says about the contract; a member of another type counts as absent (VA-10)."""

    members: dict[str, Json]
    """The context's members as they came."""

    def text(self, name: str) -> str | None:
        """Take a string; the empty one is a value."""
        value = self.members.get(name)
        return value if isinstance(value, str) else None

    def target_count(self) -> int | None:
        """Take a number whose value is an integer from 0 to 4294967295 (`2.0` is 2)."""
        value = self.members.get("target_count")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        return int(value) if 0 <= value <= LARGEST_U32 and value == int(value) else None


def context(value: Json) -> Context:
    """Take a context; one that is not an object counts as absent (VA-10)."""
    return Context(value if isinstance(value, dict) else {})
