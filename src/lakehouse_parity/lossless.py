"""JSON without loss: number text is kept, duplicate members are seen, depth has no limit.

`json.loads` alone would eat what the comparison is for: it keeps the last of duplicate keys,
accepts NaN, turns -0 into 0 and 1e400 into infinity.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, NoReturn

from lakehouse_parity.model import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator


class NotJson(ValueError):  # noqa: N818  named after what the bytes are
    """The bytes are not JSON in UTF-8."""


class Repeated(list[Tree]):
    """All values of a member that stands in one object more than once, in order."""


def parse(data: bytes) -> Tree:
    """The tree of `data`. Raises NotJson."""
    try:
        text = data.decode()
        return _DECODER.decode(text)
    except RecursionError:
        return _parse_deep(text)
    except ValueError as error:
        raise NotJson(str(error)) from None


def _refuse(constant: str) -> NoReturn:
    raise NotJson(f"{constant} is no JSON")


def _members(pairs: list[tuple[str, Tree]]) -> dict[str, Tree]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    gathered: dict[str, Repeated] = {}
    for key, value in pairs:
        gathered.setdefault(key, Repeated()).append(value)
    return {key: values if len(values) > 1 else values[0] for key, values in gathered.items()}


_DECODER = json.JSONDecoder(
    parse_int=str.encode, parse_float=str.encode, parse_constant=_refuse, object_pairs_hook=_members
)

_TOKEN = re.compile(r'[ \t\n\r]*("(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^ \t\n\r{}\[\]:,"]+)')


def _tokens(text: str) -> Iterator[str]:
    position, end = 0, len(text.rstrip(" \t\n\r"))
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise NotJson(f"unreadable at character {position}")
        yield match[1]
        position = match.end()


def _parse_deep(text: str) -> Tree:
    """What the decoder gives, without recursion: for texts nested deeper than the interpreter's stack.

    The decoder's C scanner has read up to its own limit when it gives up, so this sees rare texts only.
    """
    results: list[Tree] = []
    opened: list[tuple[str, list[Tree]]] = [("", results)]
    for token in _tokens(text):
        if token in "{[":
            opened.append((token, []))
        elif token in "}]":
            bracket, items = opened.pop()
            opened[-1][1].append(items if bracket == "[" else _members(_pairs(items)))
        elif token not in ":,":
            opened[-1][1].append(_DECODER.decode(token))
    if len(opened) != 1 or len(results) != 1:
        raise NotJson("unbalanced")
    return results[0]


def _pairs(items: list[Tree]) -> list[tuple[str, Tree]]:
    return list(zip(items[::2], items[1::2], strict=True))


def same_number(one: bytes, other: bytes) -> bool:
    """Whether two number lexemes mean the same: `1`, `1.0` and `1e0` do; `0` and `-0` do not."""
    if one == other:
        return True
    if one.startswith(b"-") != other.startswith(b"-"):
        return False
    return Decimal(one.decode()) == Decimal(other.decode())


def write(tree: Tree) -> str:
    """The tree as compact JSON with its number lexemes, for reports."""
    try:
        return "".join(_pieces(tree))
    except RecursionError:
        return '"(nested too deeply to show)"'


def _pieces(tree: Tree) -> Iterator[str]:
    if isinstance(tree, bytes):
        yield tree.decode()
    elif isinstance(tree, dict):
        yield "{"
        for index, (key, value) in enumerate(tree.items()):
            yield f"{',' * (index > 0)}{json.dumps(key, ensure_ascii=False)}:"
            yield from _pieces(value)
        yield "}"
    elif isinstance(tree, list):
        yield "["
        for index, value in enumerate(tree):
            yield "," * (index > 0)
            yield from _pieces(value)
        yield "]"
    else:
        yield json.dumps(tree, ensure_ascii=False, default=str)
