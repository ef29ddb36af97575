"""All reports of a run: its files, wherever they were asked for, and what a CI runner reads."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse_parity.errors import Mistake, Unobservable
from lakehouse_parity.reports import files, json_report, junit, markdown, workflow
from lakehouse_parity.reports.exhibits import Exhibits
from lakehouse_parity.reports.summary import Summary

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lakehouse_parity.events import Event

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable in which GitHub's and Gitea's runners name the file that they show as a step's summary."""


def prepare(folder: Path | None, options: argparse.Namespace) -> None:
    """See that everything can be written, before anything is asked. Raises Mistake."""
    if folder is not None:
        files.prepare(folder)
    for name in (*_FILES, "markdown"):
        place = getattr(options, name)
        if place is not None:
            files.prepare_file(place)


def complain(lost: Sequence[str]) -> int:
    """Tell beside the verdict of files that could not be written; the exit code, 0 where there are none."""
    for sentence in lost:
        with suppress(OSError):  # the exit code tells it too
            print(f"parity: {sentence}", file=sys.stderr, flush=True)  # noqa: T201  beside the verdict
    return Unobservable.exit_code if lost else 0


class Reports:
    """A listener that gathers what every report needs, and writes them."""

    def __init__(self, required: frozenset[str] = frozenset(), *, page: bool = True) -> None:
        self.summary = Summary(required)
        self._exhibits = Exhibits()
        self._page = page
        """Whether a page is to be drawn; else nothing is kept for it."""

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        self.summary(event)
        if self._page:
            self._exhibits(event)

    def write(self, folder: Path | None, options: argparse.Namespace) -> list[str]:
        """Render each report that is wanted once, and write it; a sentence for each that could not be.

        One that cannot be written keeps no other from being, and nobody from the verdict.
        """
        return list(self._written(folder, options))

    def _written(self, folder: Path | None, options: argparse.Namespace) -> Iterator[str]:
        for name, render in self._renderers().items():
            places = [getattr(options, name), folder / _FILES[name] if folder and name in _FILES else None]
            text = render() if any(places) else ""
            for place in filter(None, places):
                try:
                    files.write(place, text)
                except Mistake as mistake:
                    yield str(mistake)

    def _renderers(self) -> dict[str, Callable[[], str]]:
        return {
            "json": lambda: json_report.render(self.summary),
            "junit": lambda: junit.render(self.summary),
            "html": self._render_page,
            "markdown": lambda: markdown.render(self.summary),
        }

    def _render_page(self) -> str:
        from lakehouse_parity.reports import html  # noqa: PLC0415  the template engine can wait for the end

        return html.render(self.summary, self._exhibits)

    def tell(
        self, options: argparse.Namespace, environment: Mapping[str, str], say: Callable[[str], None]
    ) -> list[str]:
        """What a CI runner reads: annotations as lines, and the summary; a sentence where that is lost."""
        if workflow.are_wanted(options.annotations, environment):
            for line in workflow.render(self.summary):
                say(line)
        place = environment.get(STEP_SUMMARY)
        return _append(Path(place), markdown.render(self.summary)) if place else []


_FILES = {"json": "report.json", "junit": "junit.xml", "html": "report.html"}


def _append(path: Path, text: str) -> list[str]:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        return [f"{path}, which {STEP_SUMMARY} names, cannot be written: {error.strerror}"]
    return []
