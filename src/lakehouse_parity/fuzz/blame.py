"""Which clause a drift is about: told from how the reference comes to its own answer.

The rules are read from the top; the first that fits names the clause. They are meant for texts as
small as they get, in which nothing stands that the difference does not need.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity import lossless
from lakehouse_parity.fuzz import traits
from lakehouse_spec.dialects import Dialect, Refused, parse
from lakehouse_spec.extract import FENCE, WHITE_SPACE, balances, candidates

if TYPE_CHECKING:
    from collections.abc import Callable

    from lakehouse_spec.dialects import Json

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_JSON_SPACE = " \t\n\r"
_ODD_SPACE = "".join(set(WHITE_SPACE) - set(_JSON_SPACE)) + "\x1c\x1d\x1e\x1f\u180e\u200b\u200d\u2060\ufeff"
_MARGIN = re.compile(f"(?:```[^\n]*\n?[ \t\n\r]*[{_ODD_SPACE}])|(?:[{_ODD_SPACE}][ \t\n\r]*```)")
_MANY_DIGITS = re.compile(r"[0-9]{16}|[0-9][eE]")


class Look(Struct, frozen=True):
    """What can be seen of a text and its reading."""

    raw: str
    fences: tuple[str, ...]
    slices: tuple[str, ...]
    taken: str | None
    """The piece that became the artifact."""
    repeated: bool
    """Whether that piece gives a member twice."""

    @property
    def by_fence(self) -> bool:
        """Whether the fence phase took it."""
        return self.taken is not None and self.taken in self.fences

    @property
    def pieces(self) -> tuple[str, ...]:
        """All that may be tried."""
        return (*self.fences, *self.slices)


def look(raw: str, dialect: Dialect = Dialect.ENCODING_JSON) -> Look:
    """Read a text as the reference does."""
    fences, slices = tuple(candidates(raw)), tuple(balances(raw))
    taken = next((piece for piece in (*fences, *slices) if _object(piece, dialect) is not None), None)
    return Look(raw, fences, slices, taken, taken is not None and _repeats(taken))


def _object(text: str, dialect: Dialect) -> Json:
    try:
        value = parse(text, dialect)
    except Refused:
        return None
    return value if isinstance(value, dict) else None


def _repeats(piece: str) -> bool:
    """Whether any object in it has a member twice."""
    try:
        tree = lossless.parse(piece.encode())
    except lossless.NotJson:
        return False
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, lossless.Repeated):
            return True
        waiting.extend(item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
    return False


def _without_strings(text: str) -> str:
    return _STRING.sub('""', text)


def _brace_in_string(seen: Look) -> bool:
    return any("{" in text or "}" in text for text in _STRING.findall(seen.raw))


def _stray_closer(seen: Look) -> bool:
    depth = 0
    for character in seen.raw:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return True
    return False


def _open_fence(seen: Look) -> bool:
    """Whether an opening fence has no closing one, or there are four backticks in a row."""
    return seen.raw.count(FENCE) % 2 == 1 or "````" in seen.raw


def _tagged_on_one_line(seen: Look) -> bool:
    """Whether the line of an opening fence holds more than a tag."""
    begins = seen.raw.find(FENCE)
    line = seen.raw[begins + 3 :].partition("\n")[0] if begins >= 0 else ""
    return "`" in line or "{" in line or "\n" not in seen.raw[begins:]


Rule = tuple[str, "Callable[[Look], bool]"]

_EARLIER: tuple[Rule, ...] = (
    ("JS-3", lambda seen: seen.raw.count("{") + seen.raw.count("[") > 60),  # noqa: PLR2004  deeper than people write
    ("JS-4", lambda seen: traits.without(seen.raw, [traits.SURROGATE]) != seen.raw),
    ("EX-5", lambda seen: _MARGIN.search(seen.raw) is not None),
)
"""What stands out in a text, whatever becomes of it."""

_TAKEN: tuple[Rule, ...] = (
    ("JS-2", lambda seen: seen.repeated),
    ("EX-13", lambda seen: seen.taken == "{}" and len(seen.pieces) == 1 and not seen.fences),
    ("EX-6", lambda seen: seen.by_fence and seen.taken != seen.fences[0]),
    ("EX-3", lambda seen: seen.by_fence and _tagged_on_one_line(seen)),
    ("EX-1", lambda seen: seen.by_fence),
    ("EX-12", _stray_closer),
    ("EX-11", _brace_in_string),
    ("EX-4", lambda seen: FENCE in seen.raw and not seen.fences),
    ("EX-7", lambda seen: FENCE in seen.raw),
    ("EX-10", lambda seen: seen.taken != seen.slices[0] or len(seen.slices) > 1),
    ("JS-6", lambda seen: _MANY_DIGITS.search(seen.raw) is not None),
    ("EX-9", lambda _: True),
)
_NOTHING: tuple[Rule, ...] = (
    ("EX-12", _stray_closer),
    ("EX-11", _brace_in_string),
    ("EX-4", lambda seen: FENCE in seen.raw and _open_fence(seen)),
    ("EX-3", lambda seen: FENCE in seen.raw and _tagged_on_one_line(seen)),
    ("EX-6", lambda seen: bool(seen.fences)),
    ("EX-10", lambda seen: _without_strings(seen.raw).count("{") > 1),
    ("JS-6", lambda seen: _MANY_DIGITS.search(seen.raw) is not None),
    ("JS-1", lambda seen: bool(seen.slices)),
    ("EX-13", lambda _: True),
)


def clause(raw: str, kind: str) -> str:
    """The clause that a drift of this kind is about."""
    seen = look(raw)
    if kind == "number" and len(set(seen.pieces)) == 1:
        return _number_clause(raw)
    rules = (*_EARLIER, *(_NOTHING if seen.taken is None else _TAKEN))
    return next(name for name, fits in rules if fits(seen))


def _number_clause(raw: str) -> str:
    """Minus zero, an integer, or any other number."""
    numbers = re.findall(r"-?[0-9][0-9.eE+-]*", _without_strings(raw))
    if any(float(number) == 0 for number in numbers if re.fullmatch(r"-0(\.0+)?", number)):
        return "JS-7"
    return "JS-5" if all(number.lstrip("-").isdigit() for number in numbers) else "JS-6"
