"""One connection to a server: a request's bytes out, a whole answer in, or a sentence on how far it came.

Every answer of a run goes through here, so that an exchange costs one future: no task, no stream, no timer
of its own. The parsing is httptools', the sockets are asyncio's.
"""

from __future__ import annotations

import asyncio
import select
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httptools

from lakehouse_parity.model import Answer

if TYPE_CHECKING:
    from lakehouse_parity.wire.watch import Deadline, Watch

MAX_BODY = 64 * 1024 * 1024
MAX_HEADERS = 256 * 1024
AT_ONCE = 64 * 1024
"""Bytes that are read at once, into a buffer that stays: a new one for each read costs more than the read."""
IDLE = 1.0
"""Seconds after which a connection is not used again: a server may be about to close it."""
_REFUSED = 400
_UNDERSTOOD = 422
"""The one refusal of content that was read and understood (RFC 9110, 15.5.21): nothing of it is left."""
_MOST_INFORMATIONAL = 100
"""Answers in front of the answer: who gives more of them gives no other."""


class WireError(Exception):
    """There is no answer; says how far it came."""


class _Waiter(asyncio.Future[Answer]):
    """An answer to come; who no longer waits for it leaves a connection on which anything may come."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def cancel(self, msg: Any | None = None) -> bool:
        """Wait no longer."""
        cancelled = super().cancel(msg)
        if cancelled:
            self._connection.end()
        return cancelled


@lru_cache(maxsize=1024)
def _decoded(name: bytes, value: bytes) -> tuple[str, str]:
    """Most headers are the same in every answer."""
    return name.decode("latin-1").lower(), value.decode("latin-1")


class Connection(asyncio.BufferedProtocol):
    """One connection, one exchange at a time; it enters and leaves the open and the idle ones by itself.

    It is used again only where nothing of the last request can be left on it: a server that refuses, or
    that counts the body otherwise, may go on with what it has not read.
    """

    def __init__(self, idle: list[Connection], opened: set[Connection], watch: Watch) -> None:
        self._idle = idle
        self._opened = opened
        self._watch = watch
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._unread = select.poll()
        self._waiter: asyncio.Future[Answer] | None = None
        self._buffer = memoryview(bytearray(AT_ONCE))
        self._again = False
        self._idle_since = 0.0
        self._reset(head=False)

    def _reset(self, *, head: bool) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._beside = 0
        self._head = head
        self._in_body = False
        self._complete = False
        self._kept = False
        self._informational = 0

    @property
    def usable(self) -> bool:
        """Whether another request may be sent: open, not idle for long, and nothing came that is unread."""
        rested = self._loop.time() - self._idle_since
        return self._is_open() and rested < IDLE and not self._unread.poll(0)

    def _is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def close(self) -> None:
        """Close the connection at once; who waits for an answer is cancelled."""
        self._hang_up()
        if self._waiter is not None:
            self._waiter.cancel()

    def _hang_up(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def exchange(self, data: bytes, deadline: Deadline, *, head: bool, again: bool) -> asyncio.Future[Answer]:
        """Send a request's bytes; the answer to come, or a WireError, at the deadline at the latest.

        `again` says that the request leaves nothing behind that could be taken for the next one.
        """
        assert self._transport is not None
        self._reset(head=head)
        self._again = again and not head
        self._watch.begin(self, deadline)
        self._waiter = _Waiter(self)
        self._transport.write(data)
        return self._waiter

    def give_up(self, deadline: Deadline) -> None:
        """Wait no longer, at the deadline."""
        self._fail(deadline.missed(self.came))

    def end(self, answer: Answer | None = None) -> None:
        """Be free for the next request, or close where this one failed or may have left something."""
        self._watch.end(self)
        if answer is not None and self._leaves_nothing(answer) and self._is_open():
            self._idle_since = self._loop.time()
            self._idle.append(self)
        else:
            self._hang_up()

    def _leaves_nothing(self, answer: Answer) -> bool:
        read = answer.status < _REFUSED or answer.status == _UNDERSTOOD
        return self._kept and self._again and read

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._unread.register(transport.get_extra_info("socket"), select.POLLIN)
        self._opened.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Be open no longer; an answer without a length of its own is whole with that."""
        self._opened.discard(self)
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

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  the protocol's signature
        """Where the next bytes go."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Have the bytes read; those that nobody waits for end the connection."""
        if self._waiter is None or self._waiter.done():
            self._hang_up()
            return
        if not self._in_body:
            self._size += nbytes
        before = self._size
        try:
            self._parser.feed_data(self._buffer[:nbytes])
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(f"unreadable HTTP: {error}")
        if not self._in_body and self._size > MAX_HEADERS:
            self._fail(f"headers of more than {MAX_HEADERS} bytes")
        self._beside = self._beside + nbytes if self._in_body and self._size == before else 0
        if self._beside > MAX_HEADERS:  # chunk extensions and trailers have no end of their own
            self._fail(f"more than {MAX_HEADERS} bytes in or behind the body that are none of it")

    def on_message_begin(self) -> None:
        """An answer begins, from the parser; one that nobody asked for ends the connection."""
        if self._complete:
            self._hang_up()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line, from the parser; a trailer is none (RFC 9110, 6.5.1)."""
        if self._in_body:
            return
        self._headers.append(_decoded(name, value))

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
            answer = Answer(status, tuple(self._headers), b"".join(self._body))
            self.end(answer)
            self._waiter.set_result(answer)

    def _fail(self, what: str) -> None:
        self.end()
        self._body.clear()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(WireError(what))
            self._waiter.exception()  # told, so that nothing is logged where nobody waits any more
