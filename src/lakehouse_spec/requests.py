"""How the members of a request are typed, for all three endpoints (IT-1, CH-1, VA-1)."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from lakehouse_spec.dialects import Dialect, Json, Refused
from lakehouse_spec.dialects.members import document, elements, members, read

if TYPE_CHECKING:
    from collections.abc import Collection

LARGEST_U32 = 2**32 - 1
"""The largest `max_iterations` and `max_tokens` (IT-1)."""


_COUNT = re.compile(r"0|[1-9][0-9]{0,9}")


class Kind(Enum):
    """What kind of artifact is asked for, and so which validator judges it."""

    FILL = "fill"
    """Workers for the places of a shift (chapter FI)."""
    EMAIL = "email"
    """A message to a worker (chapter EM)."""
    PLAYBOOK = "playbook"
    """An endorsement of workers for an operation (chapter PL)."""


_KINDS = {kind.value: kind for kind in Kind}


class Malformed(ValueError):  # noqa: N818  # named after what the request is
    """The request cannot be read: an answer in the class 4xx, and nothing else happens (IT-3, CH-2, VA-2)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Members(NamedTuple):
    """The known members of one object of a request, as texts that are read one by one."""

    texts: dict[str, str]
    """Each member's JSON text, under its name exactly (IT-2)."""
    dialect: Dialect
    """Whose rules read them."""
    enclosing: int
    """How many arrays and objects are open around a member (JS-3)."""

    def any_json(self, name: str) -> Json:
        """Read any JSON; None where the member is null or absent."""
        text = self.texts.get(name)
        try:
            return None if text is None else read(text, self.dialect, self.enclosing)
        except Refused as refusal:
            raise Malformed(400, f"member {name}: {refusal}") from None

    def optional_text(self, name: str) -> str | None:
        """Read a string; None where the member is null or absent."""
        value = self.any_json(name)
        if value is not None and not isinstance(value, str):
            raise Malformed(422, f"member {name}: expected a string")
        return value

    def text(self, name: str) -> str:
        """Read a required string, which may be empty."""
        value = self.optional_text(name)
        if value is None:
            raise Malformed(422, f"member {name}: expected a string")
        return value

    def kind(self) -> Kind:
        """Read the required member `kind`, one of three words."""
        kind = _KINDS.get(self.text("kind"))
        if kind is None:
            raise Malformed(422, "member kind: expected fill, email or playbook")
        return kind

    def optional_count(self, name: str) -> int | None:
        """Read an integer from 0 to 4294967295, written without fraction or exponent (IT-1).

        `3.0` and `-0` are floats to both libraries, and are refused.
        """
        text = self.texts.get(name, "null")
        if text == "null":
            return None
        if not _COUNT.fullmatch(text) or int(text) > LARGEST_U32:
            raise Malformed(422, f"member {name}: expected an integer from 0 to {LARGEST_U32}")
        return int(text)

    def optional_number(self, name: str) -> float | None:
        """Read a number as a binary64, rounded as the library does; None where it is null or absent."""
        value = self.any_json(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise Malformed(422, f"member {name}: expected a number")
        return float(value)

    def objects(self, name: str, names: Collection[str]) -> tuple[Members, ...]:
        """Read a required array of objects, each with its members called `names`."""
        try:
            texts = [members(text, names, self.dialect) for text in elements(self.texts.get(name, "null"))]
        except Refused as refusal:
            raise Malformed(422, f"member {name}: {refusal}") from None
        return tuple(Members(text, self.dialect, self.enclosing + 2) for text in texts)


def request_members(body: bytes, names: Collection[str], dialect: Dialect) -> Members:
    """Read a body as one object, its members called `names`; raises `Malformed` (IT-2, IT-3, HT-6)."""
    try:
        return Members(members(document(body, dialect), names, dialect), dialect, 1)
    except Refused as refusal:
        raise Malformed(400, str(refusal)) from None
