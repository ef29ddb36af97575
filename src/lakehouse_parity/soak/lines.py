"""What the log alone shows: one row for every answered call, on a line of its own (SE-1, SE-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity.sessions.findings import Fault
from lakehouse_parity.sessions.looking import look
from lakehouse_parity.soak.findings import Finding
from lakehouse_parity.soak.overwriting import overwriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lakehouse_parity.soak.log import Line
    from lakehouse_parity.soak.rows import Rows
    from lakehouse_parity.soak.seats import Seat

UNENDED = Fault("unended-line", "SE-4", "the last line has no line feed")
ROW = "session_row $"
_SHORT = 256
"""Bytes of a fragment in which there may be no mark yet."""


def findings(rows: Rows, seats: Mapping[str, Seat], tolerated: list[str]) -> Iterator[Finding]:
    """Everything that is wrong with lines as such; what a kill explains goes to `tolerated`."""
    over = overwriter(rows)
    yield from _odd(rows, seats, tolerated, over)
    yield from _at_starts(rows, seats)
    for (runtime, number), lines in sorted(rows.own.items()):
        for line in lines[1:]:
            rule, clause = "row-twice", "SE-1"
            detail = f"call {number} has a row in line {lines[0].number} already"
            if others := rows.calls.others(number, line.data):
                rule, clause = "spliced-line", "SE-4"
                detail = f"the line holds parts of the rows of calls {number} and {min(others)}; {detail}"
            yield at(line, Finding(rule, clause, runtime, detail, number))
    for seat in seats.values():
        for number in sorted(seat.due):
            if not rows.whole((seat.name, number)):
                ended = "left by its caller" if number in seat.left else "answered"
                detail = f"call {number} was {ended} and has no row on a line of its own"
                if over and over != seat.name:
                    detail = f"{detail}: {over} writes over rows of {seat.name}"
                yield Finding("row-missing", "SE-1", over or seat.name, detail, number, place=ROW)


def _odd(rows: Rows, seats: Mapping[str, Seat], tolerated: list[str], over: str) -> Iterator[Finding]:
    names = (*seats,)
    kills = sum(ending.killed for seat in seats.values() for ending in seat.endings)
    blamed: list[tuple[Line, Fault, str, int]] = []
    for line in rows.odd:
        fault = _fault(rows, line)
        guilty = rows.guilty(line, names)
        if kills and len(guilty) == 1 and _by_kill(line, *guilty[0], seats):
            kills -= 1
            tolerated.append(f"line {line.number}: a daemon was killed while it wrote: {fault.detail}")
            continue
        blamed += [(line, fault, over or runtime, number) for runtime, number in dict(guilty).items()]
    yield from _resolved(blamed, seats)


def _at_starts(rows: Rows, seats: Mapping[str, Seat]) -> Iterator[Finding]:
    """A line of no call that came with a daemon's start: a row is a call's, and nothing else (SE-1)."""
    for line in rows.strangers:
        if starter := _starter(line, seats):
            detail = f"the line is no call's row, and came as {starter} ended and started"
            yield at(line, Finding("line-at-start", "SE-1", starter, detail))


def _starter(line: Line, seats: Mapping[str, Seat]) -> str:
    """Who ended and started while this line came; empty where that tells nothing."""
    starters = [
        name for name, seat in seats.items() if any(began <= line.offset < end for began, end in seat.starts)
    ]
    return starters[0] if len(starters) == 1 else ""


def _fault(rows: Rows, line: Line) -> Fault:
    """Say what is wrong with a line that is no row: what it is as such, but for parts of several calls."""
    fault = (*look(line.data).faults, UNENDED)[0]
    numbers = sorted(rows.calls.marks(line.data))
    if len(numbers) < 2 or fault.rule != "torn-line":  # noqa: PLR2004  several
        return fault
    calls = ", ".join(map(str, numbers[:5]))
    return Fault("spliced-line", "SE-4", f"the line holds parts of the rows of calls {calls}: {fault.detail}")


def _resolved(blamed: list[tuple[Line, Fault, str, int]], seats: Mapping[str, Seat]) -> Iterator[Finding]:
    """Of what nothing tells, who alone is to blame for other lines is, too; else who started as it came.

    A start explains such lines only where all of them came with one: others fall into a start by chance.
    """
    others = {runtime for _, _, runtime, _ in blamed if runtime}
    alone = others.pop() if len(others) == 1 else ""
    starts = not others and all(_starter(line, seats) for line, _, runtime, _ in blamed if not runtime)
    for line, fault, runtime, number in blamed:
        call = None if number < 0 else number
        guilty = runtime or alone or (_starter(line, seats) if starts else "")
        yield at(line, Finding(fault.rule, fault.clause, guilty, fault.detail, call))


def _by_kill(line: Line, runtime: str, number: int, seats: Mapping[str, Seat]) -> bool:
    """Tell whether a fragment may be what a killed daemon had written of a row.

    The kernel ends a large write between two pages when the process is killed, so that a row may be cut,
    and nobody is left to write the line feed: the next row then stands behind the piece, whole.
    """
    if not line.data.startswith(b"{"):
        return False
    if number < 0:
        return len(line.data) < _SHORT or any(seat.endings for seat in seats.values())
    return any(seat.killed(number) for name, seat in seats.items() if runtime in ("", name))


def at(line: Line, finding: Finding) -> Finding:
    """Say of a finding in which line of the log it is."""
    return replace(finding, line=line.number, offset=line.offset, place=ROW)
