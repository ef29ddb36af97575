"""The process of the program `parity`, and of `python -m lakehouse_parity`."""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

from lakehouse_parity.cli import main

_NEW_OBJECTS = 200_000
"""So many more than were freed call for a search of cycles, not Python's 700."""


def program() -> NoReturn:
    """Run the command of this process, and end the process with its exit code.

    A run keeps probes and outcomes until its reports are written, and makes hardly a cycle: going through all
    of them again and again would be a twentieth of its time.
    """
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
    sys.exit(main())


if __name__ == "__main__":
    program()
