"""The known list as a git revision has it, so that a change cannot excuse itself."""

from __future__ import annotations

import subprocess
from functools import partial
from typing import TYPE_CHECKING

from lakehouse_parity.errors import Mistake

if TYPE_CHECKING:
    from pathlib import Path


def show(ref: str, path: Path) -> str | None:
    """The file's text at the revision, None where that has no such file. Raises Mistake.

    What stands in the working tree is not looked at; only its folder has to be in the repository.
    """
    folder = path.parent
    if not folder.is_dir():
        raise Mistake(f"--known-from {ref}: there is no folder {folder}")
    if ref.startswith("-"):
        raise Mistake(f"--known-from {ref}: this is no revision's name")
    git = partial(_git, folder, ref)
    inside = git("rev-parse", "--git-dir")
    if inside.returncode:
        said = inside.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise Mistake(f"--known-from {ref}: {folder} is in no git repository that can be read: {said}")
    if git("rev-parse", "--verify", f"{ref}^{{commit}}").returncode:
        raise Mistake(f"--known-from {ref}: the repository has no such revision; `git fetch` may bring it")
    name = f"{ref}:./{path.name}"
    if git("cat-file", "-e", name).returncode:
        return None
    return _text(git("show", name).stdout, name)


def _git(folder: Path, ref: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False)  # noqa: S603, S607  the one on PATH is meant
    except FileNotFoundError:
        raise Mistake(f"--known-from {ref}: there is no git on PATH") from None


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Mistake(f"{name} is not UTF-8 (byte {error.start})") from None
