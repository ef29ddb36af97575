"""Whatever becomes of a command's output, its exit code is its own."""

import subprocess
import sys

import pytest

PARITY = f"{sys.executable} -m lakehouse_parity"
NOTHING = "rejudge /nowhere/recording.jsonl"


def ended(line):
    """The exit code of the first command of a pipeline in the shell, and what stands on standard error."""
    script = f"set -o pipefail; {line}"
    ran = subprocess.run(["bash", "-c", script], capture_output=True, check=False, timeout=300, text=True)
    return ran.returncode, ran.stderr


@pytest.mark.parametrize("command", ["clauses", "clauses --markdown", "schemas session-row", "lint"])
@pytest.mark.parametrize("output", [">&-", "| head -c 1"])
def test_who_does_not_read_to_the_end_changes_no_exit_code(command, output):
    assert ended(f"{PARITY} {command} {output}") == (0, "")


@pytest.mark.parametrize("output", ["2>&-", "2>/dev/full", ">&- 2>&-", ">&- 2>/dev/full"])
def test_a_mistake_that_cannot_be_told_is_one_all_the_same(output):
    assert ended(f"{PARITY} {NOTHING} {output}")[0] == 2


def test_a_full_disk_behind_standard_output_is_no_verdict():
    code, said = ended(f"{PARITY} clauses > /dev/full")
    assert code == 3
    what = "standard output or a temporary file cannot be written: No space left on device; make room there"
    assert said == f"parity: {what}\n"
