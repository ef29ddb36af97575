"""`make demo` and its parts, as an operator runs them."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.end_to_end.conftest import ROOT, needs_toolchains

PARITY = [sys.executable, "-m", "lakehouse_parity"]


def parity(*arguments, **options):
    return subprocess.run(
        [*PARITY, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **options,
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    work = out.parent / "work"
    work.mkdir()
    return parity("run", "--bundled", "--out", out, env={**os.environ, "TMPDIR": str(work)}), out


@needs_toolchains
def test_the_demo_ends_at_parity_with_both_daemons_built_from_source(demo):
    done, out = demo
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((out / "report.json").read_text())
    assert report["verdict"] == "parity"
    assert {name: facts["bundled"] for name, facts in report["runtimes"].items()} == {
        "rust": "daemon",
        "go": "daemon",
    }
    for suite, counts in report["suites"].items():
        assert counts["probes"] == counts["parity"] + counts["known"], suite


@needs_toolchains
def test_the_demo_leaves_all_four_reports(demo):
    _, out = demo
    assert {path.name for path in out.iterdir()} == {
        "report.json",
        "junit.xml",
        "report.html",
        "recording.jsonl",
    }


@needs_toolchains
def test_no_key_stands_in_any_of_them(demo):
    secrets = [b"sk-parity", base64.b64encode(b"pk-parity:sk-parity"), b"Bearer "]
    for path in demo[1].iterdir():
        data = path.read_bytes()
        assert [secret for secret in secrets if secret in data] == [], path


@needs_toolchains
def test_one_probe_of_it_is_shown_whole(demo):
    _, out = demo
    done = parity("show", "iterate/exhausted-no-json", "--recording", out / "recording.jsonl")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "iterate/exhausted-no-json  parity"
    titles = [line.strip("= ") for line in lines if line.startswith("== ")]
    evidence = ["Model requests", "Session rows", "Spans", "Traces", "Usage"]
    assert titles == ["Request", "Answers", *evidence, "Clauses", "Again"]


@needs_toolchains
def test_every_known_difference_is_one_that_the_json_libraries_cause(demo):
    _, out = demo
    report = json.loads((out / "report.json").read_text())
    known = [outcome for outcome in report["outcomes"] if outcome["verdict"] == "known"]
    assert known
    assert {d["verdict"] for outcome in known for d in outcome["differences"]} == {"dialect"}


@needs_toolchains
def test_a_recording_is_judged_again_without_daemons_and_comes_to_the_same(demo, tmp_path):
    _, out = demo
    again = tmp_path / "again.json"
    done = parity("rejudge", out / "recording.jsonl", "--json", again)
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = (json.loads(path.read_text()) for path in (out / "report.json", again))
    assert [(o["probe"], o["verdict"]) for o in first["outcomes"]] == [
        (o["probe"], o["verdict"]) for o in second["outcomes"]
    ]


def test_without_toolchains_the_reference_plays_both_daemons_and_says_so(tmp_path):
    out = tmp_path / "out"
    bare = tmp_path / "bin"
    bare.mkdir()
    (bare / "python3").symlink_to(shutil.which("python3") or sys.executable)
    done = parity("run", "--bundled", "--out", out, env={**os.environ, "PATH": str(bare)})
    report = json.loads((out / "report.json").read_text())
    assert done.returncode == 0, done.stdout + done.stderr
    assert "there is no cargo on PATH: the reference plays it as serde_json" in done.stdout
    assert "the reference in its place" in done.stdout
    assert {facts["bundled"] for facts in report["runtimes"].values()} == {"reference"}


@needs_toolchains
def test_no_process_and_no_file_is_left_behind_by_a_run(demo):
    work = demo[1].parent / "work"
    said = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert [command for command in said if str(work).encode() in command] == []
    assert list(work.iterdir()) == []


def shape(text):
    """The lines of a session with every number as N, and without the progress, whose steps vary."""
    lines = [line for line in text.splitlines() if not line.startswith(("judged", "…"))]
    return [re.sub(r"\s+", " ", re.sub(r"\d+|·", "N", line)).strip() for line in lines]


@needs_toolchains
def test_the_session_in_the_readme_is_what_the_demo_prints(demo):
    done, out = demo
    readme = (ROOT / "README.md").read_text().partition("$ make demo\n")[2].partition("\n```")[0]
    printed = done.stdout.replace(str(out), "reports/latest")
    assert shape(readme) == shape(printed), "paste what `make demo` prints into the README"
