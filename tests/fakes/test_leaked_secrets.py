"""A key that a runtime gives away is in nothing that leaves the process, and the verdict is the true one."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from tests.fakes import soaking
from tests.fakes.driving import PROBES, ROSTER, roster
from tests.fakes.leaking import KEY, PUBLIC, Leaks, betrays
from tests.fakes.lying_daemon import Surroundings, Truth
from tests.fakes.test_pytest_plugin import RUNTIMES, standing
from tests.harness.sockets import free_address

CONFIG = (
    RUNTIMES
    + """\
model: {{listen: "{model}", ollama_provider: parity-ollama}}
langfuse: {{listen: "{langfuse}", public_key: {public}, secret_key: "${{LEAKED}}"}}
"""
)
ASKED = ("iterate/accepted", "iterate/feedback", "validate/refused")


class Knows(Truth):
    """Tells Langfuse its keys."""

    keys = f"{PUBLIC}:{KEY}".encode()


class LeaksAll(Leaks, Knows):
    """What `Leaks` does, with the keys of this configuration."""


@contextmanager
def stood(folder, rust, go):
    """Both fakes with a configuration for them in the folder; what `parity` says there."""
    model, langfuse, log = free_address(), free_address(), folder / "sessions.jsonl"
    with standing(rust("rust"), go("go"), Surroundings(roster(), model, langfuse, log)) as addresses:
        words = {"log": log, "roster": ROSTER, "model": model, "langfuse": langfuse, "public": PUBLIC}
        (folder / "parity.yaml").write_text(CONFIG.format(**addresses, **words))
        yield


def said(folder, *arguments, **environment):
    """The exit code of `parity` in that folder, and all that it says."""
    command = [sys.executable, "-m", "lakehouse_parity", *map(str, arguments)]
    ran = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=120,
        env={"PATH": os.environ["PATH"], "LEAKED": KEY, **environment},
    )
    return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture(scope="module", params=[(LeaksAll, Knows), (LeaksAll, LeaksAll)], ids=["one", "both"])
def run(request, tmp_path_factory):
    """A run with every report there is: its folder, its exit code, and what it said."""
    folder = tmp_path_factory.mktemp("run")
    reports = ("--markdown", "out.md", "--annotations", "github", "--evidence", "evidence")
    wanted = [word for probe in ASKED for word in ("--probe", probe)]
    with stood(folder, *request.param):
        code, words = said(folder, "run", "--probes", PROBES, "--out", "out", *reports, *wanted)
    return folder, code, words


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("sessions.jsonl", "parity.yaml")
    }


def test_nothing_that_a_run_leaves_has_it_in_any_spelling(run):
    folder, code, words = run
    written = files(folder)
    expected = {"out/recording.jsonl", "out/report.json", "out/report.html", "out/junit.xml", "out.md"}
    assert code == 1
    assert b"(secret LEAKED)" in words
    assert expected | {"evidence/recording.jsonl", "evidence/manifest.json"} <= written.keys()
    assert [name for name, data in {**written, "said": words}.items() if betrays(data)] == []
    for name in ("recording.jsonl", "report.json", "report.html", "junit.xml"):
        assert b"(secret LEAKED)" in written[f"out/{name}"], name
        assert b"(secret LEAKED, base64)" in written[f"out/{name}"], name


def outcomes(path):
    found = json.loads(path.read_text())["outcomes"]
    places = ("surface", "path", "verdict", "clause")
    return {
        each["probe"]: (each["verdict"], [[d[name] for name in places] for d in each["differences"]])
        for each in found
    }


def test_the_recording_comes_to_the_same_verdicts(run):
    folder, code, _ = run
    recording = folder / "out" / "recording.jsonl"
    again, words = said(folder, "rejudge", recording, "--probes", PROBES, "--json", "again.json")
    assert again == code
    assert outcomes(folder / "again.json") == outcomes(folder / "out" / "report.json")
    assert not betrays(words)


def test_the_evidence_stands_and_one_probe_whole_does_not_have_it(run):
    folder, _, _ = run
    code, words = said(folder, "evidence", "verify", "evidence")
    assert (code, betrays(words)) == (0, False)
    recording = ("--recording", "out/recording.jsonl", "--probes", PROBES)
    for form in ((), ("--json", "-")):
        code, words = said(folder, "show", "iterate/*", *recording, *form)
        assert (code, betrays(words)) == (0, False)
        assert b"(secret LEAKED)" in words


def test_probes_as_tests_do_not_have_it(tmp_path):
    with stood(tmp_path, LeaksAll, Knows):
        (tmp_path / "probes").symlink_to(PROBES)
        command = ["-m", "pytest", "--parity-config", "parity.yaml", "probes/validate"]
        ran = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=120,
            env={"PATH": os.environ["PATH"], "LEAKED": KEY},
        )
    assert b"(secret LEAKED)" in ran.stdout
    assert not betrays(ran.stdout + ran.stderr)
    assert [name for name, data in files(tmp_path).items() if betrays(data)] == []


def test_what_a_fuzz_campaign_says_and_saves_does_not_have_it(tmp_path):
    shutil.copytree(PROBES, tmp_path / "probes")
    with stood(tmp_path, LeaksAll, Knows):
        budget = ("--seed", "1", "--examples", "20", "--save", "--json", "found.json")
        code, words = said(tmp_path, "fuzz", "validate", *budget)
    saved = list((tmp_path / "probes" / "regressions").rglob("*.yaml"))
    assert (code, bool(saved)) == (1, True)
    assert [name for name, data in {**files(tmp_path), "said": words}.items() if betrays(data)] == []
    assert b"(secret LEAKED)" in saved[0].read_bytes()


def test_what_a_soak_finds_does_not_have_it(tmp_path):
    found = soaking.drive(Leaks, Truth, tmp_path / "log", secrets={"LEAKED": KEY})
    told = json.dumps(found.to_json()).encode()
    assert found.exit_code == 1
    assert b"(secret LEAKED)" in told
    assert not betrays(told)


def test_what_would_be_sent_where_does_not_have_it(tmp_path):
    members = {
        "rust": "${LEAKED}:1",
        "go": "127.0.0.1:2",
        "model": free_address(),
        "langfuse": free_address(),
    }
    text = CONFIG.format(**members, log=tmp_path / "log", roster=ROSTER, public=PUBLIC)
    (tmp_path / "parity.yaml").write_text(text)
    command = ("run", "--dry-run", "--probes", PROBES, "--json", "sent.json")
    code, words = said(tmp_path, *command, LEAKED="9c1e55d24b08.example")
    assert code == 0
    for told in (words, (tmp_path / "sent.json").read_bytes()):
        assert b"http://(secret LEAKED):1" in told
        assert not betrays(told)


@pytest.mark.parametrize(
    "command", [("run",), ("run", "--dry-run"), ("doctor",), ("fuzz", "validate"), ("sessions", "soak")]
)
def test_an_error_does_not_have_it(tmp_path, command):
    members = {
        "rust": "127.0.0.1:1",
        "go": "127.0.0.1:2",
        "model": free_address(),
        "langfuse": free_address(),
    }
    text = CONFIG.format(**members, log=tmp_path / "log", roster='"${LEAKED}"', public=PUBLIC)
    (tmp_path / "parity.yaml").write_text(text)
    code, words = said(tmp_path, *command, LEAKED="/nowhere/9c1e55d24b08")
    assert code in (2, 3)
    assert b"(secret LEAKED)" in words
    assert not betrays(words)
