"""The line of `curl` that repeats a request: the shell passes on exactly its bytes."""

import shutil
import socket
import subprocess
import threading

import pytest
from msgspec.structs import replace
from tests.harness.making import probe
from tests.harness.running import FACTS

from lakehouse_parity.model import Request
from lakehouse_parity.reports.repeating import command, curl, curls

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
JSON = ((b"Content-Type", b"application/json"),)


def received(request):
    """The head lines and the body that arrive when a shell runs the line."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(30)
    line = curl(request, f"http://127.0.0.1:{server.getsockname()[1]}")
    found = []

    def serve():
        connection, _ = server.accept()
        data = b""
        with connection:
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536)
            head, _, body = data.partition(b"\r\n\r\n")
            lengths = [
                row.split(b":")[1] for row in head.split(b"\r\n") if row.lower().startswith(b"content-length")
            ]
            while len(body) < int(lengths[0] if lengths else 0):
                body += connection.recv(65536)
            connection.sendall(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        found.extend([head.split(b"\r\n"), body])

    thread = threading.Thread(target=serve)
    thread.start()
    subprocess.run(["bash", "-c", line], check=True, capture_output=True, timeout=30)
    thread.join(30)
    server.close()
    return found


@needs_curl
@pytest.mark.parametrize(
    "body",
    [b'{"a": "it\'s $HOME `x` \\\\ \xc3\xa9"}', b"@file", b"a\nb\n", b"\x00\xff\x1b[2J\r\n", b"%41&b=c", b""],
)
def test_the_body_arrives_as_it_was_sent(body):
    assert received(Request("POST", "/v1/iterate", JSON, body))[1] == body


@needs_curl
def test_path_query_and_headers_arrive_and_curl_adds_none_that_matter():
    headers = ((b"X-Lakehouse-Trace-Id", b"a b\\c"), (b"X-Empty", b""))
    head, _ = received(Request("GET", "/a/../b?x=1&y=%20", headers))
    assert head[0] == b"GET /a/../b?x=1&y=%20 HTTP/1.1"
    names = {line.partition(b":")[0].lower() for line in head[1:]}
    assert names == {b"host", b"x-lakehouse-trace-id", b"x-empty"}
    assert b"X-Lakehouse-Trace-Id: a b\\c" in head


@needs_curl
def test_bytes_that_are_no_text_arrive_in_headers_and_path():
    head, _ = received(Request("GET", "/\x1b'\u00e9", ((b"X", b"\xe9\x1b[2J\\'"),)))
    assert head[0] == "GET /\x1b'\u00e9 HTTP/1.1".encode()
    assert b"X: \xe9\x1b[2J\\'" in head


def test_keys_are_redacted_in_the_line():
    line = curl(
        Request("GET", "/", ((b"Authorization", b"Bearer sk-1"), (b"X-Api-Key", b"sk-2"))), "http://h"
    )
    assert "sk-" not in line
    assert "Authorization: (redacted)" in line


def test_a_line_holds_nothing_that_a_terminal_acts_on():
    headers = ((b"X", b"\x1b[2J\xff"),)
    assert all(
        line.isprintable() for _, line in curls(Request("POST", "/\x1b", headers, b"\x1b[2J\x00"), FACTS)
    )


@pytest.mark.parametrize(("kind", "asked"), [("", ""), ("daemon", "--bundled "), ("reference", "--bundled ")])
def test_the_command_asks_the_runtimes_again_that_were_asked(kind, asked):
    runtimes = {name: replace(facts, bundled=kind) for name, facts in FACTS.items()}
    assert command(probe(), runtimes) == f"parity run {asked}--probe iterate/one"
