"""The client: bytes out as they are, a whole answer in or a sentence on how far it came; nothing retried."""

import asyncio
import re
import socket
import threading

import pytest
from tests.harness.sockets import Closing, Speaker, free_address, run, until

from lakehouse_parity.config import Address
from lakehouse_parity.model import Answer, Request
from lakehouse_parity.wire import connection as module
from lakehouse_parity.wire.client import Client, WireError, encode

GET = Request("GET", "/x")
OK = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 2\r\n\r\nhi"


def asked(*answers, times=1, request=GET, seconds=5.0):
    """The answers or errors to that many requests, and the server that was asked."""

    async def ask():
        async with Speaker(*answers) as speaker:
            client = Client(speaker.address, seconds)
            found = []
            for _ in range(times):
                try:
                    found.append(await client.ask(request))
                except WireError as error:
                    found.append(str(error))
                await asyncio.sleep(0)  # what came behind the answer is seen
            client.close()
            return found, speaker

    return run(ask())


def answer(*answers, **options):
    [found], _ = asked(*answers, **options)
    return found


@pytest.mark.parametrize(
    ("request_", "data"),
    [
        (GET, b"GET /x HTTP/1.1\r\nHost: h:1\r\n\r\n"),
        (Request("GET", "/a b?c#d"), b"GET /a b?c#d HTTP/1.1\r\nHost: h:1\r\n\r\n"),
        (Request("POST", "/x"), b"POST /x HTTP/1.1\r\nHost: h:1\r\nContent-Length: 0\r\n\r\n"),
        (
            Request("PUT", "/x", ((b"a", b"\xff"), (b"A", b"")), b"\0{}"),
            b"PUT /x HTTP/1.1\r\nHost: h:1\r\na: \xff\r\nA: \r\nContent-Length: 3\r\n\r\n\0{}",
        ),
        (
            Request("POST", "/x", ((b"CONTENT-LENGTH", b"99"),), b"{}"),
            b"POST /x HTTP/1.1\r\nHost: h:1\r\nCONTENT-LENGTH: 99\r\n\r\n{}",
        ),
        (
            Request("POST", "/x", ((b"Transfer-Encoding", b"chunked"),), b"0\r\n\r\n"),
            b"POST /x HTTP/1.1\r\nHost: h:1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
    ],
)
def test_a_request_goes_out_as_it_was_spelled_out(request_, data):
    assert encode(request_, "h:1") == data


def test_an_answer_comes_in_with_its_status_headers_and_untouched_body():
    raw = b"HTTP/1.1 422 Whatever\r\nX-A: 1\r\nx-a: \xe9\r\nContent-Encoding: gzip\r\n"
    raw += b"Content-Length: 3\r\n\r\n\xff\0\n"
    headers = (("x-a", "1"), ("x-a", "é"), ("content-encoding", "gzip"), ("content-length", "3"))
    assert answer(raw) == Answer(422, headers, b"\xff\0\n")


def test_a_redirect_is_an_answer_and_is_not_followed():
    found, speaker = asked(b"HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n")
    assert (found[0].status, len(speaker.requests)) == (302, 1)


def test_a_body_in_chunks_is_put_together():
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    raw += b"1\r\na\r\n2;x=y\r\nbc\r\n0\r\nTrailer: t\r\n\r\n"
    assert answer(raw) == Answer(200, (("transfer-encoding", "chunked"),), b"abc")


@pytest.mark.parametrize("pause", [1, 7, 40])
def test_an_answer_in_any_pieces_is_the_same(pause):
    async def dribble(reader, writer):
        for start in range(0, len(OK), pause):
            writer.write(OK[start : start + pause])
            await writer.drain()
            await asyncio.sleep(0)

    assert answer(dribble) == Answer(200, (("content-type", "a/b"), ("content-length", "2")), b"hi")


def test_a_body_without_a_length_ends_with_the_connection():
    assert answer(Closing(b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nabc")).body == b"abc"
    assert answer(Closing(b"HTTP/1.0 200 OK\r\n\r\nabc")).body == b"abc"
    assert answer(Closing(b"HTTP/1.0 200 OK\r\n\r\n")) == Answer(200, (), b"")


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_cannot_have_a_body_is_whole_with_its_headers(status):
    found, speaker = asked(f"HTTP/1.1 {status} X\r\nContent-Type: a/b\r\n\r\n".encode(), OK, times=2)
    assert [each.body for each in found] == [b"", b"hi"]
    assert (found[0].status, speaker.connections) == (status, 1)


def test_the_answer_to_head_is_whole_with_its_headers_whatever_length_it_names():
    found, speaker = asked(
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
        times=2, request=Request("HEAD", "/x"),
    )  # fmt: skip
    assert [each.body for each in found] == [b"", b""]
    assert speaker.connections == 2


def test_informational_answers_in_front_are_passed_over():
    raw = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK
    assert answer(raw) == Answer(200, (("content-type", "a/b"), ("content-length", "2")), b"hi")


def test_an_informational_answer_alone_is_none():
    assert answer(Closing(b"HTTP/1.1 100 Continue\r\n\r\n")) == "the connection was closed before any answer"


def test_a_change_of_protocol_is_no_answer():
    raw = Closing(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
    assert answer(raw).startswith("unreadable HTTP: ")


def test_a_connection_is_used_again():
    found, speaker = asked(OK, OK, OK, times=3)
    assert [each.body for each in found] == [b"hi"] * 3
    assert speaker.connections == 1


@pytest.mark.parametrize(
    ("headers", "first"),
    [
        ((), OK.replace(b"200", b"400")),
        ((), OK.replace(b"200", b"500")),
        (((b"content-length", b"0"),), OK),
        (((b"Transfer-Encoding", b"chunked"),), OK),
    ],
)
def test_a_connection_on_which_something_may_be_left_is_not_used_again(headers, first):
    request = Request("POST", "/x", headers, b"0\r\n\r\n" if headers else b"")
    _, speaker = asked(first, OK, times=2, request=request)
    assert speaker.connections == 2


def test_a_refusal_of_content_that_was_understood_leaves_nothing_on_the_connection():
    refused = OK.replace(b"200", b"422")
    found, speaker = asked(refused, refused, OK, times=3, request=Request("POST", "/x", (), b"{}"))
    assert [each.status for each in found] == [422, 422, 200]
    assert speaker.connections == 1


def test_bytes_that_came_unseen_end_the_connection():
    """The loop had no turn to read them: they are there all the same when the next request is to go out."""

    def speak(server):
        opened = []
        for body in (b"hi", b"ho"):
            connection, _ = server.accept()
            opened.append(connection)
            connection.recv(1 << 16)
            connection.sendall(OK.replace(b"hi", body))
            if not more.is_set():
                answered.wait(5)
                connection.sendall(OK)
                more.set()
        for connection in opened:
            connection.close()

    async def ask(address):
        client = Client(address)
        first = await client.ask(GET)
        answered.set()
        assert more.wait(5)
        second = await client.ask(GET)
        client.close()
        return first.body, second.body

    answered, more = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        speaker = threading.Thread(target=speak, args=(server,))
        speaker.start()
        assert run(ask(Address(*server.getsockname()))) == (b"hi", b"ho")
        speaker.join()


def test_a_request_is_on_its_way_before_its_answer_is_awaited():
    async def ask():
        async with Speaker(OK, OK) as speaker:
            client = Client(speaker.address)
            await client.ask(GET)
            coming = client.begin(GET)
            await until(lambda: len(speaker.requests) == 2)
            body = (await coming).body
            client.close()
            return body

    assert run(ask()) == b"hi"


def test_who_waits_when_the_client_is_closed_waits_no_longer():
    async def silent(reader, writer):
        await asyncio.sleep(5)

    async def ask():
        async with Speaker(OK, silent, silent) as speaker:
            client = Client(speaker.address)
            await client.ask(GET)
            coming = [client.begin(GET), client.begin(GET)]
            await asyncio.sleep(0.05)
            client.close()
            return await asyncio.gather(*coming, return_exceptions=True)

    assert [type(each) for each in run(ask())] == [asyncio.CancelledError] * 2


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch):
    monkeypatch.setattr(module, "IDLE", 0.0)
    _, speaker = asked(OK, OK, times=2)
    assert speaker.connections == 2


@pytest.mark.parametrize(
    "first",
    [
        OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"),
        OK.replace(b"1.1", b"1.0"),
        Closing(OK),
        Closing(OK.replace(b"1.1", b"1.0")),
    ],
)
def test_a_connection_that_will_not_be_kept_is_not_used_again(first):
    async def ask():
        async with Speaker(first, OK) as speaker:
            client = Client(speaker.address)
            await client.ask(GET)
            await asyncio.sleep(0.02)
            await client.ask(GET)
            client.close()
            return speaker.connections

    assert run(ask()) == 2


@pytest.mark.parametrize("more", [b"x", b"nonsense\r\n\r\n", OK, OK[:20]])
def test_bytes_behind_an_answer_end_the_connection_and_never_reach_the_next_one(more):
    async def ask():
        async with Speaker(OK + more, OK.replace(b"hi", b"ho")) as speaker:
            client = Client(speaker.address)
            found = [(await client.ask(GET)).body for _ in range(2)]
            client.close()
            return found, speaker.connections

    assert run(ask()) == ([b"hi", b"ho"], 2)


def test_bytes_that_come_while_nothing_is_asked_end_the_connection():
    async def late(reader, writer):
        writer.write(OK)
        await answered.wait()
        writer.write(OK)
        written.set()

    answered, written = asyncio.Event(), asyncio.Event()

    async def ask():
        async with Speaker(late, OK.replace(b"hi", b"ho")) as speaker:
            client = Client(speaker.address)
            await client.ask(GET)
            answered.set()
            await written.wait()
            await asyncio.sleep(0.05)
            body = (await client.ask(GET)).body
            client.close()
            return body

    assert run(ask()) == b"ho"


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", "the connection was closed before any answer"),
        (b"HTTP/1.1 2", "the connection was closed inside the headers"),
        (b"HTTP/1.1 200 OK\r\n", "the connection was closed inside the headers"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n", "the connection was closed inside the headers"),
        (OK[:-1], "the connection was closed after 1 bytes of the body"),
        (OK[:-2], "the connection was closed after 0 bytes of the body"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            "the connection was closed after 2 bytes of the body",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
            "the connection was closed after 2 bytes of the body",
        ),
        (b"nonsense\r\n\r\n", "unreadable HTTP: "),
        (b"\x16\x03\x01", "unreadable HTTP: "),
        (b"HTTP/2 200\r\n\r\n", "unreadable HTTP: "),
        (b"HTTP/1.1 99 X\r\n\r\n", "unreadable HTTP: "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "unreadable HTTP: "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nab", "unreadable HTTP: "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", "unreadable HTTP: "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "unreadable HTTP: "),
        (b"HTTP/1.1 200 OK\r\nA B: x\r\n\r\n", "unreadable HTTP: "),
    ],
)  # fmt: skip
def test_what_is_no_whole_answer_is_none_and_says_how_far_it_came(raw, error):
    found = answer(Closing(raw))
    assert isinstance(found, str)
    assert found.startswith(error)


def test_a_reset_connection_is_no_answer():
    async def reset(reader, writer):
        writer.transport.abort()

    assert answer(reset).startswith("the connection was closed before any answer")


def test_a_server_that_falls_silent_is_given_up_after_its_time():
    async def silent(reader, writer):
        writer.write(OK[:-1])
        await asyncio.sleep(5)

    said = "no whole answer within 0.5 s; given up after 1 bytes of the body"
    assert answer(silent, seconds=0.5) == said


def test_an_answer_that_comes_too_late_never_reaches_the_next_request():
    async def late(reader, writer):
        await given_up.wait()
        writer.write(OK)

    given_up = asyncio.Event()

    async def ask():
        async with Speaker(late, OK.replace(b"hi", b"ho")) as speaker:
            client = Client(speaker.address, 0.5)
            with pytest.raises(WireError):
                await client.ask(GET)
            given_up.set()
            body = (await client.ask(GET)).body
            client.close()
            return body

    assert run(ask()) == b"ho"


def test_a_failed_request_is_not_repeated():
    found, speaker = asked(Closing(b""), OK)
    assert (found, len(speaker.requests)) == (["the connection was closed before any answer"], 1)


def test_after_a_failure_the_next_request_gets_a_connection_of_its_own():
    found, speaker = asked(Closing(OK[:-1]), OK, times=2)
    assert (found[1].body, speaker.connections) == (b"hi", 2)


@pytest.mark.parametrize("line", [b"A: " + b"x" * 1000 + b"\r\n", b"x" * 1000])
def test_headers_without_end_are_given_up(monkeypatch, line):
    monkeypatch.setattr(module, "MAX_HEADERS", 64 * 1024)

    async def endless(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nA: ")
        while not writer.is_closing():
            writer.write(line)
            await writer.drain()

    assert answer(endless) == "headers of more than 65536 bytes"


def test_many_large_headers_in_front_of_a_large_body_are_no_trouble():
    raw = b"HTTP/1.1 200 OK\r\n" + b"A: %s\r\n" % (b"x" * 60_000) * 4 + b"Content-Length: 500000\r\n\r\n"
    assert len(answer(raw + b"y" * 500_000).body) == 500_000


def test_a_body_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(module, "MAX_BODY", 1_000_000)

    async def endless(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
            await writer.drain()

    assert answer(endless) == "a body of more than 1000000 bytes"


@pytest.mark.parametrize("begun", [b"0\r\nx: ", b"0\r\n", b"5;"])
def test_what_comes_in_or_behind_a_body_without_end_is_given_up(monkeypatch, begun):
    monkeypatch.setattr(module, "MAX_HEADERS", 1 << 16)
    piece = b"x: y\r\n" * 100 if begun == b"0\r\n" else b"y" * 600

    async def endless(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n" + begun)
        while True:
            writer.write(piece)
            await writer.drain()

    assert answer(endless) == "more than 65536 bytes in or behind the body that are none of it"


def test_a_body_in_the_smallest_chunks_is_read_to_its_end(monkeypatch):
    monkeypatch.setattr(module, "MAX_HEADERS", 64)

    async def dribble(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            for piece in (b"1\r\n", b"a", b"\r\n"):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
        writer.write(b"0\r\n\r\n")

    assert answer(dribble).body == b"a" * 100


def test_where_nobody_listens_there_is_no_answer():
    async def ask():
        with pytest.raises(WireError, match=re.escape("cannot connect: ")):
            await Client(free_address()).ask(GET)

    run(ask())


def test_requests_at_once_have_connections_of_their_own():
    async def slow(reader, writer):
        await asyncio.sleep(0.02)
        writer.write(OK)

    async def ask():
        async with Speaker(*[slow] * 20) as speaker:
            client = Client(speaker.address)
            found = await asyncio.gather(*(client.ask(GET) for _ in range(10)))
            assert speaker.connections == 10
            found += await asyncio.gather(*(client.ask(GET) for _ in range(10)))
            client.close()
            return [each.body for each in found], speaker.connections

    assert run(ask()) == ([b"hi"] * 20, 10)
