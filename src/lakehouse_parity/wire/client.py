"""An HTTP/1.1 client for many small requests: bytes out, an answer in, nothing added, nothing retried.

A general client would decode, follow, retry and pool on its own terms, and costs more than the whole
comparison. The parsing is httptools', the sockets are asyncio's.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httptools

from lakehouse_parity.model import Answer

if TYPE_CHECKING:
    from lakehouse_parity.config import Address
    from lakehouse_parity.model import Request
    from lakehouse_parity.wire.pace import Pace

MAX_BODY = 64 * 1024 * 1024
MAX_HEADERS = 256 * 1024
IDLE = 1.0
"""Seconds after which a connection is not used again: a server may be about to close it."""
_REFUSED = 400
_MOST_INFORMATIONAL = 100
"""Answers in front of the answer: who gives more of them gives no other."""


class WireError(Exception):
    """There is no answer; says how far it came."""


def encode(request: Request, host: str) -> bytes:
    """The request as bytes. A content length that the request gives itself is kept, right or wrong."""
    lines = [f"{request.method} {request.path} HTTP/1.1\r\nHost: {host}".encode()]
    lines += [name + b": " + value for name, value in request.headers]
    if not _frames_itself(request) and (request.body or request.method == "POST"):
        lines.append(b"Content-Length: %d" % len(request.body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + request.body


def _frames_itself(request: Request) -> bool:
    return any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in request.headers)


class Client:
    """A pool of connections to one address. Close it when done.

    A connection is used again only where nothing of the last request can be left on it: a server that
    refuses, or that counts the body otherwise, may go on with what it has not read.
    """

    def __init__(self, address: Address, seconds: float = 30.0, pace: Pace | None = None) -> None:
        self._address = address
        self._pace = pace
        self._seconds = seconds
        self._idle: list[_Connection] = []

    async def ask(self, request: Request) -> Answer:
        """Send the request and read the answer. Raises WireError."""
        data = encode(request, str(self._address))
        if self._pace is not None:
            await self._pace.turn()
        connection = None
        try:
            async with asyncio.timeout(self._seconds):
                connection = await self._connection()
                return await connection.exchange(
                    data, head=request.method == "HEAD", again=not _frames_itself(request)
                )
        except TimeoutError:
            came = connection.came if connection is not None else "before it was connected"
            raise WireError(f"no whole answer within {self._seconds:g} s; given up {came}") from None

    async def _connection(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
        loop = asyncio.get_running_loop()
        try:
            _, protocol = await loop.create_connection(
                lambda: _Connection(self._idle), self._address.host, self._address.port
            )
        except OSError as error:
            raise WireError(f"cannot connect: {error.strerror or error}") from None
        return protocol

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()


class _Connection(asyncio.Protocol):
    """One connection, one exchange at a time; it returns to the pool by itself."""

    def __init__(self, pool: list[_Connection]) -> None:
        self._pool = pool
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._reset()

    def _reset(self, *, head: bool = False) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._head = head
        self._in_body = False
        self._complete = False
        self._kept = False
        self._informational = 0
        self._idle_since = 0.0

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        idle = asyncio.get_running_loop().time() - self._idle_since
        return self._transport is not None and not self._transport.is_closing() and idle < IDLE

    def close(self) -> None:
        """Close the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    async def exchange(self, data: bytes, *, head: bool, again: bool) -> Answer:
        """Send a request's bytes and wait for the answer; a connection whose exchange failed is closed."""
        assert self._transport is not None
        self._reset(head=head)
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        try:
            answer = await self._waiter
        except BaseException:
            self.close()
            raise
        self._idle_since = asyncio.get_running_loop().time()
        if self._kept and again and not head and answer.status < _REFUSED and self.usable:
            self._pool.append(self)
        else:
            self.close()
        return answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiter is None or self._waiter.done():
            return
        if self._ends_with_connection():
            self.on_message_complete()
        else:
            self._fail(f"the connection was closed {self.came}" + (f" ({exc})" if exc else ""))

    @property
    def came(self) -> str:
        """How far the answer has come."""
        if self._in_body:
            return f"after {self._size} bytes of the body"
        return "inside the headers" if self._size or self._headers else "before any answer"

    def _ends_with_connection(self) -> bool:
        """Whether the body has no length of its own, so that the end of the connection ends it."""
        framed = {"content-length", "transfer-encoding"} & {name for name, _ in self._headers}
        return self._in_body and not framed

    def data_received(self, data: bytes) -> None:
        if self._waiter is None or self._waiter.done():
            self.close()
            return
        if not self._in_body:
            self._size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(f"unreadable HTTP: {error}")
        if not self._in_body and self._size > MAX_HEADERS:
            self._fail(f"headers of more than {MAX_HEADERS} bytes")

    def on_message_begin(self) -> None:
        """An answer begins, from the parser; one that nobody asked for ends the connection."""
        if self._complete:
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line, from the parser."""
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """All headers are there, from the parser; the answer to HEAD ends with them."""
        self._in_body = True
        self._size = 0
        if self._head:
            self.on_message_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body, from the parser."""
        self._size += len(body)
        self._body.append(body)
        if self._size > MAX_BODY:
            self._fail(f"a body of more than {MAX_BODY} bytes")

    def on_message_complete(self) -> None:
        """The answer is whole, from the parser; an informational one (1xx) is passed over."""
        status = self._parser.get_status_code()
        if status // 100 == 1:
            self._headers.clear()
            self._in_body = False
            self._informational += 1
            if self._informational > _MOST_INFORMATIONAL:
                self._fail(f"more than {_MOST_INFORMATIONAL} informational answers, and no other")
            return
        self._complete = True
        self._kept = self._parser.should_keep_alive()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(Answer(status, tuple(self._headers), b"".join(self._body)))

    def _fail(self, what: str) -> None:
        self.close()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(WireError(what))
