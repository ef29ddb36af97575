"""Reading a mapping key by key, so that a missing, mistyped or unknown key is one clear sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from lakehouse_parity.errors import Mistake
from lakehouse_parity.yamlio import Items, Map

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.errors import Place

T = TypeVar("T")

BREAKS = frozenset("\r\n\0")
"""Characters that no header can hold."""

_NAMES: dict[type, str] = {
    str: "text",
    bool: "true or false",
    bytes: "a number",
    Map: "a mapping",
    Items: "a list",
}


class Fields:
    """One mapping under reading; `close` complains of what nobody asked for."""

    def __init__(self, value: Any, what: str, place: Place) -> None:
        if not isinstance(value, Map):
            raise Mistake(f"{what} has to be a mapping", place)
        self.map = value
        self.what = what
        self._asked: set[str] = set()

    def fail(self, what: str, key: str | None = None) -> NoReturn:
        """Raise a Mistake at the key, or at the mapping."""
        raise Mistake(what, self.place(key))

    def place(self, key: str | None = None) -> Place:
        """Where the key stands, or the mapping."""
        return self.map.place_of(key) if key else self.map.place

    def has(self, key: str) -> bool:
        """Whether the key is there; asking counts as reading it."""
        self._asked.add(key)
        return key in self.map

    def any(self, key: str) -> Any:
        """The value, whatever its type; None where it is absent."""
        self._asked.add(key)
        return self.map.get(key)

    def get(self, key: str, kind: type[T]) -> T | None:
        """The value if it is there, of that type. Raises Mistake."""
        self._asked.add(key)
        value = self.map.get(key)
        if value is None and key not in self.map:
            return None
        if not isinstance(value, kind):
            self.fail(f"{key!r} of {self.what} has to be {_NAMES[kind]}, not {_shown(value)}", key)
        return value

    def need(self, key: str, kind: type[T]) -> T:
        """The value, which has to be there, of that type. Raises Mistake."""
        value = self.get(key, kind)
        if value is None:
            self.fail(f"{self.what} has no {key!r}")
        return value

    def number(self, key: str, default: int, low: int, high: int) -> int:
        """An integer within bounds, both included. Raises Mistake."""
        lexeme = self.get(key, bytes)
        if lexeme is None:
            return default
        if not lexeme.isdigit() or len(lexeme) > len(str(high)) or not low <= int(lexeme) <= high:
            self.fail(f"{key!r} of {self.what} has to be an integer from {low} to {high}", key)
        return int(lexeme)

    def data(self) -> bytes:
        """The bytes of `body`, a text, or of `body_hex`, for bytes that no text has. Raises Mistake."""
        if not self.has("body_hex"):
            return (self.get("body", str) or "").encode()
        if self.has("body"):
            self.fail(f"{self.what} has a 'body' and a 'body_hex'", "body_hex")
        try:
            return bytes.fromhex(self.need("body_hex", str))
        except ValueError:
            self.fail("'body_hex' has to be pairs of hexadecimal digits", "body_hex")

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The pairs under `headers`; nothing where there is none. Raises Mistake."""
        return [_header(item, place) for item, place in self.items("headers")]

    def items(self, key: str) -> Iterator[tuple[Any, Place]]:
        """The items of a list, each with its place; nothing where the key is absent."""
        items = self.get(key, Items)
        return zip(items, items.places, strict=True) if items else iter(())

    def fields(self, key: str) -> Fields | None:
        """The mapping under a key as Fields of its own; None where it is absent."""
        value = self.get(key, Map)
        return None if value is None else Fields(value, f"{self.what}.{key}", self.place(key))

    def close(self) -> None:
        """Raise a Mistake at the first key that nobody asked for."""
        for key in self.map:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                self.fail(f"unknown key {key!r} in {self.what}; known are: {known}", key)


def _header(item: Any, place: Place) -> tuple[bytes, bytes]:
    if not isinstance(item, Items) or [type(part) for part in item] != [str, str]:
        raise Mistake("a header is a list of two texts: [name, value]", place)
    name, value = item
    if BREAKS & {*name, *value}:
        raise Mistake("a header cannot hold a line break", place)
    return name.encode(), value.encode()


def _shown(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bytes):
        return value.decode()
    return _NAMES[type(value)] if isinstance(value, Map | Items) else repr(value)
