"""One check: what was looked at, how it is, and what to do."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable


class State(Enum):
    """How something is."""

    GOOD = "good"
    BAD = "bad"
    LEFT = "not_checked"


class Check(Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    state: State
    told: str
    remedy: str = ""
    exit_code: int = 0
    """That of the command if this is wrong: 2 for a mistake on this side, 3 for a daemon."""


def good(name: str, told: str) -> Check:
    """It is as it has to be."""
    return Check(name, State.GOOD, told)


def left(name: str, why: str) -> Check:
    """It was not looked at: it is not wired, or rests on something that is wrong."""
    return Check(name, State.LEFT, f"not checked: {why}")


def unwired(name: str, what: str) -> Check:
    """It was not looked at, and no probe looks at it either."""
    return Check(
        name, State.LEFT, f"not wired: the configuration has no `{what}`, and its probes are skipped"
    )


def mistaken(name: str, told: str, remedy: str) -> Check:
    """Something on this side is wrong."""
    return Check(name, State.BAD, told, remedy, 2)


def missing(name: str, told: str, remedy: str) -> Check:
    """Something about a daemon is wrong."""
    return Check(name, State.BAD, told, remedy, 3)


def exit_code(checks: Iterable[Check]) -> int:
    """0 where nothing is wrong; a mistake on this side comes first, as in a run."""
    codes = {check.exit_code for check in checks}
    return 2 if 2 in codes else max(codes, default=0)  # noqa: PLR2004  the codes are the rule
