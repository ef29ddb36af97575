"""Where a run took place: versions of harness, Python and libraries, and the checkout's commit."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib import metadata
from typing import Any

_OURS = "lakehouse-parity"
_SECONDS = 5.0


def surroundings() -> dict[str, Any]:
    """What another machine needs to know to run the same again; nothing that names a person or a host."""
    return {
        "harness": _version(_OURS),
        "commit": _commit(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "libraries": dict(sorted(_libraries())),
    }


def _libraries() -> list[tuple[str, str]]:
    names = [
        requirement.split()[0] for requirement in metadata.requires(_OURS) or () if ";" not in requirement
    ]
    return [(name, _version(name)) for name in names]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _commit() -> str | None:
    """The commit of the folder that the run was started in, with `+changes` where files differ from it."""
    git = shutil.which("git")
    if git is None:
        return None
    commit, changes = _said(git, "rev-parse", "HEAD"), _said(git, "status", "--porcelain")
    return None if commit is None else commit + ("+changes" if changes else "")


def _said(git: str, *arguments: str) -> str | None:
    try:
        ran = subprocess.run([git, *arguments], capture_output=True, text=True, timeout=_SECONDS, check=True)  # noqa: S603  fixed words
    except (OSError, subprocess.SubprocessError):
        return None
    return ran.stdout.strip()
