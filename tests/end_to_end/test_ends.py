"""However a run ends, it leaves no process, no port and no temporary file, or the next run cleans up."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.end_to_end.conftest import ROOT

PARITY = [sys.executable, "-m", "lakehouse_parity"]


class Place:
    """A place for temporary files and reports, and the processes that were told of it."""

    def __init__(self, folder):
        self.work, self.out, bare = folder / "work", folder / "out", folder / "bin"
        for made in (self.work, bare):
            made.mkdir()
        (bare / "python3").symlink_to(shutil.which("python3") or sys.executable)
        self.environment = {**os.environ, "TMPDIR": str(self.work), "PATH": str(bare)}

    def start(self, *more):
        """A run whose daemons the reference plays, since nothing can be built with this PATH."""
        return subprocess.Popen(
            [*PARITY, "run", "--bundled", "--out", self.out, *more],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def processes(self):
        mark = f"TMPDIR={self.work}".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if mark in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
        return found

    def left(self):
        """Processes and files, once the kernel has had the time to end what it was told to."""
        deadline = time.monotonic() + 10
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.processes(), list(self.work.iterdir())


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def in_the_middle(run):
    """Wait until the run has judged something."""
    for line in run.stdout:
        if line.startswith("judged"):
            return
    raise AssertionError(run.stderr.read())


def test_a_run_that_ends_well_leaves_nothing(place):
    run = place.start("--suite", "health")
    run.communicate(timeout=120)
    assert (run.returncode, place.left()) == (0, ([], []))


def test_a_run_that_ends_with_a_mistake_leaves_nothing(place):
    run = place.start("--suite", "nonsense")
    _, said = run.communicate(timeout=120)
    assert (run.returncode, place.left()) == (2, ([], []))
    assert said.startswith("parity: there is no suite 'nonsense'")
    assert list(place.out.iterdir()) == []


@pytest.mark.parametrize(("number", "times"), [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 1)])
def test_a_run_that_is_ended_says_what_it_has_and_leaves_nothing(place, number, times):
    run = place.start("--suite", "validate")
    in_the_middle(run)
    for _ in range(times):
        run.send_signal(number)
    said, errors = run.communicate(timeout=60)
    assert errors == ""
    assert run.returncode == 3
    name = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}[number]
    assert f"the run was ended by {name}" in said
    assert "NO VERDICT" in said
    assert place.left() == ([], [])
    report = json.loads((place.out / "report.json").read_text())
    assert (report["verdict"], report["exit_code"]) == ("no_verdict", 3)
    assert {path.name for path in place.out.iterdir()} == {
        "report.json", "report.html", "junit.xml", "recording.jsonl",
    }  # fmt: skip


def test_a_run_that_is_ended_before_it_began_leaves_the_last_reports_alone(place):
    run = place.start()
    for line in run.stdout:
        if "plays it as" in line:
            break
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert (run.returncode, errors) == (130, "parity: interrupted\n")
    assert place.left() == ([], [])
    assert list(place.out.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing ends the children of a killed process")
def test_what_a_killed_run_leaves_is_gone_after_the_next(place):
    run = place.start("--suite", "validate")
    in_the_middle(run)
    run.kill()
    run.communicate()
    processes, files = place.left()
    assert processes == []
    assert [path.name.startswith("parity-") for path in files] == [True]
    *whole, rest = (place.out / "recording.jsonl.part").read_bytes().split(b"\n")
    assert rest == b""
    assert all(json.loads(line) for line in whole)
    again = place.start("--suite", "health")
    again.communicate(timeout=120)
    assert (again.returncode, place.left()) == (0, ([], []))
    assert "recording.jsonl.part" not in {path.name for path in place.out.iterdir()}
