"""The process of the program `parity`, and of `python -m lakehouse_parity`."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import NoReturn

from lakehouse_parity.cli import main

_NEW_OBJECTS = 200_000
"""So many more than were freed call for a search of cycles, not Python's 700."""


def program() -> NoReturn:
    """Run the command of this process, and end the process with its exit code.

    A run keeps probes and outcomes until its reports are written, and makes hardly a cycle: going through all
    of them again and again would be a twentieth of its time, and taking them apart at the end a tenth.
    """
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
    ended: list[int] = []
    atexit.register(_leave, ended)  # before all others, and so called behind them
    ended.append(main())
    sys.exit(ended[0])


def _leave(ended: list[int]) -> None:
    """End the process as it is, where its command has ended and what it said is out."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            return  # Python says so in its own way, and has an exit code for it
    if ended:
        os._exit(ended[0])


if __name__ == "__main__":
    program()
