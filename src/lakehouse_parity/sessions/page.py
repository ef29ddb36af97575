"""The report as one self-contained page with plots; every value is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.reports import pages
from lakehouse_parity.reports.wording import safe
from lakehouse_parity.sessions import charts
from lakehouse_parity.sessions.figures import ALL, share
from lakehouse_parity.sessions.tables import headline, named, percent, steps_shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup

    from lakehouse_parity.sessions.figures import Acceptance, Figures

MOST_LINES = 6
_LONGEST = 80


def render(figures: Figures) -> str:
    """Give the page."""
    return pages.render(
        "lakehouse_parity.sessions",
        "sessions.html.jinja",
        figures=figures,
        headline=[safe(line) for line in headline(figures)],
        steps=steps_shown(figures),
        named=[*named(figures)],
        percent=percent,
        share=share,
        acceptance=[*_acceptance(figures)],
        verdicts=_verdicts(figures),
        durations=_durations(figures),
        days=_days(figures),
        faults=_faults(figures),
    )


def _acceptance(figures: Figures) -> Iterator[tuple[str, Markup, Markup]]:
    """One plot for each sort of name: models, providers, kinds, daemons."""
    steps = steps_shown(figures)
    for sort in ("model", "kind", "provider", "daemon") if steps else ():
        these = [each for each in figures.acceptance if each.by in (ALL, sort)][:MOST_LINES]
        series = [charts.Line(_name(each), [each.share_by(step) for step in steps]) for each in these]
        places = [f"attempt {step}" for step in steps]
        plot = charts.lines(
            f"share of calls accepted by attempt, by {sort}", places, series, charts.WIDTH // 2 + 40
        )
        yield sort, plot, charts.legend([line.name for line in series])


def _name(each: Acceptance) -> str:
    return "all calls" if each.by == ALL else safe(each.name)


def _verdicts(figures: Figures) -> tuple[Markup, Markup]:
    verdicts = [*figures.totals(1)]
    rows = [
        charts.Bar(
            safe(daemon),
            [figures.verdicts.get((daemon, verdict), 0) for verdict in verdicts],
            f"{rows:,} rows",
        )
        for daemon, rows in figures.totals(0).items()
    ]
    return charts.bars("rows by daemon and verdict", rows), charts.legend(
        [safe(verdict) for verdict in verdicts]
    )


def _durations(figures: Figures) -> tuple[Markup, Markup]:
    rows = [
        charts.Range(
            safe(f"{each.daemon}, {each.verdict}") if each.daemon != ALL else "all calls",
            [each.p50, each.p90, each.p99],
            f"p50 {each.p50:,} ms, p90 {each.p90:,} ms, p99 {each.p99:,} ms, most {each.most:,} ms",
        )
        for each in figures.durations
    ]
    return charts.ranges("durations", rows, "ms"), charts.legend(["p50", "p90", "p99"])


def _days(figures: Figures) -> tuple[Markup, Markup]:
    series = [
        charts.Line("accepted", [share(each.accepted, each.judged) for each in figures.days]),
        charts.Line("at the first attempt", [share(each.at_first, each.judged) for each in figures.days]),
    ]
    plot = charts.lines("acceptance by day", [each.day for each in figures.days], series)
    return plot, charts.legend([line.name for line in series])


def _faults(figures: Figures) -> Markup:
    rows = [
        charts.Bar(_cut(f"{each.kind}: {each.text}"), [each.count], f"{each.count:,}")
        for each in figures.faults[:12]
    ]
    return charts.bars("most frequent validation errors", rows)


def _cut(text: str) -> str:
    text = safe(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
