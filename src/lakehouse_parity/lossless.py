"""JSON without loss: number text is kept, duplicate members are seen, and depth has no limit of the stack's.

`json.loads` alone would eat what the comparison is for: it keeps the last of duplicate keys,
accepts NaN, turns -0 into 0 and 1e400 into infinity.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NoReturn

from lakehouse_parity.model import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class NotJson(ValueError):  # noqa: N818  named after what the bytes are
    """The bytes are not JSON in UTF-8."""


class Repeated(list[Tree]):
    """All values of a member that stands in one object more than once, in order; no array equals it."""

    __hash__ = None  # as every list

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Repeated) and list.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other


def parse(data: bytes) -> Tree:
    """The tree of `data`. Raises NotJson."""
    try:
        text = data.decode()
        return _decoded(text)
    except RecursionError:
        pass
    except ValueError as error:
        raise NotJson(str(error)) from None
    return _parse_deep(text)


def _decoded(text: str) -> Tree:
    """What the decoder gives; its scanner alone does for a text that does not begin with a space."""
    try:
        tree, end = _SCAN(text, 0)
    except StopIteration:
        return _DECODER.decode(text)
    return tree if not text[end:].strip(" \t\n\r") else _DECODER.decode(text)


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
_SCAN: Callable[[str, int], tuple[Tree, int]] = _DECODER.scan_once  # type: ignore[attr-defined]

_TOKEN = re.compile(r'[ \t\n\r]*("[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^ \t\n\r{}\[\]:,"]+)')


_MOST = 50_000
"""Brackets and commas of a text that is nested too deeply for the decoder: each takes microseconds, and
megabytes would keep a run busy for minutes. Neither of the runtimes' libraries reads so many levels."""


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
    if sum(map(text.count, "[{,")) > _MOST:
        raise NotJson(f"nested too deeply for a text of more than {_MOST:,} brackets and commas")
    reading = _Reading()
    for token in _tokens(text):
        reading.take(token)
    return reading.result()


_VALUE, _KEY = "a value", "a name"  # no token holds a space
_FOLLOWS = {"[": (",", "]"), "{": (",", "}"), "": ()}
"""What may stand behind a value, by the bracket that it stands in."""


class _Reading:
    """One text, token by token, with a stack of what is open."""

    def __init__(self) -> None:
        self._opened: list[tuple[str, list[Tree]]] = [("", [])]
        self._awaited: tuple[str, ...] = (_VALUE,)

    def take(self, token: str) -> None:
        """Go one token on. Raises NotJson."""
        bracket, items = self._opened[-1]
        if token in self._awaited:
            self._mark(token, bracket)
        elif token[0] == '"' and _KEY in self._awaited:
            items.append(_scalar(token))
            self._awaited = (":",)
        elif token in ("{", "[") and _VALUE in self._awaited:
            self._opened.append((token, []))
            self._awaited = (_KEY, "}") if token == "{" else (_VALUE, "]")
        elif _VALUE in self._awaited:
            items.append(_scalar(token))
            self._awaited = _FOLLOWS[bracket]
        else:
            raise NotJson(f"{token[:20]!r} where {' or '.join(self._awaited) or 'the end'} is expected")

    def _mark(self, token: str, bracket: str) -> None:
        if token in ("]", "}"):
            self._close()
        else:
            self._awaited = (_KEY,) if token == "," and bracket == "{" else (_VALUE,)

    def _close(self) -> None:
        bracket, items = self._opened.pop()
        value = items if bracket == "[" else _members(list(zip(items[::2], items[1::2], strict=True)))
        outer, around = self._opened[-1]
        around.append(value)
        self._awaited = _FOLLOWS[outer]

    def result(self) -> Tree:
        """The one value. Raises NotJson where it is not whole."""
        if self._awaited:
            raise NotJson(f"the text ends where {' or '.join(self._awaited)} is expected")
        return self._opened[0][1][0]


def _scalar(token: str) -> Tree:
    try:
        return _DECODER.decode(token)
    except ValueError as error:
        raise NotJson(str(error)) from None


def same_number(one: bytes, other: bytes) -> bool:
    """Whether two number lexemes mean the same: `1`, `1.0` and `1e0` do; `0` and `-0` do not."""
    if one == other:
        return True
    try:
        return _meaning(one) == _meaning(other)
    except ValueError:  # an exponent of thousands of digits is no number that any machine has
        return False


def _meaning(lexeme: bytes) -> tuple[bool, bytes, int]:
    """Sign, significant digits and the power of ten behind them: exact, however large or small."""
    mantissa, _, exponent = lexeme.lower().partition(b"e")
    whole, _, fraction = mantissa.removeprefix(b"-").partition(b".")
    digits = (whole + fraction).lstrip(b"0")
    significant = digits.rstrip(b"0")
    shift = int(exponent or 0) - len(fraction) + len(digits) - len(significant)
    return lexeme.startswith(b"-"), significant, shift if significant else 0


_HALF_PAIR = re.compile("[\ud800-\udfff]")
_SCALARS = json.JSONEncoder(ensure_ascii=False, default=str).encode
_QUOTED = json.encoder.encode_basestring


class _Written(str):
    """Text that is written as it is."""

    __slots__ = ()


def write(tree: Tree, *, sort: bool = False) -> str:
    """The tree as compact JSON with its number lexemes and repeated members: `parse` gives it back.

    Half a surrogate pair is escaped, so that the text can always be encoded. With `sort` members are in
    the order of their names, so that equal trees of equal lexemes are one text.
    """
    try:
        text = _text(tree, sort=sort)
    except RecursionError:
        text = _deep_text(tree, sort=sort)
    return encodable(text)


def encodable(text: str) -> str:
    """The JSON text with each half of a surrogate pair, which UTF-8 does not have, as an escape."""
    try:
        text.encode()  # takes a fiftieth of the time in which a pattern finds that there is no half
    except UnicodeEncodeError:
        return _HALF_PAIR.sub(_escaped, text)
    return text


def _text(tree: Tree, *, sort: bool) -> str:
    """The text by recursion, the fastest way for what is not deep. Raises RecursionError."""
    if isinstance(tree, str):
        return _QUOTED(tree)
    if isinstance(tree, bytes):
        return tree.decode()
    if isinstance(tree, dict):
        members = sorted(tree.items(), key=_name) if sort else tree.items()
        pieces = [
            f"{_QUOTED(key)}:{_text(each, sort=sort)}"
            for key, value in members
            for each in (value if isinstance(value, Repeated) else (value,))
        ]
        return "{" + ",".join(pieces) + "}"
    if isinstance(tree, list):
        return "[" + ",".join([_text(item, sort=sort) for item in tree]) + "]"
    return _SCALARS(tree)


def _deep_text(tree: Tree, *, sort: bool) -> str:
    """What `_text` gives, without recursion: for trees nested deeper than the interpreter's stack."""
    pieces: list[str] = []
    waiting: list[Tree] = [_begun(tree)]
    while waiting:
        item = waiting.pop()
        if isinstance(item, _Written):
            pieces.append(item)
        else:
            waiting.extend(reversed(_object(item, sort=sort) if isinstance(item, dict) else _array(item)))
    return "".join(pieces)


def _begun(tree: Tree) -> Tree:
    """A scalar written, a container as it is."""
    if isinstance(tree, bytes):
        return _Written(tree.decode())
    return tree if isinstance(tree, dict | list) else _Written(_SCALARS(tree))


def _object(members: dict[str, Tree], *, sort: bool) -> list[Tree]:
    pieces: list[Tree] = []
    for key, value in sorted(members.items(), key=_name) if sort else members.items():
        for each in value if isinstance(value, Repeated) else (value,):
            pieces += (_Written(f"{',' if pieces else '{'}{_SCALARS(key)}:"), _begun(each))
    return [*pieces, _Written("}" if pieces else "{}")]


def _name(member: tuple[str, Tree]) -> str:
    return member[0]


def _array(items: list[Tree]) -> list[Tree]:
    pieces: list[Tree] = []
    for item in items:
        pieces += (_Written("," if pieces else "["), _begun(item))
    return [*pieces, _Written("]" if pieces else "[]")]


def _escaped(half: re.Match[str]) -> str:
    return f"\\u{ord(half[0]):04x}"
