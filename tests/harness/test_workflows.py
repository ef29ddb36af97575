"""The workflows, the action and the hook call what is there."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from lakehouse_parity import cli

ROOT = Path(__file__).parents[2]
WORKFLOWS = [ROOT / folder / "workflows" / "parity.yml" for folder in (".github", ".gitea")]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def steps(path):
    return [step for job in yaml.safe_load(path.read_text())["jobs"].values() for step in job["steps"]]


def commands(path):
    return [step["run"] for step in steps(path) if "run" in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.parts[-3])
def test_every_command_of_a_workflow_is_one_that_this_project_has(path):
    found = commands(path)
    assert ".ci/run" in found
    for command in found:
        if command.startswith("make "):
            assert command.split()[1] in TARGETS
        elif command.startswith(".venv/bin/parity "):
            words = re.sub(r"\$\{\{.*?\}\}", "main", command).replace('"', "").split()[1:]
            assert cli.parse(words).module == words[0]
        else:
            assert command == ".ci/run" or command.startswith("rustup ")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.parts[-3])
def test_the_gate_takes_the_known_list_from_the_base_and_keeps_its_reports(path):
    gate = yaml.safe_load(path.read_text())["jobs"]["gate"]["steps"]
    [run] = [step["run"] for step in gate if "parity run" in step.get("run", "")]
    assert "--bundled --known-from" in run
    [upload] = [step for step in gate if "upload-artifact" in step.get("uses", "")]
    assert (upload["if"], upload["with"]["path"]) == ("always()", "reports/")
    assert gate[0]["with"]["fetch-depth"] == 0


def test_both_forges_run_the_same_but_for_the_version_of_an_action():
    one, other = (re.sub(r"artifact@v\d", "artifact", path.read_text()) for path in WORKFLOWS)
    assert one.splitlines() == [line for line in other.splitlines() if not line.startswith("# Gitea")]


def action(tmp_path, parity, **inputs):
    """Run the action's second step as a runner does, with this script in place of parity."""
    (tmp_path / "parity" / "bin").mkdir(parents=True)
    program = tmp_path / "parity" / "bin" / "parity"
    program.write_text(f"#!/usr/bin/env bash\nprintf '%s\\n' \"$@\" > {tmp_path}/asked\n{parity}\n")
    program.chmod(0o755)
    [_, step] = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    variables = {
        "CONFIG": "parity.yaml", "ARGUMENTS": "", "KNOWN_FROM": "", "PROBES": "",
        "REPORTS": str(tmp_path), "RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": "/action",
        "GITHUB_OUTPUT": str(tmp_path / "output"), "PATH": "/usr/bin:/bin", **inputs,
    }  # fmt: skip
    assert set(step["env"]) <= set(variables)
    ran = subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], check=False, env=variables)
    return (
        ran.returncode,
        (tmp_path / "output").read_text(),
        (tmp_path / "asked").read_text().split("\n")[:-1],
    )


@pytest.mark.parametrize(("code", "verdict"), [(0, "parity"), (1, "divergence"), (3, "no_verdict")])
def test_the_action_ends_as_the_gate_does_and_says_the_verdict(tmp_path, code, verdict):
    (tmp_path / "report.json").write_text(f'{{"verdict": "{verdict}"}}')
    found = action(tmp_path, f"exit {code}", ARGUMENTS="--suite chat --jobs 4")
    assert found[:2] == (code, f"verdict={verdict}\n")
    asked = ["run", "--config", "parity.yaml", "--out", str(tmp_path), "--probes", "/action/probes"]
    assert found[2] == [*asked, "--suite", "chat", "--jobs", "4"]
    assert cli.parse(found[2]).suite == ["chat"]


def test_the_action_passes_the_revision_of_the_known_list(tmp_path):
    (tmp_path / "report.json").write_text('{"verdict": "parity"}')
    _, _, asked = action(tmp_path, "exit 0", KNOWN_FROM="origin/a b", PROBES="mine")
    assert asked[-4:] == ["--probes", "mine", "--known-from", "origin/a b"]


def test_a_gate_without_a_report_has_no_verdict(tmp_path):
    assert action(tmp_path, "exit 2")[:2] == (2, "verdict=no_verdict\n")


def test_the_hook_lints_probes_when_probes_change():
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert cli.parse(hook["entry"].split()[1:]).module == "lint"
    for name in ("probes/iterate/retry.yaml", "probes/known.yaml", "probes/masks.yaml"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "tests/fakes/probes/masks.yaml")
