"""What a runtime can do to whoever asks it, one fault each, played on the wire for the touched requests."""

import asyncio
import gzip
import socket
import struct

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PIECE = b"x" * (1 << 16)


async def silence(_reader, _writer):
    await asyncio.sleep(60)


async def hang_up(_reader, _writer):
    return


async def byte_by_byte(_reader, writer):
    writer.write(HEAD + b"Content-Length: 1000\r\n\r\n")
    for byte in b"x" * 1000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.005)


async def reset(_reader, writer):
    writer.write(HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 10)
    await writer.drain()
    await asyncio.sleep(0.05)
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def gigabyte(_reader, writer):
    writer.write(HEAD + b"Content-Length: 1073741824\r\n\r\n")
    for _ in range(1 << 14):
        writer.write(PIECE)
        await writer.drain()


async def endless_chunks(_reader, writer):
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + PIECE + b"\r\n")
        await writer.drain()


async def endless_headers(_reader, writer):
    writer.write(HEAD)
    while True:
        writer.write(b"X-A: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


async def endless_continue(_reader, writer):
    while True:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()


def said(data):
    """A fault that is nothing but these bytes, and the end of the connection."""

    async def fault(_reader, writer):
        writer.write(data)
        await writer.drain()

    return fault


def answer(body, headers=b"", version=b"1.1", status=b"200 OK"):
    length = b"Content-Length: %d\r\n" % len(body)
    head = b"HTTP/" + version + b" " + status + b"\r\nContent-Type: application/json\r\n"
    return said(head + headers + length + b"\r\n" + body)


BOMB = gzip.compress(bytes(50_000_000), mtime=0)

BROKEN = {
    "accepts and says nothing": (silence, "no whole answer within 0.5 s; given up before any answer"),
    "closes at once": (hang_up, "the connection was closed before any answer"),
    "answers byte by byte": (byte_by_byte, "no whole answer within 0.5 s; given up after"),
    "resets in the body": (reset, "the connection was closed after 10 bytes of the body ([Errno 104]"),
    "breaks its chunks": (
        said(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        "unreadable HTTP: Invalid character in chunk size",
    ),
    "ends between chunks": (
        said(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
        "the connection was closed after 2 bytes of the body",
    ),
    "promises more than it sends": (
        said(HEAD + b"Content-Length: 9\r\n\r\n{}"),
        "the connection was closed after 2 bytes of the body",
    ),
    "names two lengths": (
        said(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
        "unreadable HTTP: ",
    ),
    "names a length that is none": (said(HEAD + b"Content-Length: -2\r\n\r\n{}"), "unreadable HTTP: "),
    "sends a gigabyte": (gigabyte, "a body of more than 67108864 bytes"),
    "sends chunks without end": (endless_chunks, "a body of more than 67108864 bytes"),
    "sends headers without end": (endless_headers, "headers of more than 262144 bytes"),
    "goes on without end": (endless_continue, "more than 100 informational answers, and no other"),
    "speaks something else": (said(b"SSH-2.0-OpenSSH_9.6\r\n"), "unreadable HTTP: "),
    "speaks TLS": (said(b"\x15\x03\x01\x00\x02\x02\x28"), "unreadable HTTP: "),
    "changes the protocol": (
        said(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        "unreadable HTTP: ",
    ),
}
"""What leaves no whole answer, with the sentence that is told of it."""

WRONG = {
    "sends more than it promised": said(HEAD + b"Content-Length: 2\r\n\r\n{}{}{}{}"),
    "sends what is no JSON": answer(b"{nonsense"),
    "sends what is no UTF-8": answer(b'{"\xff": 1}'),
    "sends a bomb": answer(BOMB, b"Content-Encoding: gzip\r\n"),
    "redirects": answer(b"", b"Location: http://127.0.0.1:9/\r\n", status=b"302 Found"),
    "speaks HTTP/1.0": answer(b"{}", version=b"1.0"),
    "says go on first": said(b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\n{}"),
    "keeps a connection that it closes": answer(b"{}", b"Connection: keep-alive\r\n"),
}
"""What is a whole answer, and a wrong one."""
