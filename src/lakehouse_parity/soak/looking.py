"""From the evidence to the result: the log as such, each call as a whole, the ids, the counts."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity.soak import lines, series
from lakehouse_parity.soak.counting import Counting
from lakehouse_parity.soak.findings import Finding, Log, Seen
from lakehouse_parity.soak.ids import Ids
from lakehouse_parity.soak.stories import Stories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lakehouse_parity.model import Observation
    from lakehouse_parity.soak.findings import Result
    from lakehouse_parity.soak.seats import Seat
    from lakehouse_parity.soak.stories import Evidence
    from lakehouse_parity.targets.daemon import Usage

    Tell = Callable[[str, int, int], None]
    """Told what is going on, how far it is, and how far it goes."""


def look(evidence: Evidence, after: Mapping[str, Usage | None], result: Result, tell: Tell) -> None:
    """Put everything that there is to say into the result."""
    ids, counting = Ids(evidence), Counting(evidence.seats)
    for finding in _found(evidence, ids, counting, result, tell):
        result.add(finding)
    for finding in counting.findings(after):
        result.add(finding)
    for name, seat in evidence.seats.items():
        result.seen[name] = _seen(evidence, seat, ids)
        result.unobserved += _unanswered(seat)
        result.restarts += [
            {
                "runtime": name,
                "signal": "SIGKILL" if ending.killed else "SIGTERM",
                "in_flight": len(ending.flying),
            }
            for ending in seat.endings
        ]
    _measure(evidence, result)


def _found(evidence: Evidence, ids: Ids, counting: Counting, result: Result, tell: Tell) -> Iterator[Finding]:
    if evidence.rows is not None:
        yield from lines.findings(evidence.rows, evidence.seats, result.tolerated)
    stories = Stories(evidence)
    short = cache(lambda: _expected(evidence, number))  # all short calls are alike but for their mark
    for number in range(len(evidence.calls)):
        if evidence.calls.leaves(number):
            yield from stories.left(number)
            continue
        call = evidence.calls[number]
        expected = short() if call.minted else _expected(evidence, number)
        counting.add(number, call.probe, expected[0])
        yield from ids.findings(number) if call.minted else stories.findings(call, expected)
        tell("judged", number + 1, len(evidence.calls))
    yield from series.findings(evidence)
    for runtime, body in evidence.playing.strays:
        asked = evidence.redactor.clean(body)[:200].decode(errors="replace")
        detail = f"asks the model something in which no call's mark stands: {asked}"
        yield Finding("model-request", "IT-7", runtime, detail)


def _expected(evidence: Evidence, number: int) -> list[Observation]:
    """What the reference says, in either seat: of these contents both dialects make the same bytes."""
    expected = evidence.reference.observe(evidence.calls[number].probe)
    rust, go = (b'"daemon":"%s"' % seat.runtime.daemon.encode() for seat in evidence.seats.values())
    rows = None if expected.rows is None else tuple(row.replace(rust, go, 1) for row in expected.rows)
    return [expected, replace(expected, rows=rows)]


def _seen(evidence: Evidence, seat: Seat, ids: Ids) -> Seen:
    rows = evidence.rows.own if evidence.rows is not None else {}
    return Seen(
        answered=len(seat.answers),
        lost=len(seat.lost),
        left=len(seat.left),
        rows=sum(len(lines) for (name, _), lines in rows.items() if name == seat.name),
        statuses=Counter(answer.status for answer in seat.answers.values()),
        minted=ids.count(seat.name),
    )


def _unanswered(seat: Seat) -> Iterator[str]:
    """A sentence where a daemon did not answer though nobody ended it."""
    silent = [number for number in sorted(seat.lost) if not seat.excused(number)]
    if silent:
        why = seat.lost[silent[0]]
        yield f"{seat.name} did not answer {len(silent)} calls, of which call {silent[0]} is the first: {why}"


def _measure(evidence: Evidence, result: Result) -> None:
    if evidence.rows is None:
        if not any(rule == "log-lost" for rule, _, _ in result.counts):
            result.unlooked.append("session_log")
    else:
        sizes = [len(line.data) + 1 for lines in evidence.rows.own.values() for line in lines] or [0]
        result.log = Log(
            evidence.rows.lines, sum(sizes), min(sizes), max(sizes), len(evidence.rows.strangers)
        )
    if evidence.sink is None:
        result.unlooked.append("langfuse")
