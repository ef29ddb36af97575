"""An HTTP/1.1 client for many small requests: bytes out, an answer in, nothing added, nothing retried.

A general client would decode, follow, retry and pool on its own terms, and costs more than the whole
comparison.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lakehouse_parity.wire.connection import Connection, WireError
from lakehouse_parity.wire.watch import Deadline, Watch

if TYPE_CHECKING:
    from lakehouse_parity.config import Address
    from lakehouse_parity.model import Answer, Request
    from lakehouse_parity.wire.pace import Pace

__all__ = ["Client", "WireError", "encode", "frames_itself"]


_FRAMING = frozenset([b"content-length", b"transfer-encoding"])


def encode(request: Request, host: str) -> bytes:
    """The request as bytes. A content length that the request gives itself is kept, right or wrong."""
    lines = [f"{request.method} {request.path} HTTP/1.1\r\nHost: {host}".encode()]
    lines += [name + b": " + value for name, value in request.headers]
    if not frames_itself(request) and (request.body or request.method == "POST"):
        lines.append(b"Content-Length: %d" % len(request.body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + request.body


def frames_itself(request: Request) -> bool:
    """Whether the request's own headers say where its body ends."""
    return not _FRAMING.isdisjoint([name.lower() for name, _ in request.headers])


class Client:
    """A pool of connections to one address. Close it when done."""

    def __init__(self, address: Address, seconds: float = 30.0, pace: Pace | None = None) -> None:
        self._address = address
        self._host = str(address)
        self._pace = pace
        self._seconds = seconds
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._watch = Watch()
        self._begun: set[asyncio.Task[Answer]] = set()

    async def ask(self, request: Request) -> Answer:
        """Send the request and read the answer. Raises WireError."""
        return await self.begin(request)

    def begin(self, request: Request) -> asyncio.Future[Answer]:
        """Send the request, at once where a connection is at hand; the answer to come, or a WireError."""
        connection = self._at_hand() if self._pace is None else None
        if connection is not None:
            return self._exchange(connection, request, Deadline.within(self._seconds))
        task = asyncio.create_task(self._ask(request))
        self._begun.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Answer]) -> None:
        """Forget it; that nobody waits for its answer any more is no error."""
        self._begun.discard(task)
        if not task.cancelled():
            task.exception()

    async def _ask(self, request: Request) -> Answer:
        if self._pace is not None:
            await self._pace.turn()
        deadline = Deadline.within(self._seconds)
        connection = self._at_hand() or await self._connected(deadline)
        return await self._exchange(connection, request, deadline)

    def _exchange(
        self, connection: Connection, request: Request, deadline: Deadline
    ) -> asyncio.Future[Answer]:
        return connection.exchange(
            encode(request, self._host),
            deadline,
            head=request.method == "HEAD",
            again=not frames_itself(request),
        )

    def _at_hand(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection
            connection.close()
        return None

    async def _connected(self, deadline: Deadline) -> Connection:
        try:
            async with asyncio.timeout_at(deadline.at):
                return await self._connect()
        except TimeoutError:
            raise WireError(deadline.missed("before it was connected")) from None

    async def _connect(self) -> Connection:
        host, port = self._address.host, self._address.port
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: Connection(self._idle, self._open, self._watch), host, port
            )
        except OSError as error:
            raise WireError(f"cannot connect: {error.strerror or error}") from None
        return connection

    def close(self) -> None:
        """Close every connection; who still waits for an answer is cancelled."""
        for task in self._begun:
            task.cancel()
        for connection in self._open:
            connection.close()
        self._idle.clear()
        self._watch.close()
