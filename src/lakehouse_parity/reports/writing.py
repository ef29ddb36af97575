"""All files of a run, into its folder and wherever else they were asked for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lakehouse_parity.errors import Mistake, Unobservable
from lakehouse_parity.reports import files, html, json_report, junit
from lakehouse_parity.reports.exhibits import Exhibits
from lakehouse_parity.reports.summary import Summary

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from lakehouse_parity.events import Event


def prepare(folder: Path | None, options: argparse.Namespace) -> None:
    """See that everything can be written, before anything is asked. Raises Mistake."""
    if folder is not None:
        files.prepare(folder)
    for name in _FILES:
        place = getattr(options, name)
        if place is not None:
            files.prepare_file(place)


def complain(lost: Sequence[str]) -> int:
    """Tell beside the verdict of files that could not be written; the exit code, 0 where there are none."""
    for sentence in lost:
        print(f"parity: {sentence}", file=sys.stderr)  # noqa: T201  beside the verdict
    return Unobservable.exit_code if lost else 0


class Reports:
    """A listener that gathers what every report needs, and writes them."""

    def __init__(self, required: frozenset[str] = frozenset()) -> None:
        self.summary = Summary(required)
        self._exhibits = Exhibits()

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        self.summary(event)
        self._exhibits(event)

    def write(self, folder: Path | None, options: argparse.Namespace) -> list[str]:
        """Render each report that is wanted once, and write it; a sentence for each that could not be.

        One that cannot be written keeps no other from being, and nobody from the verdict.
        """
        return list(self._written(folder, options))

    def _written(self, folder: Path | None, options: argparse.Namespace) -> Iterator[str]:
        for name, text in self._rendered(folder, options):
            places = [getattr(options, name), folder / _FILES[name] if folder else None]
            for place in filter(None, places):
                try:
                    files.write(place, text)
                except Mistake as mistake:
                    yield str(mistake)

    def _rendered(self, folder: Path | None, options: argparse.Namespace) -> Iterator[tuple[str, str]]:
        wanted = [name for name in _FILES if folder or getattr(options, name)]
        for name in wanted:
            if name == "html":
                yield name, html.render(self.summary, self._exhibits)
            else:
                yield name, _RENDERERS[name](self.summary)


_FILES = {"json": "report.json", "junit": "junit.xml", "html": "report.html"}
_RENDERERS = {"json": json_report.render, "junit": junit.render}
