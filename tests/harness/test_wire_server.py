"""The doubles' server: it reads what is asked, answers in order, and misbehaves only where it is told to."""

import asyncio
import contextlib
import logging

import pytest
from tests.harness.sockets import run, say, until

from lakehouse_parity.config import Address
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.model import Answer, Fault, Request
from lakehouse_parity.wire import server as module
from lakehouse_parity.wire.client import Client, WireError
from lakehouse_parity.wire.server import Received, Reply, Server

LOCAL = Address("127.0.0.1", 0)
GET = b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n"


class Playing:
    """A server that gives one reply to everything and keeps what it received."""

    def __init__(self, reply=None):
        self.received = []
        self._reply = reply or Reply(200, b"hi")
        self.server = Server("the double", LOCAL, self._handle)

    def _handle(self, received):
        self.received.append(received)
        return self._reply(received) if callable(self._reply) else self._reply

    async def __aenter__(self):
        await self.server.start()
        return self

    async def __aexit__(self, *_):
        self.server.stop()


def said(data, reply=None, **options):
    """What comes back for raw bytes, and what was received."""

    async def speak():
        async with Playing(reply) as playing:
            return await say(playing.server.address, data, **options), playing.received

    return run(speak())


def exchanged(request, reply=None):
    async def ask():
        async with Playing(reply) as playing:
            client = Client(playing.server.address, 2.0)
            try:
                return await client.ask(request), playing.received
            finally:
                client.close()

    return run(ask())


def test_a_request_is_received_with_method_path_headers_and_body():
    request = Request("PATCH", "/a%20b?c=d", ((b"X-A", b"\xe9"), (b"x-a", b"2")), b"\xff\0")
    found, [received] = exchanged(request)
    assert (received.method, received.path, received.body) == ("PATCH", "/a%20b?c=d", b"\xff\0")
    assert received.headers[1:] == (("x-a", "é"), ("x-a", "2"), ("content-length", "2"))
    assert (received.header("x-a"), received.header("nothing")) == ("é", None)
    assert found == Answer(200, (("content-type", "application/json"), ("content-length", "2")), b"hi")


def test_a_body_in_chunks_and_in_pieces_is_put_together():
    raw = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
    _, [received] = said(raw)
    assert received.body == b"abc"


def test_requests_on_one_connection_are_answered_in_order():
    answer, received = said(
        b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n", lambda request: Reply(200, request.path.encode())
    )
    assert [each.path for each in received] == ["/1", "/2"]
    assert answer.index(b"/1") < answer.index(b"/2")


@pytest.mark.parametrize(
    "raw", [b"nonsense\r\n\r\n", b"GET /x HTTP/9.9\r\n\r\n", b"\x16\x03\x01\0\0", b"GET\r\n\r\n"]
)
def test_what_is_no_http_ends_the_connection_and_reaches_no_handler(raw):
    assert said(raw, until_closed=True) == (b"", [])


def test_half_a_request_is_none():
    assert said(GET[:-2]) == (b"", [])


def test_a_wish_for_another_protocol_is_answered_in_this_one():
    raw = b"GET /x HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    answer, received = said(raw, until_closed=True)
    assert answer.endswith(b"hi")
    assert len(received) == 1


def test_an_old_client_gets_its_answer():
    answer, _ = said(b"GET /x HTTP/1.0\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nhi")


def test_a_body_without_end_is_not_taken_in(monkeypatch):
    monkeypatch.setattr(module, "MAX_BODY", 1000)
    raw = b"POST /x HTTP/1.1\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000
    assert said(raw, until_closed=True) == (b"", [])


CHUNKED = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"


async def _dribbled(raw):
    """What a handler gets of bytes that come 200 at a time, and what is answered."""
    async with Playing() as playing:
        address = playing.server.address
        reader, writer = await asyncio.open_connection(address.host, address.port)
        for start in range(0, len(raw), 200):
            writer.write(raw[start : start + 200])
            await asyncio.sleep(0.001)
        answer = b""
        with contextlib.suppress(OSError):
            writer.write_eof()
            answer = await reader.read()
        writer.close()
        return playing.received, answer


@pytest.mark.parametrize("line", [b"A: " + b"x" * 500 + b"\r\n", b"x" * 500])
def test_headers_without_end_are_not_taken_in(monkeypatch, line):
    monkeypatch.setattr(module, "MAX_HEADERS", 1000)
    raw = b"POST /x HTTP/1.1\r\nA: " + line * 10 + b"\r\nContent-Length: 0\r\n\r\n"
    assert run(_dribbled(raw)) == ([], b"")


@pytest.mark.parametrize(
    "rest",
    [
        b"0\r\n" + b"x: y\r\n" * 400 + b"\r\n",
        b"0\r\nx: " + b"y" * 2000 + b"\r\n\r\n",
        b"1;" + b"y" * 2000 + b"\r\na\r\n0\r\n\r\n",
    ],
)
def test_what_comes_in_or_behind_a_body_without_end_is_not_taken_in(monkeypatch, rest):
    monkeypatch.setattr(module, "MAX_HEADERS", 1000)
    assert run(_dribbled(CHUNKED + rest)) == ([], b"")


def test_a_trailer_is_no_header():
    [received], answer = run(_dribbled(CHUNKED + b"0\r\nX-Trailer: t\r\n\r\n"))
    assert (received.headers, received.body) == ((("transfer-encoding", "chunked"),), b"a")
    assert answer.endswith(b"hi")


def test_many_requests_on_one_connection_are_no_endless_headers(monkeypatch):
    monkeypatch.setattr(module, "MAX_HEADERS", 1000)
    _, received = said(GET * 100)
    assert len(received) == 100


@pytest.mark.parametrize("status", [200, 201, 299, 404, 500, 599])
def test_any_status_is_sent_with_body_and_type(status):
    found, _ = exchanged(Request("GET", "/"), Reply(status, b"\xff", "x/y; z=1"))
    assert (found.status, found.header("content-type"), found.body) == (status, "x/y; z=1", b"\xff")


@pytest.mark.parametrize("status", [204, 304])
def test_a_reply_that_can_have_no_body_has_none(status):
    answer, _ = said(GET + GET, Reply(status, b"ignored"))
    assert answer.count(f"HTTP/1.1 {status}".encode()) == 2
    assert b"ignored" not in answer
    assert b"content-length" not in answer


def test_a_reply_can_be_late():
    async def ask():
        async with Playing(Reply(200, delay=0.05)) as playing:
            client, loop = Client(playing.server.address), asyncio.get_running_loop()
            started = loop.time()
            await client.ask(Request("GET", "/"))
            client.close()
            return loop.time() - started

    assert run(ask()) >= 0.05


def test_hanging_up_sends_nothing():
    assert said(GET, Reply(200, b"hi", fault=Fault.HANG_UP), until_closed=True)[0] == b""
    with pytest.raises(WireError, match="the connection was closed before any answer"):
        exchanged(Request("GET", "/"), Reply(200, b"hi", fault=Fault.HANG_UP))


def test_breaking_off_promises_more_than_it_sends():
    with pytest.raises(WireError, match="the connection was closed after 2 bytes of the body"):
        exchanged(Request("GET", "/"), Reply(200, b"hi", fault=Fault.BREAK_OFF))


def test_a_reply_can_wait_for_something_to_be_over():
    async def ask():
        asked, over = asyncio.Event(), asyncio.get_running_loop().create_future()

        def reply(_received):
            asked.set()
            return Reply(200, b"hi", behind=over, delay=0.001)

        async with Playing(reply) as playing:
            client = Client(playing.server.address)
            answer = client.begin(Request("GET", "/"))
            await asked.wait()
            assert not answer.done()
            over.set_result(True)
            body = (await answer).body
            client.close()
            return body

    assert run(ask()) == b"hi"


@pytest.mark.parametrize("body", [b"", b"hi", "Größe 李小龍 🦀".encode(), b"x" * 10_000])
def test_a_reply_in_chunks_is_whole_and_does_not_say_its_length(body):
    reply = Reply(200, body, chunked=True)
    assert exchanged(Request("GET", "/"), reply)[0].body == body
    answer, _ = said(GET + GET, reply)
    assert (answer.count(b"transfer-encoding: chunked\r\n"), b"content-length" in answer) == (2, False)


def test_a_reply_that_breaks_off_in_chunks_lacks_the_last_one():
    with pytest.raises(WireError, match="the connection was closed after 2 bytes of the body"):
        exchanged(Request("GET", "/"), Reply(200, b"hi", fault=Fault.BREAK_OFF, chunked=True))


@pytest.mark.parametrize("fault", [None, Fault.HANG_UP, Fault.BREAK_OFF])
def test_who_wants_to_know_is_told_when_the_reply_goes_out(fault):
    told = []
    said(GET, Reply(200, fault=fault, sending=lambda: told.append(1)))
    assert told == [1]


def test_a_caller_that_went_away_is_no_trouble():
    async def ask():
        async with Playing(Reply(200, delay=0.02)) as playing:
            client = Client(playing.server.address)
            asked = client.begin(Request("GET", "/"))
            await until(lambda: playing.received)
            client.close()
            with pytest.raises(asyncio.CancelledError):
                await asked
            await asyncio.sleep(0.05)
            return playing.received

    assert len(run(ask())) == 1


def test_a_handler_that_fails_is_heard_of_and_is_no_bad_request(caplog):
    def broken(received: Received) -> Reply:
        raise KeyError(received.path)

    with caplog.at_level(logging.ERROR, "asyncio"):
        assert said(GET, broken, until_closed=True)[0] == b""
    assert "KeyError: '/x'" in caplog.text


def test_a_port_in_use_is_a_mistake_at_its_place_in_the_configuration():
    async def start():
        async with Playing() as playing:
            taken = playing.server.address
            address = Address(taken.host, taken.port, Place("parity.yaml", 6))
            with pytest.raises(Mistake) as raised:
                await Server("the scripted model", address, lambda _: Reply(200)).start()
            return taken, str(raised.value)

    taken, message = run(start())
    assert message.startswith(f"parity.yaml:6: the scripted model cannot listen on {taken}: ")


def test_port_zero_becomes_the_one_that_the_system_gave():
    async def start():
        async with Playing() as one, Playing() as other:
            return one.server.address.port, other.server.address.port

    one, other = run(start())
    assert 0 not in (one, other)
    assert one != other


def test_stopping_closes_every_connection():
    async def ask():
        async with Playing() as playing:
            reader, writer = await asyncio.open_connection(
                playing.server.address.host, playing.server.address.port
            )
            writer.write(GET)
            await reader.readuntil(b"hi")
            playing.server.stop()
            rest = await reader.read()
            writer.close()
            return rest

    assert run(ask()) == b""
