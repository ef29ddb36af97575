"""The reference daemon over real HTTP: what the specification leaves to a driver."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from tests.spec.daemon import GOOD_FILL, ITERATE

PROGRAM = """
import json, sys
from pathlib import Path
from lakehouse_parity.serve import LangfuseOptions, Provider, ServeOptions, serve
from lakehouse_spec.dialects import Dialect
from lakehouse_spec.service import ProviderKind
from tests.spec.daemon import ROSTER
url, log, langfuse = sys.argv[1:]
serve(ServeOptions(Dialect.SERDE_JSON, "gateway", "1", ROSTER, "127.0.0.1", 0,
    {"open": Provider(url, ProviderKind.OPENAI), "dead": Provider("http://127.0.0.1:1", ProviderKind.OPENAI)},
    Path(log) if log else None, LangfuseOptions(url, "pk", "sk") if langfuse else None))
"""


class Double(BaseHTTPRequestHandler):
    """A provider below /v1, and a Langfuse below /api that takes its time."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((self.path, dict(self.headers.items()), body))
        if self.path.startswith("/api/"):
            time.sleep(self.server.pause)
            self.answer(207, b'{"successes":[],"errors":[]}')
        elif b'"model":"redirect"' in body:
            self.answer(302, b"elsewhere", ("location", "/v1/chat/completions"))
        elif b'"model":"broken"' in body:
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self.answer(200, json.dumps({"choices": [{"message": {"content": GOOD_FILL}}]}).encode())

    def answer(self, status, body, *headers):
        self.send_response(status)
        for name, value in (
            ("content-length", str(len(body))),
            ("content-type", "application/json"),
            *headers,
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Quiet(ThreadingHTTPServer):
    """A server that says nothing of connections that break off."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass


@contextmanager
def daemon(log="", langfuse="", pause=0.0):
    """Serve in a process of its own; gives a client, the double, and the process."""
    server = Quiet(("127.0.0.1", 0), Double)
    server.seen, server.pause = [], pause
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    command = [sys.executable, "-c", PROGRAM, url, str(log), langfuse]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            ready = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
            with httpx.Client(base_url=ready[1], trust_env=False, timeout=30) as client:
                yield client, server, process
        finally:
            process.kill()
            server.shutdown()
            server.server_close()


@pytest.fixture(scope="module")
def plain():
    with daemon() as running:
        yield running


def test_it_says_where_it_listens_and_is_ready_then_us_5(plain):
    assert plain[0].get("/health").json() == {"status": "ok", "daemon": "gateway", "version": "1"}


def test_a_call_goes_through_to_the_provider_and_is_counted_tr_6_us_2(plain):
    client, double, _ = plain
    answer = client.post("/v1/iterate", json=ITERATE, headers={"X-Lakehouse-Trace-Id": "t 1"})
    assert (answer.status_code, answer.json()["trace_id"]) == (200, "t 1")
    path, headers, _ = double.seen[-1]
    assert (path, headers["x-lakehouse-trace-id"]) == ("/v1/chat/completions", "t 1")
    entries = {entry["model"]: entry for entry in client.get("/v1/usage").json()["usage"]}
    assert entries["m"]["requests"] >= 1


def test_redirects_are_not_followed_and_failures_not_repeated_ch_4_ch_7_ch_9(plain):
    client, double, _ = plain
    chat = {"provider": "open", "messages": []}
    before = len(double.seen)
    answer = client.post("/v1/chat", json={**chat, "model": "redirect"})
    assert (answer.status_code, answer.text) == (302, "elsewhere")
    assert client.post("/v1/chat", json={**chat, "model": "broken"}).text == "provider 'open': no answer"
    assert len(double.seen) == before + 2
    assert (
        client.post("/v1/chat", json={**chat, "model": "m", "provider": "dead"}).text
        == "provider 'dead': no answer"
    )


def test_paths_methods_and_large_bodies_ht_1_ht_2_ht_5(plain):
    client = plain[0]
    assert client.post("/v1/iterat", json=ITERATE).status_code == 404
    assert client.put("/v1/iterate", json=ITERATE).status_code == client.post("/health").status_code == 405
    assert (client.head("/health").status_code, client.head("/health").content) == (200, b"")
    body = json.dumps(ITERATE).encode()
    headers = {"content-type": "application/json"}
    largest = body + b" " * (8 * 1024 * 1024 - len(body))
    assert client.post("/v1/iterate", content=largest, headers=headers).status_code == 200
    assert client.post("/v1/iterate", content=largest + b" ", headers=headers).status_code == 413


def test_it_ends_in_peace_on_sigterm():
    with daemon() as (client, _, process):
        assert client.get("/health").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_many_calls_at_once_leave_whole_rows_and_spans_se_1_se_4_sp_4_us_4(tmp_path):
    log = tmp_path / "logs" / "sessions.jsonl"
    with daemon(log, "yes") as (client, double, process):
        with ThreadPoolExecutor(16) as threads:
            calls = [threads.submit(client.post, "/v1/iterate", json=ITERATE) for _ in range(200)]
            ids = [call.result().json()["trace_id"] for call in calls]
        rows = [json.loads(line) for line in log.read_text().splitlines()]
        assert len(set(ids)) == 200
        assert sorted(row["session_id"] for row in rows) == sorted(ids)
        assert client.get("/v1/usage").json()["usage"][0]["requests"] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        sent = [
            (headers, json.loads(body)) for path, headers, body in double.seen if path.startswith("/api/")
        ]
    assert {headers["Authorization"] for headers, _ in sent} == {"Basic cGs6c2s="}
    events = [event for _, body in sent for event in body["batch"]]
    assert len({event["id"] for event in events}) == len(events) == 400
    spans = {event["body"]["id"] for event in events if event["type"] == "span-create"}
    assert spans == {attempt["span_id"] for row in rows for attempt in row["attempts"]}


def test_a_slow_langfuse_delays_neither_answers_nor_the_end_sp_3():
    with daemon(langfuse="yes", pause=30) as (client, _, process):
        began = time.monotonic()
        assert all(client.post("/v1/iterate", json=ITERATE).status_code == 200 for _ in range(3))
        assert time.monotonic() - began < 5
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_without_a_log_the_answers_are_the_same_se_2(plain):
    assert plain[0].post("/v1/iterate", json=ITERATE).status_code == 200
