"""All files of a run, into its folder and wherever else they were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.reports import files, html, json_report, junit

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from lakehouse_parity.reports.summary import Summary

_REPORTS = {
    "json": ("report.json", json_report.render),
    "junit": ("junit.xml", junit.render),
    "html": ("report.html", html.render),
}


def write_reports(summary: Summary, folder: Path | None, options: argparse.Namespace) -> None:
    """Render each report once and write it. Raises Mistake."""
    for option, (name, render) in _REPORTS.items():
        places = [getattr(options, option), folder / name if folder else None]
        if any(places):
            text = render(summary)
            for place in filter(None, places):
                files.write(place, text)
