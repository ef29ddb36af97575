"""Folders for what a run needs and nobody reads: gone with the run, or swept away by the next one.

A folder is in use for as long as somebody holds the lock on a file in it. The lock goes with the process
that holds it, however that ends, so that neither a clock nor a process id has to be believed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "parity-"
_IN_USE = ".in-use"


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """Give a folder of one's own, after those that ended processes left behind were removed."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    lock = _locked(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked(folder: Path) -> int:
    """Lock first and name the lock then: a lock that has its name and is not held is a dead one's."""
    nameless = folder / f"{_IN_USE}.new"
    lock = os.open(nameless, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    nameless.rename(folder / _IN_USE)
    return lock


def sweep() -> None:
    """Remove the folders of this user that nobody holds any more."""
    for mark in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_IN_USE}"):
        with contextlib.suppress(OSError):
            _sweep(mark)


def _sweep(mark: Path) -> None:
    """Remove one folder. Raises OSError where it is somebody's."""
    if mark.parent.is_symlink() or mark.lstat().st_uid != os.getuid():
        return
    lock = os.open(mark, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(mark.parent, ignore_errors=True)
    finally:
        os.close(lock)
