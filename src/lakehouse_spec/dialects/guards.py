"""What is looked at in the text before it is parsed: its bytes, its depth, its escaped surrogates.

Python's own scanner knows none of these rules; behind these guards it can be trusted.
"""

from __future__ import annotations

import re
from itertools import accumulate

from lakehouse_spec.dialects.model import Dialect, Refused, depth_limit

_BAD_BYTES = re.compile("[\udc80-\udcff]")
_STRINGS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKETS = re.compile(r"[^][{}]+")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}

_ESCAPES = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|\\.",
    re.DOTALL,
)
"""Every escape in turn, so that the backslash of `\\\\ud800` is never taken for the start of one."""


def decoded(text: bytes, dialect: Dialect) -> str:
    """Read bytes as text (JS-8): serde_json refuses what is not UTF-8, encoding/json reads U+FFFD.

    Each bad *byte* becomes one U+FFFD; outside strings the parser then refuses it.
    """
    try:
        return text.decode()
    except UnicodeDecodeError:
        if dialect is Dialect.SERDE_JSON:
            raise Refused("not UTF-8") from None
    return _BAD_BYTES.sub("\ufffd", text.decode(errors="surrogateescape"))


def leniently_decoded(text: bytes, dialect: Dialect) -> str:
    """Read bytes as text, with serde_json's bad bytes kept as U+DC80 to U+DCFF for a later look.

    serde_json does not look into a member that it ignores, so that the refusal has to wait.
    """
    if dialect is Dialect.SERDE_JSON:
        return text.decode(errors="surrogateescape")
    return decoded(text, dialect)


def check_bytes(text: str) -> None:
    """Refuse what `leniently_decoded` let pass."""
    if _BAD_BYTES.search(text):
        raise Refused("not UTF-8")


def check_depth(text: str, dialect: Dialect, enclosing: int = 0) -> None:
    """Refuse a text that opens too many arrays and objects at once (JS-3).

    `enclosing` of them are open around it already. Brackets in strings do not count; of a text that
    is no JSON the count means nothing, and it is refused one way or the other.
    """
    limit = depth_limit(dialect) - enclosing
    if len(text) > limit and text.count("{") + text.count("[") > limit and depth(text) > limit:
        raise Refused("nested too deeply")


def depth(text: str) -> int:
    """Count the arrays and objects that are open at once, at most, the outermost as 1."""
    brackets = _NO_BRACKETS.sub("", _STRINGS.sub("", text))
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def with_whole_surrogates(text: str, dialect: Dialect) -> str:
    r"""Settle the surrogate escapes without a partner (JS-4): refused, or `\ufffd` for each."""
    if "\\u" not in text:
        return text
    return _ESCAPES.sub(_refuse_lone if dialect is Dialect.SERDE_JSON else _replace_lone, text)


def _refuse_lone(escape: re.Match[str]) -> str:
    if escape["lone"]:
        raise Refused("a surrogate without its partner")
    return escape[0]


def _replace_lone(escape: re.Match[str]) -> str:
    return "\\ufffd" if escape["lone"] else escape[0]
