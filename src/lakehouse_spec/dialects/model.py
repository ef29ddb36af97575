"""What a dialect is: the JSON library of one runtime, the values it keeps, and its refusal."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
"""A parsed value. `int` stands only for what serde_json keeps exactly (JS-5); every other number
is a `float`. Strings hold Unicode scalar values, never a lone surrogate."""


class Dialect(Enum):
    """Whose rules decide what parses and which value it gives (chapter JS)."""

    SERDE_JSON = "serde_json"
    """Rust's serde_json 1.x with default features, into `serde_json::Value`."""
    ENCODING_JSON = "encoding/json"
    """Go's encoding/json, into `any`."""


class Refused(ValueError):  # noqa: N818  # named after what the library does
    """The library would not parse this text; the message is for people and no part of any contract."""


SERDE_JSON_DEPTH = 127
"""Arrays and objects that serde_json lets be open at once (JS-3)."""

ENCODING_JSON_DEPTH = 10_000
"""Arrays and objects that encoding/json lets be open at once (JS-3)."""

WHITE_SPACE = " \t\n\r"
"""The only white space between JSON tokens (JS-1)."""


def depth_limit(dialect: Dialect) -> int:
    """How many arrays and objects may be open at once, the outermost counting 1 (JS-3)."""
    return SERDE_JSON_DEPTH if dialect is Dialect.SERDE_JSON else ENCODING_JSON_DEPTH
