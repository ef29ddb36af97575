"""What only many calls together show: ids of spans that are no other's (SP-2), moments in milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.soak.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.soak.stories import Evidence

ENOUGH = 30
"""Rows that do not all end in the same millisecond by chance."""


def findings(evidence: Evidence) -> Iterator[Finding]:
    """What is wrong with all calls of a runtime together, through all lives of it."""
    for runtime in evidence.seats:
        yield from _span_ids(evidence, runtime)
        yield from _fractions(evidence, runtime)


def _span_ids(evidence: Evidence, runtime: str) -> Iterator[Finding]:
    """SP-2: no two attempts are told by one id; who starts anew does not begin anew with its ids."""
    if evidence.sink is None:
        return
    told: dict[str, int] = {}
    for number in (each for each in range(len(evidence.calls)) if not evidence.calls.is_minted(each)):
        for index, span in enumerate(evidence.sink.take(runtime, evidence.calls.trace(number))):
            name = _member(span, "id")
            other = told.setdefault(name, number) if name is not None else number
            if other != number:
                detail = f"call {number} has the span id {name!r}, which a span of call {other} has too"
                yield Finding("span-id-twice", "SP-2", runtime, detail, number, place=f"span $[{index}].id")


def _fractions(evidence: Evidence, runtime: str) -> Iterator[Finding]:
    """SE-19: the moment of arrival in milliseconds, and not in a unit that is written with as many digits."""
    if evidence.rows is None:
        return
    own = (line for (name, _), lines in evidence.rows.own.items() if name == runtime for line in lines)
    fractions = [(_member(line.data, "timestamp") or "").rpartition(".")[2] for line in own]
    if len(fractions) >= ENOUGH and len({*fractions}) == 1:
        detail = f"the timestamps of all {len(fractions):,} rows end in {fractions[0]!r}"
        yield Finding("timestamp", "SE-19", runtime, detail, place="session_row $.timestamp")


def _member(data: bytes, name: str) -> str | None:
    value = lossless.parse(data)
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
