"""Peers that speak raw bytes, for tests of what speaks HTTP."""

import asyncio
import contextlib
import secrets
import socket

from lakehouse_parity.config import Address


def run(coroutine, seconds=20):
    """The coroutine's result; a test that hangs fails."""
    return asyncio.run(asyncio.wait_for(coroutine, seconds))


class Speaker:
    """A server whose every connection answers with what it was given, whatever it is asked."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.connections = 0
        self._open = {}
        self.requests = []
        self.address = None

    async def _serve(self, reader, writer):
        self.connections += 1
        self._open[asyncio.current_task()] = writer
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while self._answers:
                self.requests.append(await _request(reader))
                answer = self._answers.pop(0)
                if callable(answer):
                    await answer(reader, writer)
                else:
                    writer.write(answer)
                    await writer.drain()
                if getattr(answer, "closes", False) or writer.is_closing():
                    break
        writer.close()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = Address(*self._server.sockets[0].getsockname()[:2])
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task, writer in self._open.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*self._open, return_exceptions=True)
        await asyncio.sleep(0)


class Closing(bytes):
    """An answer after which the connection is closed."""

    closes = True


async def _request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        ),
        0,
    )
    return head + await reader.readexactly(length)


async def until(condition):
    """Wait for what is about to be; what is not after some seconds has failed."""
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come to be")


async def say(address, data, *, until_closed=False):
    """What a server answers to raw bytes: up to where it falls silent, or to its end."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(data)
    answer = b""
    with contextlib.suppress(TimeoutError, ConnectionError):
        while piece := await asyncio.wait_for(reader.read(1 << 16), None if until_closed else 0.25):
            answer += piece
    writer.close()
    return answer


_UNASKED = range(10_000, 32_000)
"""Ports that the system gives to nobody who does not ask for one, so that nobody is given it in between."""


def free_address():
    """An address where nobody listens."""
    while True:
        with socket.socket() as taken, contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", secrets.choice(_UNASKED)))
            return Address(*taken.getsockname())
