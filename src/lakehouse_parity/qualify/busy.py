"""Processes that do nothing but keep the processors busy, to see whether a verdict depends on rest."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

from lakehouse_parity.targets.children import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many busy processes, while the block lasts."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", "while True: pass"],
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509  no threads yet
        )
        for _ in range(processes)
    ]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()
