"""What must not leave a run: the values of headers that let somebody in."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, AnyStr

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECRET = re.compile(
    "authori[sz]ation|cookie|secret|password|(api|access|auth|private|session)[-_]?(key|token)|[-_]token$|^token$"
)
"""Names of such headers, in lower case."""

REDACTED = "(redacted)"


def redacted(headers: Iterable[tuple[AnyStr, AnyStr]]) -> tuple[tuple[AnyStr, AnyStr], ...]:
    """The headers, with the values of those that carry keys, tokens or cookies left out."""
    return tuple([(name, _redacted(name) if _is_secret(name) else value) for name, value in headers])


def _redacted(name: AnyStr) -> AnyStr:
    return REDACTED.encode() if isinstance(name, bytes) else REDACTED


@lru_cache(maxsize=1024)
def _is_secret(name: str | bytes) -> bool:
    text = name.decode("latin-1") if isinstance(name, bytes) else name
    return _SECRET.search(text.lower()) is not None
