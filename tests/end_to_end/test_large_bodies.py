"""Bodies that no literal probe can hold: 8 MiB are read, more is refused (HT-5)."""

import asyncio

import pytest
from tests.end_to_end.conftest import needs_toolchains

from lakehouse_parity import stage
from lakehouse_parity.model import Request
from lakehouse_parity.wire.client import Client

pytestmark = needs_toolchains

LARGEST = 8 * 1024 * 1024


PIECE = 65_536


def chunked(request):
    """The same request in pieces, so that nothing says beforehand how large it is."""
    pieces = (request.body[at : at + PIECE] for at in range(0, len(request.body), PIECE))
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    headers = (*request.headers, (b"Transfer-Encoding", b"chunked"))
    return Request(request.method, request.path, headers, body + b"0\r\n\r\n")


def announced(request):
    """The request as it is: its content length says how large it is."""
    return request


def validation(size):
    """A validate request of exactly that many bytes that is accepted, as far as it is read."""
    head = b'{"kind":"playbook","artifact":{"operation":"fill: W x1 in T, O",'
    head += b'"endorsed_names":["A"],"fingerprint":"'
    tail = b'"}}'
    headers = ((b"Content-Type", b"application/json"),)
    return Request("POST", "/v1/validate", headers, head + b"f" * (size - len(head) - len(tail)) + tail)


@pytest.mark.parametrize(("size", "status"), [(LARGEST, 200), (LARGEST + 1, 413), (3 * LARGEST, 413)])
@pytest.mark.parametrize("sent", [announced, chunked])
def test_both_daemons_read_8_mib_and_refuse_more(size, status, sent):
    async def statuses():
        async with stage.demo(lambda _: None) as (config, _):
            clients = [Client(runtime.address) for runtime in config.runtimes.values()]
            answers = await asyncio.gather(*(client.ask(sent(validation(size))) for client in clients))
            return [answer.status for answer in answers]

    assert asyncio.run(statuses()) == [status, status]
