"""From value to text, exactly as the library would write it: `serialise` (JS-9, JS-10)."""

from __future__ import annotations

import re
from decimal import Decimal
from json import JSONEncoder
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]  # as the library's own
from typing import TYPE_CHECKING

from lakehouse_spec.dialects.model import Dialect, Json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_FLOAT_MAYBE = re.compile(r"[0-9][.e]")
"""What no float is without, so that most texts are seen to hold none at a glance."""

GO_PLAIN_FROM, GO_PLAIN_BELOW = 1e-6, 1e21
"""Where encoding/json writes digits without an exponent (JS-9)."""

_PYTHON = JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
"""Sorted keys, no white space, and exactly the escapes of JS-10; only its floats need a second look."""

_SORTED, _ANY_KEY, _NAN = _PYTHON.sort_keys, _PYTHON.skipkeys, _PYTHON.allow_nan
_WRITTEN: Callable[[Json, int], Iterable[str]] = c_make_encoder(
    None, _PYTHON.default, encode_basestring, None, ":", ",", _SORTED, _ANY_KEY, _NAN
)
"""What `_PYTHON` makes for each value anew, which takes longer than most values."""

_FLOATS_AND_STRINGS = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?[0-9]++(?:\.[0-9]++(?:e[-+][0-9]++)?|e[-+][0-9]++)', re.DOTALL
)


def serialise(value: Json, dialect: Dialect) -> str:
    """Write a value as compact JSON with sorted keys, in the number and escape forms of the library."""
    try:
        text = "".join(_WRITTEN(value, 0))
    except RecursionError:
        text = "".join(_pieces(value))
    if dialect is Dialect.ENCODING_JSON:
        return _with_floats(_with_separators_escaped(text), go_float)
    return _with_floats(text, serde_float) if "e-0" in text else text


def serde_float(python: str) -> str:
    """serde_json's form of a float, from Python's `repr`: plain from 1e-5 up to 1e16 (JS-9).

    Python changes to the exponent form at 1e-4 and gives it two digits.
    """
    if python.endswith("e-05"):
        return _plain(python)
    return python.replace("e-0", "e-")


def go_float(python: str) -> str:
    """encoding/json's form: no `.0`, plain digits from 1e-6 up to 1e21 (JS-9)."""
    if python.endswith(".0"):
        return python[:-2]
    if "e" not in python:
        return python
    return (
        _plain(python)
        if GO_PLAIN_FROM <= abs(float(python)) < GO_PLAIN_BELOW
        else python.replace("e-0", "e-")
    )


def _plain(number: str) -> str:
    """Write the same digits without an exponent."""
    return format(Decimal(number), "f")


def _with_floats(text: str, form: Callable[[str], str]) -> str:
    """Bring every float of the text, outside strings, into `form`."""
    if not _FLOAT_MAYBE.search(text):
        return text
    return _FLOATS_AND_STRINGS.sub(lambda token: token[0] if token[0][0] == '"' else form(token[0]), text)


def _with_separators_escaped(text: str) -> str:
    """U+2028 and U+2029, which can stand in strings only, as encoding/json writes them (JS-10)."""
    if text.isascii():
        return text
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _pieces(value: Json) -> Iterator[str]:
    """As the encoder, for any depth: the text in pieces, from a stack of what is still to be written."""
    waiting: list[Iterator[tuple[str, Json]]] = [iter([("", value)])]
    closers = [""]
    while waiting:
        step = next(waiting[-1], None)
        if step is None:
            waiting.pop()
            yield closers.pop()
            continue
        prefix, item = step
        yield prefix
        if isinstance(item, (dict, list)):
            yield "{" if isinstance(item, dict) else "["
            waiting.append(_members(item) if isinstance(item, dict) else _elements(item))
            closers.append("}" if isinstance(item, dict) else "]")
        else:
            yield _PYTHON.encode(item)


def _members(value: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    """Each member's value behind the text that leads to it, in code point order of the names."""
    comma = ""
    for name in sorted(value):
        yield f"{comma}{_PYTHON.encode(name)}:", value[name]
        comma = ","


def _elements(value: list[Json]) -> Iterator[tuple[str, Json]]:
    """Each element behind the comma that leads to it."""
    comma = ""
    for item in value:
        yield comma, item
        comma = ","
