"""All files of a run, into its folder and wherever else they were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.reports import files, html, json_report, junit
from lakehouse_parity.reports.exhibits import Exhibits
from lakehouse_parity.reports.summary import Summary

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    from lakehouse_parity.events import Event


class Reports:
    """A listener that gathers what every report needs, and writes them."""

    def __init__(self, required: frozenset[str] = frozenset()) -> None:
        self.summary = Summary(required)
        self._exhibits = Exhibits()

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        self.summary(event)
        self._exhibits(event)

    def write(self, folder: Path | None, options: argparse.Namespace) -> None:
        """Render each report that is wanted once, and write it. Raises Mistake."""
        for name, text in self._rendered(folder, options):
            places = [getattr(options, name), folder / _FILES[name] if folder else None]
            for place in filter(None, places):
                files.write(place, text)

    def _rendered(self, folder: Path | None, options: argparse.Namespace) -> Iterator[tuple[str, str]]:
        wanted = [name for name in _FILES if folder or getattr(options, name)]
        for name in wanted:
            if name == "html":
                yield name, html.render(self.summary, self._exhibits)
            else:
                yield name, _RENDERERS[name](self.summary)


_FILES = {"json": "report.json", "junit": "junit.xml", "html": "report.html"}
_RENDERERS = {"json": json_report.render, "junit": junit.render}
