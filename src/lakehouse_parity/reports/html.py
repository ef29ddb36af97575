"""`report.html`: one self-contained page for people, without network, for thousands of probes.

The summary is markup, written by the template engine, which escapes it. The probes are data that the page's
own script draws as they are looked at, by text nodes only; its policy allows no other script to run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports import page_data, pages
from lakehouse_parity.reports.summary import COLUMNS, column
from lakehouse_parity.reports.wording import SENTENCES, runtime, safe

if TYPE_CHECKING:
    from collections import Counter

    from lakehouse_parity.reports.exhibits import Exhibits
    from lakehouse_parity.reports.summary import Summary

_PACKAGE = "lakehouse_parity.reports"
_PARTS = ("parity", "known", "skipped", "broken", "diverged")
"""The order of a bar's parts, left to right."""


def render(summary: Summary, exhibits: Exhibits) -> str:
    """The page."""
    style, script = (pages.part(_PACKAGE, name) for name in ("report.css", "report.js"))
    return pages.render(
        _PACKAGE,
        "report.html.jinja",
        summary=summary,
        sentence=SENTENCES[summary.verdict],
        columns=COLUMNS,
        links={name: _link(name) for name in COLUMNS[1:]},
        bars={suite: _bar(counts) for suite, counts in summary.suites.items()},
        total=summary.total,
        runtimes=_runtimes(summary),
        troubles=[safe(trouble) for trouble in (*summary.unseen, *summary.problems)],
        style=style,
        script=script,
        policy=pages.policy(style, script),
        data=page_data.build(summary, exhibits),
    )


def _runtimes(summary: Summary) -> list[str]:
    found = summary.started.runtimes if summary.started else {}
    return [safe(runtime(name, facts)) for name, facts in found.items()]


def _link(name: str) -> str:
    """The filter for the verdicts that a column counts."""
    return ",".join(verdict.value for verdict in Verdict if column(verdict) == name)


def _bar(counts: Counter[str]) -> list[tuple[str, float, float]]:
    """Column, start and width of each part, in percent."""
    found, start = [], 0.0
    for name in _PARTS:
        width = 100 * counts[name] / max(counts["probes"], 1)
        if width:
            found.append((name, start, width))
        start += width
    return found
