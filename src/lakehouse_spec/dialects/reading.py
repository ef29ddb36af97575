"""From text to value, exactly as the library would: `parse`."""

from __future__ import annotations

from json import JSONDecoder
from json.scanner import make_scanner
from typing import TYPE_CHECKING

from lakehouse_spec.dialects.events import Event, Kind, events
from lakehouse_spec.dialects.go_numbers import go_number
from lakehouse_spec.dialects.guards import check_depth, decoded, with_whole_surrogates
from lakehouse_spec.dialects.model import SERDE_JSON_DEPTH, WHITE_SPACE, Dialect, Json, Refused
from lakehouse_spec.dialects.serde_numbers import serde_float, serde_integer

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


def _refuse_constant(name: str) -> Json:
    """Python reads `NaN` and `Infinity`; RFC 8259 and both libraries do not (JS-1)."""
    raise Refused(f"{name} is no JSON")


_SERDE = JSONDecoder(parse_int=serde_integer, parse_float=serde_float, parse_constant=_refuse_constant)
_SERDE_SCAN = make_scanner(_SERDE)  # type: ignore[arg-type]  # a decoder holds the scanner's settings
_GO = JSONDecoder(parse_int=go_number, parse_float=go_number, parse_constant=_refuse_constant)
_GO_SCAN = make_scanner(_GO)  # type: ignore[arg-type]  # likewise
"""Python's own scanner, which reads one value and says where it ends."""


def parse(text: str | bytes, dialect: Dialect, enclosing: int = 0) -> Json:
    """Give the value of a text that parses as a whole in `dialect`; raises `Refused` (JS-1 to JS-8).

    `enclosing` is the number of arrays and objects that are open around the text where it is a part
    of a larger one; they count towards the depth (JS-3).
    """
    if isinstance(text, bytes):
        text = decoded(text, dialect)
    text = text.strip(WHITE_SPACE)
    if "\\" in text:
        text = with_whole_surrogates(text, dialect)
    if len(text) > SERDE_JSON_DEPTH - enclosing:  # a shorter one has too few brackets for either
        check_depth(text, dialect, enclosing)
    try:
        value, end = (_SERDE_SCAN if dialect is Dialect.SERDE_JSON else _GO_SCAN)(text, 0)
    except RecursionError:
        value, end = _parse_deep(text, dialect)
    except (ValueError, StopIteration):
        raise Refused("not JSON") from None
    if end != len(text):
        raise Refused("text behind the value")
    return value  # type: ignore[no-any-return]  # it builds nothing but Json


def _parse_deep(text: str, dialect: Dialect) -> tuple[Json, int]:
    """As the scanner, for any depth: the value at the beginning of the text, and where it ends."""
    outermost: list[Json] = []
    open_ones: list[list[Json] | dict[str, Json]] = [outermost]
    key, end = "", 0
    for event in events(text):
        end = event.end
        if event.kind is Kind.KEY:
            key = event.text
        elif event.kind is Kind.CLOSE:
            open_ones.pop()
        else:
            value = _value(event, dialect)
            _put(open_ones[-1], key, value)
            if event.kind is Kind.OPEN:
                open_ones.append(value)  # type: ignore[arg-type]  # what opens is a list or a dict
    return outermost[0], end


def _put(container: list[Json] | dict[str, Json], key: str, value: Json) -> None:
    """Add a value; under a key that is there already it replaces the former one (JS-2)."""
    if isinstance(container, dict):
        container[key] = value
    else:
        container.append(value)


def _value(event: Event, dialect: Dialect) -> Json:
    """Give what an event stands for; an array or object is empty when it opens."""
    if event.kind is Kind.OPEN:
        return [] if event.text == "[" else {}
    if event.kind is Kind.NUMBER:
        return _number(event.text, dialect)
    return WORDS[event.text] if event.kind is Kind.WORD else event.text


def _number(text: str, dialect: Dialect) -> int | float:
    read: Callable[[str], int | float] = go_number
    if dialect is Dialect.SERDE_JSON:
        read = serde_float if any(sign in text for sign in ".eE") else serde_integer
    return read(text)
