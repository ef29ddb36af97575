"""A small HTTP/1.1 server for doubles: it answers from memory, and can misbehave on purpose."""

from __future__ import annotations

import asyncio
import os
from http import HTTPStatus
from typing import TYPE_CHECKING

import httptools
from msgspec import Struct

from lakehouse_parity.config import Address
from lakehouse_parity.errors import Mistake
from lakehouse_parity.model import Fault
from lakehouse_parity.wire.connection import AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BODY = 64 * 1024 * 1024
MAX_HEADERS = 256 * 1024
_CHUNK = 7
_WITHOUT_BODY = (204, 304)
"""Bytes of a body behind these would be read as the beginning of the next reply."""


class Received(Struct, frozen=True):
    """One request: header names in lower case, path without decoding."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name."""
        return next((value for key, value in self.headers if key == name), None)


class Reply(Struct, frozen=True):
    """What to send back, and how badly."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    """Empty where none is sent."""
    headers: tuple[tuple[str, str], ...] = ()
    fault: Fault | None = None
    delay: float = 0.0
    sending: Callable[[], None] | None = None
    """Called right before the reply goes out: whoever waits for it ends later than that."""
    behind: asyncio.Future[bool] | None = None
    """What has to be over before it is sent; the delay begins then."""
    chunked: bool = False
    """Whether the body goes in chunks instead of with its length (RFC 9112, 7.1)."""


Handler = "Callable[[Received], Reply]"


class Server:
    """Listens on one address and answers each request with `handle(received)`."""

    def __init__(self, what: str, address: Address, handle: Callable[[Received], Reply]) -> None:
        self._what = what
        self._handle = handle
        self.address = address
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def start(self) -> None:
        """Listen; port 0 becomes the one that the system gave. Raises Mistake where it is taken."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: _Connection(self._handle, self._connections), self.address.host, self.address.port
            )
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            what = f"{self._what} cannot listen on {self.address}: {reason}"
            raise Mistake(what, self.address.place) from None
        self.address = Address(self.address.host, self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Stop listening and close every connection."""
        if self._server is not None:
            self._server.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Close every connection; a reply that is still to be sent is not."""
        for connection in list(self._connections):
            connection.abort()


class _Connection(asyncio.BufferedProtocol):
    """One connection; requests on it are answered in order."""

    def __init__(self, handle: Callable[[Received], Reply], connections: set[_Connection]) -> None:
        self._handle = handle
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._buffer = memoryview(bytearray(AT_ONCE))
        self._in_body = False
        self._size = 0
        self._head = 0
        """Bytes since the last whole request that belong to no body, and few that do."""
        self._beside = 0
        """Bytes since the last piece of a body: chunk extensions and trailers have no end of their own."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  the protocol's signature
        self._connections.discard(self)

    def abort(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  the protocol's signature
        """Where the next bytes go."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Have the bytes read."""
        if not self._in_body:
            self._head += nbytes
        before = self._size
        try:
            self._parser.feed_data(self._buffer[:nbytes])
        except httptools.HttpParserCallbackError:
            self.abort()
            raise  # a handler that fails is our own bug, and no bad request
        except httptools.HttpParserError:
            self.abort()
        except httptools.HttpParserUpgrade:
            assert self._transport is not None
            self._transport.close()  # the reply is on its way; what would follow is no HTTP/1.1
        self._beside = self._beside + nbytes if self._in_body and self._size == before else 0
        if self._beside > MAX_HEADERS or (not self._in_body and self._head > MAX_HEADERS):
            self.abort()

    def on_message_begin(self) -> None:
        """A request begins, from the parser."""
        self._path = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._size = 0

    def on_url(self, url: bytes) -> None:
        """A piece of the target, from the parser."""
        self._path += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line, from the parser; a trailer is none (RFC 9110, 6.5.1)."""
        if self._in_body:
            return
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """All headers are there, from the parser."""
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        """A piece of the body, from the parser."""
        self._size += len(body)
        self._body.append(body)
        if self._size > MAX_BODY:
            self.abort()

    def on_message_complete(self) -> None:
        """The request is whole, from the parser."""
        self._in_body = False
        self._head = 0
        if self._transport is None or self._transport.is_closing():
            return
        method = self._parser.get_method().decode("ascii")
        path = self._path.decode("latin-1")
        reply = self._handle(Received(method, path, tuple(self._headers), b"".join(self._body)))
        if reply.behind is not None:
            reply.behind.add_done_callback(lambda _: self._send_in_time(reply))
        else:
            self._send_in_time(reply)

    def _send_in_time(self, reply: Reply) -> None:
        if reply.delay:
            asyncio.get_running_loop().call_later(reply.delay, self._send, reply)
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if reply.sending is not None:
            reply.sending()
        if reply.fault is not Fault.HANG_UP:
            self._transport.write(_encode(reply))
        if reply.fault is not None:
            self._transport.close()


def _encode(reply: Reply) -> bytes:
    """The reply as bytes; one that breaks off promises more than it sends."""
    if reply.status in _WITHOUT_BODY:
        return f"HTTP/1.1 {reply.status} {_phrase(reply.status)}\r\n{_lines(reply.headers)}\r\n".encode()
    framing, body = _in_chunks(reply) if reply.chunked else _at_length(reply)
    kind = (("content-type", reply.content_type),) if reply.content_type else ()
    headers = _lines((*kind, framing, *reply.headers))
    return f"HTTP/1.1 {reply.status} {_phrase(reply.status)}\r\n{headers}\r\n".encode() + body


def _at_length(reply: Reply) -> tuple[tuple[str, str], bytes]:
    promised = len(reply.body) + (100 if reply.fault is Fault.BREAK_OFF else 0)
    return ("content-length", str(promised)), reply.body


def _in_chunks(reply: Reply) -> tuple[tuple[str, str], bytes]:
    """Small chunks, which cut characters of several bytes; where it breaks off the last one is missing."""
    pieces = (reply.body[start : start + _CHUNK] for start in range(0, len(reply.body), _CHUNK))
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    end = b"" if reply.fault is Fault.BREAK_OFF else b"0\r\n\r\n"
    return ("transfer-encoding", "chunked"), chunks + end


def _lines(headers: tuple[tuple[str, str], ...]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unassigned"
