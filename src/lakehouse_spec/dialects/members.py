"""The members of a request object: the named ones as texts of their own, the others only skipped.

A typed request differs from a value in what is *not* asked of the members that nobody reads (IT-2):
serde_json skips them without a look at the range of numbers, at surrogates, at UTF-8 or at the
depth; encoding/json keeps them as text after a scan of the whole document's syntax and depth.
"""

from __future__ import annotations

import re
from json import JSONDecoder
from json.scanner import make_scanner
from typing import TYPE_CHECKING

from lakehouse_spec.dialects.events import events
from lakehouse_spec.dialects.guards import check_bytes, check_depth, leniently_decoded
from lakehouse_spec.dialects.model import Dialect, Json, Refused
from lakehouse_spec.dialects.reading import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


def _unread(number: str) -> Json:
    """Let a number pass that nobody reads, whatever its range."""
    return number


def _refuse_constant(name: str) -> Json:
    raise Refused(f"{name} is no JSON")


_SPACE = re.compile(r"[ \t\n\r]*+")
_PLAIN_NAME = re.compile(r'("[ !#-\[\]-~]*+")[ \t\n\r]*+:[ \t\n\r]*+')
"""A name of printable ASCII without an escape, and what leads to its value: as nearly all are."""
_PLAIN_COMMA = re.compile(r"[ \t\n\r]*+,[ \t\n\r]*+")
_LENIENT = JSONDecoder(parse_int=_unread, parse_float=_unread, parse_constant=_refuse_constant)
_SKIP = make_scanner(_LENIENT)  # type: ignore[arg-type]  # a decoder holds the scanner's settings


def document(body: bytes, dialect: Dialect) -> str:
    """Read a request's body as text, after what the library asks of the document as a whole (JS-3, JS-8)."""
    text = leniently_decoded(body, dialect)
    if dialect is Dialect.ENCODING_JSON:
        check_depth(text, dialect)
    return text


def members(text: str, names: Collection[str], dialect: Dialect) -> dict[str, str]:
    """Take the texts of the members called `names` of the one object that `text` is.

    Raises `Refused` where the text is no JSON object, or gives one of these members twice (HT-4).
    """
    found: dict[str, str] = {}
    for name, value in _entries(text, "{", "}"):
        known = _read_name(name, dialect)
        if known in found:
            raise Refused(f"duplicate member {known}")
        if known in names:
            found[known] = value
    return found


def _read_name(text: str, dialect: Dialect) -> str:
    """Read the text of a name; one without an escape is what stands between its quotes."""
    return text[1:-1] if text.isascii() and "\\" not in text else str(parse(_sound(text), dialect))


def elements(text: str) -> list[str]:
    """Take the texts of the elements of the one array that `text` is; raises `Refused`."""
    return [value for _, value in _entries(text, "[", "]")]


def read(text: str, dialect: Dialect, enclosing: int) -> Json:
    """Read the value of a member's or element's text, `enclosing` arrays and objects deep."""
    return parse(_sound(text), dialect, enclosing)


def _sound(text: str) -> str:
    if not text.isascii():
        check_bytes(text)
    return text


def _entries(text: str, opener: str, closer: str) -> Iterator[tuple[str, str]]:
    """Each entry of the one array or object: its name's text (empty in an array) and its value's text."""
    position = _expect(text, 0, opener)
    if text[position : position + 1] != closer:
        while True:
            name, position = _name(text, position) if opener == "{" else ("", position)
            end = _skip(text, position)
            yield name, text[position:end]
            if comma := _PLAIN_COMMA.match(text, end):
                position = comma.end()
                continue
            position = _space(text, end)
            if text[position : position + 1] != closer:
                raise Refused("expected ,")
            break
    if _space(text, position + 1) != len(text):
        raise Refused("text behind the value")


def _name(text: str, position: int) -> tuple[str, int]:
    """Take the text of the name at `position`, quotes included, and where its value begins."""
    if plain := _PLAIN_NAME.match(text, position):
        return plain[1], plain.end()
    if text[position : position + 1] != '"':
        raise Refused("expected a member's name")
    end = _skip(text, position)
    return text[position:end], _expect(text, _space(text, end), ":")


def _skip(text: str, position: int) -> int:
    """Where the value at `position` ends; only its syntax is looked at."""
    try:
        return _SKIP(text, position)[1]
    except RecursionError:
        return max(event.end for event in events(text, position))
    except (ValueError, StopIteration):
        raise Refused("not JSON") from None


def _expect(text: str, position: int, character: str) -> int:
    """Where reading goes on behind a character that has to come next, and behind white space."""
    position = _space(text, position)
    if text[position : position + 1] != character:
        raise Refused(f"expected {character}")
    return _space(text, position + 1)


def _space(text: str, position: int) -> int:
    """Find where the white space at `position` ends."""
    found = _SPACE.match(text, position)
    assert found is not None
    return found.end()
