"""What both libraries have in common: texts in which nothing stands that one of them takes otherwise."""

from __future__ import annotations

import re

_NO_SMALL_INTEGER = re.compile(rb"[0-9](?:[.eE]|[0-9]{15})")
"""A fraction, an exponent, or more digits than every library keeps exactly (JS-5, JS-6, JS-9)."""
_MINUS_ZERO = re.compile(rb"-0(?<![^\s:,\[]-0)")
"""Where a number may begin (JS-7)."""
_SHALLOW = 100
"""Opening brackets up to which no text is too deep for either (JS-3)."""


def read_alike(text: bytes) -> bool:
    """Tell whether both libraries surely make the same of a text, and write it alike.

    White space, duplicate members and what is no JSON at all they take alike anyway (JS-1, JS-2). What would
    divide them as a number divides them in a string too: to tell would cost more than it saves.
    """
    return (
        text.isascii()
        and b"\\" not in text
        and not _NO_SMALL_INTEGER.search(text)
        and not _MINUS_ZERO.search(text)
        and text.count(b"[") + text.count(b"{") <= _SHALLOW
    )
