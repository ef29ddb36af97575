"""What can go wrong besides a wrong answer. Each error is named after the step that failed.

    ParityError
    ├── Mistake           the user's input cannot be used                      exit 2
    └── Unobservable      something needed was unreachable or broke            exit 3

A wrong answer is no error but an outcome (exit 1). Anything else that is raised is our own bug.
"""

from __future__ import annotations

from msgspec import Struct


class Place(Struct, frozen=True):
    """Where in a file something stands; lines count from 1, and 0 stands for the whole file."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class ParityError(Exception):
    """Ends the command with `exit_code` and one sentence on standard error."""

    exit_code: int


class Mistake(ParityError):  # noqa: N818  named after whose it is
    """A mistake in the configuration, a probe file, the known list or the command line."""

    exit_code = 2

    def __init__(self, what: str, place: Place | None = None) -> None:
        super().__init__(f"{place}: {what}" if place else what)
        self.place = place


class Unobservable(ParityError):  # noqa: N818  named after what happened
    """No verdict: something that the run needs was unreachable or broke."""

    exit_code = 3
