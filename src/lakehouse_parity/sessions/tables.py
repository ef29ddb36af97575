"""The report on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from lakehouse_parity.reports.wording import safe
from lakehouse_parity.sessions.figures import share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from lakehouse_parity.sessions.figures import Acceptance, Figures

MOST_NAMES = 8
"""Models and the like that are shown of each sort; the JSON has all."""

MOST_DAYS = 14
MOST_FAULTS = 8
_LONGEST = 90


def show(figures: Figures, screen: Console) -> None:
    """Draw one table for each question, the answer to the main one in words first."""
    for line in headline(figures):
        screen.print(Text(safe(line)), soft_wrap=True)
    for title, table in _drawn(figures):
        if table.row_count:
            screen.print()
            screen.print(Text(title, style="bold"))
            screen.print(table)


def headline(figures: Figures) -> Iterator[str]:
    """Say in words what the log holds and how far iteration gets."""
    left_out = ", without the harness's own" if figures.without_harness else ""
    yield f"{figures.rows:,} rows{left_out}, from {', '.join(figures.logs)}"
    if figures.unreadable:
        yield f"{figures.unreadable:,} lines are no row; parity sessions audit says which"
    overall = figures.overall
    if overall.steps:
        reached = ", ".join(f"{percent(part)} by attempt {step}" for step, _, part in overall.steps)
        yield f"Of {overall.judged:,} calls that the validator judged, accepted are {reached}"


def _drawn(figures: Figures) -> Iterator[tuple[str, Table]]:
    yield "rows by daemon and verdict", _verdicts(figures)
    yield "accepted by attempt, of the calls that the validator judged", _acceptance(figures)
    yield "attempts to acceptance", _attempts(figures)
    yield "duration in milliseconds", _durations(figures)
    yield "most frequent validation errors", _faults(figures)
    yield "accepted fills whose candidates are all in the roster", _grounding(figures)
    yield "by day, UTC", _days(figures)


def _table(words: int, *columns: str) -> Table:
    """Start a table whose first columns hold words and the others numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place < words else "right", overflow="fold")
    return table


def _row(table: Table, cells: Iterable[object]) -> None:
    table.add_row(*(Text(f"{cell:,}" if isinstance(cell, int) else safe(str(cell))) for cell in cells))


def _verdicts(figures: Figures) -> Table:
    verdicts = [*figures.totals(1)]
    table = _table(1, "daemon", "rows", *verdicts)
    for daemon, rows in figures.totals(0).items():
        _row(table, [daemon, rows, *(figures.verdicts.get((daemon, verdict), 0) for verdict in verdicts)])
    return table


def steps_shown(figures: Figures) -> Sequence[int]:
    """Give the iterations that have a column: those at which anything was accepted, the first few."""
    return [step for step, _, _ in figures.overall.steps][:6]


def _acceptance(figures: Figures) -> Table:
    steps = steps_shown(figures)
    table = _table(2, "by", "name", "calls", "judged", "accepted", *(f"by {step}" for step in steps))
    for each in named(figures):
        shares = [percent(each.share_by(step)) for step in steps]
        _row(table, [each.by, each.name, each.calls, each.judged, each.accepted, *shares])
    return table


def named(figures: Figures) -> Iterator[Acceptance]:
    """Give the acceptance of all calls, and of the most frequent names of each sort."""
    seen: dict[str, int] = {}
    for each in figures.acceptance:
        seen[each.by] = seen.get(each.by, 0) + 1
        if seen[each.by] <= MOST_NAMES:
            yield each


def _attempts(figures: Figures) -> Table:
    table = _table(1, "daemon", "accepted", "p50", "p90", "p99", "most")
    for each in figures.attempts:
        _row(table, [each.daemon, each.count, each.p50, each.p90, each.p99, each.most])
    return table


def _durations(figures: Figures) -> Table:
    table = _table(2, "daemon", "verdict", "rows", "p50", "p90", "p99", "most")
    for each in figures.durations:
        _row(table, [each.daemon, each.verdict, each.count, each.p50, each.p90, each.p99, each.most])
    return table


def _faults(figures: Figures) -> Table:
    table = _table(2, "kind", "error", "times", "share")
    for each in figures.faults[:MOST_FAULTS]:
        text = each.text if len(each.text) <= _LONGEST else each.text[: _LONGEST - 1] + "…"
        _row(table, [each.kind, text, each.count, percent(share(each.count, figures.failed_validations))])
    return table


def _grounding(figures: Figures) -> Table:
    table = _table(1, "daemon", "grounded", "not", "untold", "share")
    for each in figures.grounding:
        part = share(each.grounded, each.grounded + each.ungrounded)
        _row(table, [each.daemon, each.grounded, each.ungrounded, each.untold, percent(part)])
    return table


def _days(figures: Figures) -> Table:
    table = _table(1, "day", "rows", "judged", "accepted", "share", "at first attempt")
    for each in figures.days[-MOST_DAYS:]:
        first = percent(share(each.at_first, each.judged))
        accepted = percent(share(each.accepted, each.judged))
        _row(table, [each.day, each.calls, each.judged, each.accepted, accepted, first])
    return table


def percent(part: float) -> str:
    """Write a share, so that neither all nor nothing is claimed by rounding."""
    if 0 < part < 0.001:  # noqa: PLR2004  less than can be written
        return "<0.1 %"
    if 0.999 < part < 1:  # noqa: PLR2004  likewise
        return ">99.9 %"
    return f"{part * 100:.1f} %"
