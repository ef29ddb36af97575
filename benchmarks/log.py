"""`parity sessions report` and `audit` next to plain scans: the figures of `benchmarks.sessions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import rounds, session_log, sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.rounds import Figure

ROWS = 100_000


def figures(count: int, *, quick: bool) -> Iterator[Figure]:
    """Both commands on one log."""
    rows = 5_000 if quick else ROWS
    log = sessions.LOGS / f"sessions-{rows}.jsonl"
    if not log.exists():
        session_log.write(log, rows)
    activities = {name: _seconds(command) for name, command in sessions.commands(log).items()}
    times = rounds.interleaved(f"python -m benchmarks.sessions --rows {rows}", activities, count)
    for name in ("report", "audit"):
        for against in (sessions.AGAINST, sessions.WHOLE):
            yield times.figure(f"parity sessions {name}, {rows:,} rows", name, against)


def _seconds(command: list[str]) -> rounds.Activity:
    return lambda: rounds.process(command)
