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
    return tuple((name, _without_secret(name, value)) for name, value in headers)


def _without_secret(name: AnyStr, value: AnyStr) -> AnyStr:
    if isinstance(name, bytes):
        return REDACTED.encode() if _is_secret(name.decode("latin-1")) else value
    return REDACTED if _is_secret(name) else value


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return _SECRET.search(name.lower()) is not None
