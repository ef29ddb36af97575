"""`parity sessions report` and `audit` next to grep and plain scans, as `benchmarks.sessions` runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import rounds, session_log, sessions
from benchmarks.rounds import Goal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.rounds import Figure

ROWS = 1_000_000
NAMES = ("report", "audit")
BUDGET = 400.0
"""Megabytes that either may hold."""


def figures(count: int, *, quick: bool) -> Iterator[Figure]:
    """Both commands on one log."""
    rows = 5_000 if quick else ROWS
    log = sessions.LOGS / f"sessions-{rows}.jsonl"
    if not log.exists():
        session_log.write(log, rows)
    megabytes: dict[str, list[float]] = {name: [] for name in sessions.commands(log)}
    activities = {
        name: _observed(command, megabytes[name]) for name, command in sessions.commands(log).items()
    }
    again = f"python -m benchmarks.sessions --rows {rows}"
    times = rounds.interleaved(again, activities, count)
    for name in NAMES:
        for against in (sessions.ACCEPTED, sessions.AGAINST, sessions.WHOLE):
            goal = Goal(3) if (name, against) == ("report", sessions.ACCEPTED) else None
            yield times.figure(f"parity sessions {name}, {rows:,} rows", name, against, goal)
    for name in NAMES:
        held = [each / BUDGET for each in megabytes[name]]
        yield rounds.figure(f"memory of parity sessions {name}", held, f"{BUDGET:g} MB", again, Goal(1))


def _observed(command: list[str], megabytes: list[float]) -> rounds.Activity:
    def seconds() -> float:
        took, held = rounds.observed(command)
        megabytes.append(held)
        return took

    return seconds
