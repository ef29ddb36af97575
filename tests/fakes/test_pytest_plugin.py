"""Probes as tests of pytest: the same verdicts, and everything that people do with tests."""

import asyncio
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from tests.fakes.driving import PROBES, ROSTER, roster
from tests.fakes.lies import LosesTraceId
from tests.fakes.lying_daemon import LyingDaemon, Surroundings, Truth
from tests.harness.sockets import free_address

RUNTIMES = """\
runtimes:
  rust: {{url: "http://{rust}", daemon: gateway, json: serde_json}}
  go: {{url: "http://{go}", daemon: validatord, json: encoding/json}}
session_log: {log}
roster: {roster}
"""
CONFIG = (
    RUNTIMES
    + """\
model: {{listen: "{model}"}}
langfuse: {{listen: "{langfuse}", public_key: pk-parity, secret_key: sk-parity}}
"""
)


@contextmanager
def standing(rust, go, around):
    """Both fakes on a thread of their own: their addresses."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    up = threading.Event()
    addresses = {}

    async def serve():
        async with LyingDaemon("rust", around, rust) as one, LyingDaemon("go", around, go) as other:
            addresses.update(rust=one, go=other)
            up.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert up.wait(10)
    try:
        yield addresses
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@pytest.fixture
def gate(tmp_path):
    """A folder with probes and a configuration for two truths; what pytest says there."""

    @contextmanager
    def gate(rust=Truth, go=Truth):
        model, langfuse, log = free_address(), free_address(), tmp_path / "sessions.jsonl"
        (tmp_path / "probes").symlink_to(PROBES)
        with standing(rust("rust"), go("go"), Surroundings(roster(), model, langfuse, log)) as addresses:
            text = CONFIG.format(**addresses, log=log, roster=ROSTER, model=model, langfuse=langfuse)
            (tmp_path / "parity.yaml").write_text(text)
            yield lambda *arguments: said(tmp_path, *arguments)

    return gate


def said(folder, *arguments):
    """The exit code and the output of pytest in that folder."""
    command = [sys.executable, "-m", "pytest", "--parity-config", "parity.yaml", "probes", *arguments]
    ran = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, timeout=120)
    return ran.returncode, ran.stdout + ran.stderr


def test_where_both_tell_the_truth_every_probe_passes_and_can_be_chosen(gate):
    with gate() as ask:
        code, text = ask("-q", "-k", "exhausted or teapot", "-vv")
    assert (code, "2 passed" in text) == (0, True)
    assert "chat/chat.yaml::chat/teapot PASSED" in text


def test_a_drift_fails_with_the_words_of_the_console_and_can_be_asked_again(gate):
    with gate(go=LosesTraceId) as ask:
        code, text = ask("-q", "-k", "iterate/accepted or teapot")
        assert (code, "1 failed, 1 passed" in text) == (1, True), text
        assert "iterate/accepted: go_drift: go stands alone: rust and the reference agree" in text
        assert "body $.trace_id  (go_drift, " in text
        assert "Traceback" not in text
        code, text = ask("-q", "--lf")
        assert (code, "1 failed" in text, "passed" in text) == (1, True, False), text


def test_workers_share_one_run(gate):
    class Counts(Truth):
        asked = 0

        def request(self, request):
            Counts.asked += request.path == "/v1/chat"
            return request

    with gate(rust=Counts) as ask:
        code, text = ask("-q", "-n", "2", "-k", "teapot or health or not-json")
    assert (code, Counts.asked) == (0, 1), text


def test_what_could_not_be_observed_is_an_error_and_no_failure(gate, tmp_path):
    with gate() as ask:
        pass
    code, text = ask("-q", "-k", "health")
    assert code == 1
    assert "1 error in" in text
    assert "start it, or correct parity.yaml:2" in text
    assert not list(tmp_path.glob("reports/latest/*.part"))


def test_a_mistake_in_the_configuration_is_a_usage_error(tmp_path):
    (tmp_path / "probes").symlink_to(PROBES)
    (tmp_path / "parity.yaml").write_text("colour: red\n")
    code, text = said(tmp_path)
    assert code == 4
    assert text.startswith("ERROR: parity.yaml:1: "), text
    assert len(text.strip().splitlines()) == 1


def test_without_the_option_a_folder_of_probes_is_nothing_to_pytest(tmp_path):
    (tmp_path / "probes").symlink_to(PROBES)
    command = [sys.executable, "-m", "pytest", "probes", "-q"]
    ran = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert (ran.returncode, "no tests ran" in ran.stdout) == (5, True)
