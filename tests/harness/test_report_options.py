"""Where reports go: `run` and `rejudge` take the same options, and a CI runner is told what it reads."""

import pytest
from tests.harness.making import bodies, probe
from tests.harness.running import FACTS

from lakehouse_parity import recording
from lakehouse_parity.cli import main
from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.model import Outcome, Verdict


@pytest.fixture
def rejudge(tmp_path, monkeypatch, capsys):
    """Judge a recording with one drift again; gives the exit code and what was said."""
    for name in ("GITHUB_ACTIONS", "GITEA_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "recording.jsonl"
    with path.open("w") as file:
        recorder = recording.Recorder(file)
        recorder(Started("2026-01-02T03:04:05+00:00", FACTS, 1))
        seen = bodies('{"a":1}', '{"a":2}', '{"a":1}')
        recorder(Judged(Outcome(probe(), Verdict.PARITY, "then"), seen))
        recorder(Finished(7))

    def rejudge(*options):
        code = main(["rejudge", str(path), "--probes", str(tmp_path / "probes"), *map(str, options)])
        return code, capsys.readouterr()

    return rejudge


def test_every_report_can_go_to_a_file_of_its_own(rejudge, tmp_path):
    options = {
        "json": '"verdict": "divergence"',
        "junit": "<failure",
        "html": "<!doctype html>",
        "markdown": "## ❌",
    }
    given = [word for name in options for word in (f"--{name}", tmp_path / name)]
    assert rejudge(*given)[0] == 1
    for name, text in options.items():
        assert text in (tmp_path / name).read_text()


def test_without_a_runner_nothing_is_annotated(rejudge):
    assert "::error" not in rejudge()[1].out


@pytest.mark.parametrize("runner", ["GITHUB_ACTIONS", "GITEA_ACTIONS"])
def test_under_a_runner_what_fails_is_annotated_on_a_line_of_its_own(rejudge, monkeypatch, runner):
    monkeypatch.setenv(runner, "true")
    monkeypatch.setenv("COLUMNS", "40")
    lines = [line for line in rejudge()[1].out.splitlines() if line.startswith("::")]
    assert len(lines) == 1
    assert lines[0].startswith("::error file=probes/iterate/one.yaml,line=3,title=iterate/one%3A go_drift::")
    assert lines[0].endswith("again: parity run --probe iterate/one")
    assert "::error" not in rejudge("--annotations", "none")[1].out


def test_the_summary_goes_behind_what_the_step_already_said(rejudge, monkeypatch, tmp_path):
    place = tmp_path / "summary.md"
    place.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(place))
    rejudge()
    assert place.read_text().startswith("before\n## ❌ Divergence")


def test_a_summary_that_cannot_be_written_is_told_beside_the_verdict(rejudge, monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none" / "summary.md"))
    code, said = rejudge()
    assert code == 3
    assert "DIVERGENCE" in said.out
    assert "summary.md, which GITHUB_STEP_SUMMARY names, cannot be written: No such file" in said.err
