"""Where commands speak: a terminal, a file or a pipe, which may be closed by its reader before the end."""

from __future__ import annotations

import os
import sys

from rich.console import Console


class _Screen(Console):
    """A terminal or a pipe that may be closed by its reader: nobody listens then, and the command goes on."""

    def on_broken_pipe(self) -> None:
        """Say nothing more; the verdict is in the exit code and in the reports."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def screen() -> Console:
    """Where a command tells what it does."""
    return _Screen(highlight=False)
