"""A request as a server reads it: the target without its query, the body out of its chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httptools

from lakehouse_parity.wire.client import encode, frames_itself

if TYPE_CHECKING:
    from lakehouse_parity.model import Request

__all__ = ["frames_itself", "path_of", "received"]


class _Body:
    """Gathers the pieces of one body from the parser."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def on_body(self, body: bytes) -> None:
        """One piece."""
        self.pieces.append(body)


def path_of(target: str) -> str:
    """The path of a target in origin form or, as RFC 9112 (3.2.2) asks of every server, in absolute form."""
    if target.startswith("/"):
        return target.partition("?")[0]
    parts = urlsplit(target)
    return (parts.path or "/") if parts.scheme else target.partition("?")[0]


def received(request: Request) -> tuple[str, bytes]:
    """Path and body; where the framing is the probe's own, what a parser makes of the very bytes."""
    path = path_of(request.path)
    if not frames_itself(request):
        return path, request.body
    body = _Body()
    httptools.HttpRequestParser(body).feed_data(encode(request, "reference"))
    return path, b"".join(body.pieces)
