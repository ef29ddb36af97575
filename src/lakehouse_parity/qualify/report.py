"""A qualification for people and for programs: the matrix, the figures, and what is to be done about each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from lakehouse_parity.reports.wording import safe
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.qualify.finding import Finding
    from lakehouse_parity.qualify.result import Figures, Result
    from lakehouse_parity.qualify.table import Drift

SCHEMA = "lakehouse-parity/qualify/v1"
_NAME = 60
"""Columns for the probe that saw it."""
_SHOWN = 3
"""Places or probes that are named of many."""


def matrix(result: Result) -> Table:
    """One row a drift."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("runtime", "drift", "clause", "seen", "blamed", "located"):
        table.add_column(name, no_wrap=True)
    table.add_column("seconds", justify="right")
    table.add_column("by", no_wrap=True, max_width=_NAME)
    for finding in result.findings:
        table.add_row(*_cells(finding))
    return table


def _cells(finding: Finding) -> list[Text]:
    drift = finding.drift
    word = Text("equivalent", "dim") if drift.equivalent and not finding.sightings else _word(finding)
    return [
        Text(drift.runtime),
        Text(safe(drift.name)),
        Text(drift.clause),
        word,
        _yes(finding.blamed, finding.caught),
        _yes(finding.located, finding.caught),
        Text(f"{finding.seconds:.1f}"),
        Text(_several([sighting.probe for sighting in finding.sightings], 1)),
    ]


def _word(finding: Finding) -> Text:
    return Text(finding.word, "" if finding.caught else "bold red")


def _yes(held: bool, caught: bool) -> Text:  # noqa: FBT001  two cells of one row
    if not caught:
        return Text("·")
    return Text("yes") if held else Text("no", "bold yellow")


def _several(names: list[str], shown: int = _SHOWN) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def lines(result: Result) -> Iterator[str]:
    """What is not as it should be, one drift after the other, and then the figures."""
    for finding in result.findings:
        yield from _complaints(finding)
    for figures in result.figures:
        yield _figures(figures)
    equivalent = len(result.findings) - len(result.counted)
    if equivalent:
        yield f"{equivalent} equivalent by the contract and not counted"


def _complaints(finding: Finding) -> Iterator[str]:
    drift = finding.drift
    name = f"{drift.runtime} {safe(drift.name)}"
    if finding.failure:
        yield f"{name}: could not be examined: {safe(finding.failure)}"
    elif drift.equivalent:
        yield f"{name}: equivalent: {safe(drift.equivalent)}"
        if finding.sightings:
            yield f"  and yet it was seen by {_several([s.probe for s in finding.sightings])}"
    elif not finding.caught:
        yield from _survivor(finding, name)
    else:
        yield from _misjudged(finding, name)


def _survivor(finding: Finding, name: str) -> Iterator[str]:
    drift = finding.drift
    yield f"{name}: {finding.word}: {drift.clause} has no eyes for it: {safe(drift.what)}"
    yield f"  {drift.clause}: {CLAUSES[drift.clause].text}"
    yield f"  asked: {finding.asked} probes; it should show at {_several([str(s) for s in drift.spots])}"
    if finding.broken:
        yield f"  not observed: {_several(list(finding.broken))}"
    yield from (f"  {safe(sentence)}" for sentence in finding.unobserved[:_SHOWN])
    yield from (f"  {s.probe}: {s.verdict}" for s in finding.sightings[:_SHOWN])


def _misjudged(finding: Finding, name: str) -> Iterator[str]:
    if not finding.blamed:
        others = [f"{s.probe} {s.verdict}" for s in finding.sightings if not s.own]
        yield f"{name}: not {finding.drift.runtime} alone is blamed: {_several(others)}"
    if not finding.located:
        seen = list(dict.fromkeys(place for s in finding.sightings for place in s.places))
        yield f"{name}: not located: seen at {safe(_several(seen))}"
        yield f"  and not at {_several([str(spot) for spot in finding.drift.spots])}"


def _figures(figures: Figures) -> str:
    shares = ", ".join(
        f"{what} {number} ({number / figures.drifts:.1%})".replace("%", " %")
        for what, number in (
            ("caught", figures.caught), ("blamed", figures.blamed), ("located", figures.located),
        )
    )  # fmt: skip
    return f"{figures.runtime}: {figures.drifts} drifts: {shares}"


def as_json(result: Result) -> str:
    """The result for programs. Members may be added; those that are there stay."""
    document = {
        "schema": SCHEMA,
        "unmutated": "parity",
        "seconds": result.seconds,
        "exit_code": result.exit_code,
        "drifts": [_entry(finding) for finding in result.counted],
        "equivalent": [
            {**_entry(finding), "proof": finding.drift.equivalent}
            for finding in result.findings
            if finding.drift.equivalent
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _entry(finding: Finding) -> dict[str, Any]:
    drift = finding.drift
    return {
        "name": drift.name,
        "runtime": drift.runtime,
        "clause": drift.clause,
        "what": drift.what,
        "seen": finding.word,
        "caught": finding.caught,
        "blamed": finding.blamed,
        "located": finding.located,
        "probes": [sighting.probe for sighting in finding.sightings],
        "verdicts": {sighting.probe: sighting.verdict for sighting in finding.sightings},
        "expected_at": [str(spot) for spot in drift.spots],
        "seen_at": list(dict.fromkeys(place for s in finding.sightings for place in s.places)),
        "broken": list(finding.broken),
        "unobserved": [*finding.unobserved, *([finding.failure] if finding.failure else [])],
        "asked": finding.asked,
        "seconds": finding.seconds,
    }


def listing(drifts: list[Drift]) -> Iterator[str]:
    """One line a drift: who, which clause, which mistake."""
    for drift in drifts:
        equivalent = " (equivalent)" if drift.equivalent else ""
        yield f"{drift.runtime} {safe(drift.name)} ({drift.clause}){equivalent}: {safe(drift.what)}"
