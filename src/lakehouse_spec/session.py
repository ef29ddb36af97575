"""The session log: one row for every call that got past the parsing of its request (chapter SE)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from lakehouse_spec.dialects import Dialect, Json, serialise
from lakehouse_spec.iterate import Attempt, Finished, Stop
from lakehouse_spec.requests import Kind

if TYPE_CHECKING:
    from lakehouse_spec.roster import Roster
    from lakehouse_spec.spans import Stamp

SCHEMA = "session.iterate.v1"
"""The value of every row's `schema` (SE-18)."""

_MILLISECOND = timedelta(milliseconds=1)

PROMPT_LENGTH = 4000
"""Unicode scalar values of the prompt that a row keeps (SE-8, SE-9)."""


class Circumstances(NamedTuple):
    """What a row says besides what the loop did."""

    trace_id: str
    """The row's `session_id` (SE-7)."""
    daemon: str
    """Who writes: `gateway` or `validatord` (SE-3)."""
    arrived: datetime
    """When the call arrived (SE-19)."""
    answered: datetime
    """When its answer was ready (SE-20)."""


def row(
    finished: Finished, stamps: tuple[Stamp, ...], circumstances: Circumstances, roster: Roster
) -> dict[str, Json]:
    """Build the row of a call (SE-6); a member without a value is left out (SE-22)."""
    asked = finished.request
    members: dict[str, Json] = {
        "schema": SCHEMA,
        "session_id": circumstances.trace_id,
        "timestamp": timestamp(circumstances.arrived),
        "daemon": circumstances.daemon,
        "kind": asked.kind.value,
        "model": asked.model,
        "provider": asked.provider,
        "prompt": asked.prompt[:PROMPT_LENGTH],
        "iterations": 0 if finished.stop is Stop.CHAT_FAILED else len(finished.attempts),
        "max_iterations": asked.max_iterations,
        "final_verdict": finished.stop.value,
        "attempts": _attempts(finished, stamps),
        "artifact": finished.artifact,
        "grounded_in_roster": grounded(finished, roster),
        "duration_ms": duration_ms(circumstances.arrived, circumstances.answered),
    }
    return _with_values(members)


def line(members: dict[str, Json], dialect: Dialect) -> bytes:
    """Write a row as one line, which ends in one line feed and holds no other (SE-4)."""
    return f"{serialise(members, dialect)}\n".encode()


def _with_values(members: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in members.items() if value is not None}


def _attempts(finished: Finished, stamps: tuple[Stamp, ...]) -> list[Json]:
    """List the attempts (SE-15); of an infrastructure error only the last, as iteration 0 (SE-13)."""
    told = list(zip(finished.attempts, stamps, strict=True))
    if finished.stop is Stop.CHAT_FAILED:
        return [_attempt(0, *told[-1])]
    return [_attempt(attempt.iteration, attempt, stamp) for attempt, stamp in told]


def _attempt(iteration: int, attempt: Attempt, stamp: Stamp) -> Json:
    members: dict[str, Json] = {
        "iteration": iteration,
        "verdict_kind": attempt.verdict.value,
        "error": attempt.error,
        "span_id": stamp.span_id,
    }
    return _with_values(members)


def grounded(finished: Finished, roster: Roster) -> bool | None:
    """Tell whether every candidate of an accepted `fill` is in the roster (SE-17).

    None for anything but an accepted `fill` whose `fills` is an array; an empty array is grounded.
    """
    if finished.stop is not Stop.ACCEPTED or finished.request.kind is not Kind.FILL:
        return None
    fills = finished.artifact.get("fills") if isinstance(finished.artifact, dict) else None
    return all(_in_roster(fill, roster) for fill in fills) if isinstance(fills, list) else None


def _in_roster(fill: Json, roster: Roster) -> bool:
    candidate = fill.get("candidate_id") if isinstance(fill, dict) else None
    return isinstance(candidate, str) and candidate != "" and roster.find(candidate) is not None


def timestamp(moment: datetime) -> str:
    """Write a moment in UTC as RFC 3339 with exactly three fraction digits and `Z` (SE-19)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def duration_ms(began: datetime, ended: datetime) -> int:
    """Count the whole milliseconds between two moments, at least 0 (SE-20, VA-4)."""
    return max(0, (ended - began) // _MILLISECOND)
