"""Hold every locked dependency against the known vulnerabilities, as far as their data can be had.

    python -m supply.audit

Each ecosystem has a tool of its own, which fetches its data. What could not be looked at is said and is not
called safe; only a vulnerability that was found fails.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PYTHON = Path("build/audit")
RUST = Path("fixtures/runtimes/gateway-rs")
GO = Path("fixtures/runtimes/validatord-go")


@dataclass(frozen=True)
class Check:
    """One tool: what it is called with, the code that means a finding, and how one gets the tool."""

    what: str
    command: tuple[str, ...]
    folder: Path
    found: int
    get: str


CHECKS = (
    Check(
        "requirements.lock",
        (str(PYTHON / "bin/pip-audit"), "--require-hashes", "--disable-pip", "-r", "requirements.lock"),
        Path(),
        1,
        "make audit installs it where the package index can be reached",
    ),
    Check(
        "requirements-dev.lock",
        (str(PYTHON / "bin/pip-audit"), "--require-hashes", "--disable-pip", "-r", "requirements-dev.lock"),
        Path(),
        1,
        "make audit installs it where the package index can be reached",
    ),
    Check("Cargo.lock", ("cargo-audit", "audit"), RUST, 1, "cargo install cargo-audit --locked"),
    Check(
        "go.sum",
        ("govulncheck", "./..."),
        GO,
        3,
        "go install golang.org/x/vuln/cmd/govulncheck@latest",
    ),
)


def main() -> int:
    """Run each check; 1 where one of them found something."""
    return max([_looked(check) for check in CHECKS])


def _looked(check: Check) -> int:
    program = shutil.which(check.command[0])
    if program is None:
        _tell(check, f"not looked at: there is no {Path(check.command[0]).name} ({check.get})")
        return 0
    command = [str(Path(program).absolute()), *check.command[1:]]
    done = subprocess.run(command, cwd=check.folder, capture_output=True, text=True, check=False)
    if not done.returncode:
        _tell(check, "no known vulnerability")
        return 0
    said = (done.stdout + done.stderr).strip()
    # A tool that found something and one that broke down may end with the same code: a table tells which.
    if done.returncode == check.found and done.stdout.strip() and "Traceback" not in said:
        _tell(check, f"VULNERABLE\n{said}")
        return 1
    _tell(check, f"not looked at: {said.splitlines()[-1] if said else f'ended with {done.returncode}'}")
    return 0


def _tell(check: Check, what: str) -> None:
    print(f"{check.folder / check.what}: {what}")


if __name__ == "__main__":
    sys.exit(main())
