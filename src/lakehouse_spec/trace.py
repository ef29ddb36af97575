"""Trace ids: the one id that joins an answer, its spans and its session row (chapter TR)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lakehouse_spec.wire import HttpRequest

HEADER = "x-lakehouse-trace-id"
"""The header that carries the id, in any case (TR-1), also on both hops (TR-6)."""

_VISIBLE = frozenset([0x09, *range(0x20, 0x7F)])
"""The bytes that an id may consist of: visible ASCII, spaces and tabs (TR-1)."""


def received(request: HttpRequest) -> str | None:
    """Read the first header's value, one character for each byte; None where there is none (TR-7)."""
    value = request.first(HEADER.encode())
    return None if value is None else value.decode("latin-1")


def trace_id(request: HttpRequest, mint: Callable[[], str]) -> str:
    """Take the received id if it qualifies, else mint one (TR-1 to TR-3).

    Only the first header counts: if it does not qualify, no other is looked at (TR-2).
    """
    value = request.first(HEADER.encode())
    if value and _VISIBLE.issuperset(value):
        return value.decode("ascii")
    return mint()


def header(value: str | None) -> tuple[tuple[str, str], ...]:
    """Build the header that carries an id on; nothing where there is none (TR-6, TR-7)."""
    return () if value is None else ((HEADER, value),)
