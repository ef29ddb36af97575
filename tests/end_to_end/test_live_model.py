"""`parity run --live-model`: a provider that answers as it likes, and the invariants alone as the judge."""

import json
import os
import random
import signal
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

import pytest
from tests.end_to_end.conftest import ROOT
from tests.end_to_end.test_demo import PARITY, parity
from tests.end_to_end.test_gate import CONFIG as GATE
from tests.end_to_end.test_gate import free_port

from lakehouse_parity.cli import main

GOOD = {"operation": "fill: Welder x2 in Toledo, OH", "endorsed_names": ["Ana", "Bo"], "fingerprint": "f"}
SAYINGS = (
    "I am sorry, I cannot do that.",
    json.dumps(GOOD),
    f"Here it is:\n```json\n{json.dumps(GOOD)}\n```",
    json.dumps({**GOOD, "fingerprint": ""}),
    json.dumps({"fills": [{"candidate_id": "W-001"}]}),
    "é" * 2500 + "{}",
    "",
)

ASKED = []
"""The models that the whim was asked for."""

CONFIG = """\
runtimes:
  rust: {{url: "http://127.0.0.1:{rust}", daemon: gateway, json: serde_json}}
  go: {{url: "http://127.0.0.1:{go}", daemon: validatord, json: encoding/json}}
roster: fixtures/roster/workers.parquet
session_log: {log}
model: {{listen: "127.0.0.1:{model}"}}
langfuse: {{listen: "127.0.0.1:{langfuse}", public_key: pk, secret_key: sk}}
"""


class Whim(BaseHTTPRequestHandler):
    """A model that never says the same twice, fails now and then, and takes its time."""

    protocol_version = "HTTP/1.1"
    chance = random.Random(7)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        ASKED.append(request["model"])
        time.sleep(self.chance.random() / 100)
        if self.chance.random() < 0.1:
            self.say(503, b"busy", "text/plain")
        else:
            message = {"role": "assistant", "content": self.chance.choice(SAYINGS)}
            self.say(200, json.dumps({"choices": [{"message": message}]}).encode(), "application/json")

    def say(self, status, body, kind):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def provider(port):
    server = ThreadingHTTPServer(("127.0.0.1", port), Whim)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


@contextmanager
def daemons(config, ports):
    process = subprocess.Popen(
        [*PARITY, "up", "--config", config], cwd=ROOT, env=os.environ, stdout=subprocess.DEVNULL
    )
    try:
        for port in ports:
            _await(process, port)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _await(process, port):
    for _ in range(3000):
        assert process.poll() is None, "parity up ended"
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/health", timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError(f"nobody answers on {port}")


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A configuration whose daemons are up and whose provider is the whim."""
    folder = tmp_path_factory.mktemp("live")
    ports = {name: free_port() for name in ("rust", "go", "model", "langfuse")}
    config = folder / "parity.yaml"
    config.write_text(CONFIG.format(**ports, log=folder / "sessions.jsonl"))
    with provider(ports["model"]), daemons(config, (ports["rust"], ports["go"])):
        yield config


def run(config, out, *arguments):
    """The exit code, the report, and its outcomes by probe."""
    done = parity("run", "--config", config, "--out", out, *arguments)
    report = json.loads((out / "report.json").read_text())
    return done.returncode, report, {outcome["probe"]: outcome for outcome in report["outcomes"]}


def test_whatever_a_model_says_the_invariants_hold_and_the_rest_is_compared_as_ever(live, tmp_path):
    ASKED.clear()
    code, report, outcomes = run(live, tmp_path, "--live-model", "parity/whim-1")
    assert code == 0, [
        outcome for outcome in report["outcomes"] if outcome["verdict"] not in ("parity", "skipped")
    ]
    assert set(ASKED) == {"whim-1"}
    assert "only the invariants were checked" in outcomes["iterate/accepted-second"]["reason"]
    assert "only the invariants" not in outcomes["validate/context-absent"]["reason"]
    assert outcomes["validate/context-absent"]["verdict"] == "parity"
    assert outcomes["iterate/unknown-provider"]["verdict"] == "parity"
    reasons = {
        probe: outcome["reason"] for probe, outcome in outcomes.items() if outcome["verdict"] == "skipped"
    }
    assert reasons["chat/passes-an-answer"] == "a real model's answer to /v1/chat cannot be foretold"
    assert reasons["extract/object-in-prose"] == "not wired: adapters"
    assert "no trace id of its own" in reasons["trace/first-good-second-good"]


def test_a_recording_of_it_is_judged_again_by_the_invariants(live, tmp_path):
    _, report, _ = run(live, tmp_path, "--live-model", "parity/whim-2", "--probe", "iterate/feedback-*")
    again = tmp_path / "again.json"
    assert parity("rejudge", tmp_path / "recording.jsonl", "--json", again).returncode == 0
    verdicts = [
        [(o["probe"], o["reason"]) for o in r["outcomes"]] for r in (report, json.loads(again.read_text()))
    ]
    assert verdicts[0] == verdicts[1]


def test_a_model_that_never_answered_gives_no_verdict(live, tmp_path):
    code, report, _ = run(live, tmp_path, "--live-model", "nobody/whim", "--probe", "iterate/accepted-second")
    assert (code, report["verdict"]) == (3, "no_verdict")
    assert "rust never had an answer from the model: /v1/chat hop failed at iter 0" in report["unseen"][0]


@pytest.mark.parametrize(
    "arguments", [("--live-model", "whim"), ("--live-model", "/whim"), ("--live-model", "a/")]
)
def test_a_model_needs_both_names(config_file, tmp_path, capsys, arguments):
    config = config_file(GATE.format(rust=1, go=2))
    assert main(["run", "--config", str(config), "--out", str(tmp_path), *arguments]) == 2
    assert "--live-model takes PROVIDER/MODEL" in capsys.readouterr().err


def test_the_bundled_daemons_know_no_real_model(tmp_path, capsys):
    assert main(["run", "--bundled", "--out", str(tmp_path), "--live-model", "a/b"]) == 2
    assert "not --bundled" in capsys.readouterr().err
