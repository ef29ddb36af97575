"""What must not leave a run: the values of headers that let somebody in, and the configuration's secrets.

A secret is a value that the configuration knows (`secrecy`) and that has at least SHORTEST characters; a
shorter one would be found in what has nothing to do with it. It is replaced by its name wherever it stands,
also with JSON's escapes, percent-encoded, and in base64, alone or within a token. Whoever tells, writes or
records something cleans it first, and only then cuts it; whoever judges sees the true bytes.

What is replaced is the same on all sides, and each way of writing has a name of its own, so that a cleaned
recording comes to the verdict of the true one.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, AnyStr, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity import lossless

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

_SECRET = re.compile(
    "authori[sz]ation|cookie|secret|password|(api|access|auth|private|session)[-_]?(key|token)|[-_]token$|^token$"
)
"""Names of such headers, in lower case."""

REDACTED = "(redacted)"

SHORTEST = 8
"""Characters of the shortest secret that is replaced in what is told."""


def redacted(headers: Iterable[tuple[AnyStr, AnyStr]]) -> tuple[tuple[AnyStr, AnyStr], ...]:
    """The headers, with the values of those that carry keys, tokens or cookies left out."""
    return tuple([(name, disclosed(name, value)) for name, value in headers])


def disclosed(name: AnyStr, value: AnyStr) -> AnyStr:
    """The value of a header of that name, as far as it is told."""
    if not _is_secret(name):
        return value
    return REDACTED.encode() if isinstance(name, bytes) else REDACTED


@lru_cache(maxsize=1024)
def _is_secret(name: str | bytes) -> bool:
    text = name.decode("latin-1") if isinstance(name, bytes) else name
    return _SECRET.search(text.lower()) is not None


class Redactor:
    """Puts the names of secrets in their places; without secrets it does nothing, and costs nothing."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        by_value = {value: name for name, value in reversed([*secrets.items()]) if len(value) >= SHORTEST}
        self._names = [(by_value[value], value) for value in sorted(by_value, key=len, reverse=True)]
        self._ways = [
            (name, value, written, needle)
            for name, value in self._names
            for written, needle in _needles(value)
        ]
        self._anchors = _fewest({_anchor(needle) for *_, needle in self._ways})

    @cached_property
    def _pattern(self) -> str:
        """Every way to write every secret, a group for each; made when there is something to be replaced."""
        return "|".join(f"({_SPELT[written](needle)})" for _, _, written, needle in self._ways)

    @cached_property
    def _text(self) -> re.Pattern[str]:
        return re.compile(self._pattern)

    @cached_property
    def _data(self) -> re.Pattern[bytes]:
        return re.compile(_bytes(self._pattern))

    def finds(self, text: str) -> bool:
        """Whether there may be a secret in the text: false only where there is none."""
        if not self._names:
            return False
        if any(anchor in text for anchor in self._anchors):
            return True
        if "\\u00" not in text and "%" not in text:
            return False
        plain = _plain(text)
        return any(anchor in plain for anchor in self._anchors)

    def clean(self, value: T) -> T:
        """The same value, records and all that they hold, with each secret replaced by its name."""
        cleaned: T = self._cleaned(value, 0) if self._names else value
        return cleaned

    def _cleaned(self, value: Any, depth: int) -> Any:
        """Only JSON is deeper than records are; as its text it may be as deep as it is."""
        if isinstance(value, str):
            return self._cut(self._text.sub(self._name, value) if self.finds(value) else value)
        if isinstance(value, bytes):
            found = self.finds(value.decode("latin-1"))
            return self._data.sub(self._name_in_bytes, value) if found else value
        if depth == _DEEPEST and isinstance(value, dict | list):
            return lossless.parse(self._cleaned(lossless.write(value).encode(), 0))
        return self._filled(value, depth + 1)

    def _filled(self, value: Any, depth: int) -> Any:
        """The same container or record, of what is clean; anything else as it is."""
        if isinstance(value, Mapping):
            kind: Any = type(value)
            return kind(
                {self._cleaned(key, depth): self._cleaned(item, depth) for key, item in value.items()}
            )
        if isinstance(value, tuple | list | frozenset | set):
            return type(value)([self._cleaned(item, depth) for item in value])
        if isinstance(value, Struct):
            members = {name: self._cleaned(getattr(value, name), depth) for name in value.__struct_fields__}
            return replace(value, **members)
        return value

    def _name(self, match: re.Match[str]) -> str:
        return self._called(match.lastindex or 0, match[0])

    def _name_in_bytes(self, match: re.Match[bytes]) -> bytes:
        found = match[0].decode("utf-8", "surrogateescape")
        return self._called(match.lastindex or 0, found).encode()

    def _called(self, group: int, found: str) -> str:
        """What stands in the place: of its own where it is written so that JSON reads something else."""
        name, value, written, _ = self._ways[group - 1]
        if written:
            return f"(secret {name}, {written})"
        if value not in (found, _read(found)):
            return f"(secret {name}, encoded)"
        return "9" * len(value) if _NUMBER.fullmatch(value) else f"(secret {name})"

    def _cut(self, text: str) -> str:
        """Without the beginning of a secret where a quotation ends in the middle of it."""
        for name, value in self._names:
            start = text.find(value[:SHORTEST])
            while start >= 0:
                end = start + _shared(text[start : start + len(value)], value)
                if text[end : end + 1] in _ENDS:
                    text = f"{text[:start]}(secret {name}, cut){text[end:]}"
                start = text.find(value[:SHORTEST], start + 1)
        return text


_DEEPEST = 50
"""Levels of records with what they hold."""
_NUMBER = re.compile("[-+.0-9eE]+")
"""Secrets that may stand in JSON as a number; as many nines are one too."""
_ENDS = ("", "'", '"', "…")
_ESCAPES = (re.compile("u00([2-7][0-9a-fA-F])"), re.compile("%([2-7][0-9a-fA-F])"))
"""Of what is in ASCII, as every anchor is."""
_PLAIN = re.compile("[A-Za-z0-9_.~-]+")
"""What nobody has to escape."""
_SHORT = {"\n": "n", "\t": "t", "\r": "r", "\b": "b", "\f": "f"}


def _bytes(text: str) -> bytes:
    """What the environment had: bytes that are not UTF-8 stand in its texts as surrogates."""
    return text.encode("utf-8", "surrogateescape")


def _needles(value: str) -> Iterator[tuple[str, str]]:
    """What is looked for, with how it is written: as it is, as headers are read, and in base64.

    What base64 makes of it depends on where in a longer text it begins.
    """
    yield "", value
    data = _bytes(value)
    if not value.isascii():
        yield "latin-1", data.decode("latin-1")
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode()
        core = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        for each in dict.fromkeys((core, core.translate(_IN_ADDRESSES))):
            yield "base64", each


_IN_ADDRESSES = str.maketrans("+/", "-_")


def _spelt(needle: str) -> str:
    return "".join(map(_character, needle))


def _character(character: str) -> str:
    """A pattern for a character as it is, with JSON's escapes however deep, and percent-encoded."""
    units = character.encode("utf-16-be", "surrogatepass").hex()
    ways = [
        re.escape(character) if character.isalnum() else rf"\\*{re.escape(character)}",
        "(?i:" + "".join(rf"\\+u{units[at : at + 4]}" for at in range(0, len(units), 4)) + ")",
        "(?i:" + "".join(f"%{byte:02x}" for byte in _bytes(character)) + ")",
    ]
    if character in _SHORT:
        ways.append(rf"\\+{_SHORT[character]}")
    if character == " ":
        ways.append(r"\+")
    return f"(?:{'|'.join(ways)})"


def _spelt_in_base64(needle: str) -> str:
    """A pattern for base64, whose letters and digits nobody escapes; what is beside it has bits of it."""
    inner = "".join([each if each.isalnum() else _character(each) for each in needle])
    return f"[A-Za-z0-9+/_-]?{inner}[A-Za-z0-9+/_-]?"


_SPELT = {"": _spelt, "latin-1": _spelt, "base64": _spelt_in_base64}


def _anchor(needle: str) -> str:
    """The longest part of it that is written in one way only, but for escapes that nobody needs."""
    return max(_PLAIN.findall(needle), key=len, default="")


def _fewest(anchors: set[str]) -> list[str]:
    """Those in which no other one stands."""
    return [each for each in sorted(anchors) if not any(o != each and o in each for o in anchors)]


def _plain(text: str) -> str:
    """The text with its escapes undone and without a backslash, which no anchor has."""
    for escape in _ESCAPES:
        text = escape.sub(_unescaped, text)
    return text.replace("\\", "")


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def _read(found: str) -> str | None:
    """What JSON reads in the place; None where it cannot stand in its texts."""
    try:
        text: str = json.loads(f'"{found}"', strict=False)
    except ValueError:
        return None
    return text


def _shared(one: str, other: str) -> int:
    """How many characters at their beginning both have."""
    return next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one))
