"""The run on a terminal: a progress bar while it goes on, then the table, then each divergence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from lakehouse_parity.events import Judged, Started
from lakehouse_parity.model import Verdict
from lakehouse_parity.reports.styles import difference, emit, verdict_style
from lakehouse_parity.reports.summary import COLUMNS
from lakehouse_parity.reports.wording import SENTENCES, repeat_line, runtime, safe

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console
    from rich.progress import Progress, TaskID

    from lakehouse_parity.events import Event
    from lakehouse_parity.model import Outcome
    from lakehouse_parity.reports.summary import Summary

_STYLES = {"parity": "bold green", "divergence": "bold red", "no_verdict": "bold yellow"}


class ProgressListener:
    """Shows how far a run is: a bar on a terminal, a plain line at the start and each tenth elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._planned = self._done = self._told = 0
        self._task: TaskID | None = None
        self._bar = _bar(console) if console.is_terminal else None

    def __enter__(self) -> ProgressListener:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, Started):
            self._planned = event.planned
            if self._bar is not None:
                self._task = self._bar.add_task("driving", total=event.planned)
            for name, facts in event.runtimes.items():
                self._console.print(Text(safe(runtime(name, facts))))
        elif isinstance(event, Judged):
            self._done += 1
            self._show()

    def _show(self) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)
        tenth = self._done * 10 // max(self._planned, 1)
        if tenth > self._told and self._bar is None:
            self._told = tenth
            self._console.print(f"judged {self._done} of {self._planned}")


def _bar(console: Console) -> Progress:
    from rich import progress  # noqa: PLC0415  only a terminal shows it

    columns = (
        progress.TextColumn("driving"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
    )
    return progress.Progress(*columns, console=console, transient=True)


def plain(screen: Console) -> Callable[[str], None]:
    """How to say a line exactly as it is: a CI runner reads it, and it may not be folded."""
    return lambda line: screen.print(Text(line), soft_wrap=True)


def show(summary: Summary, console: Console) -> None:
    """The table first, then what is not parity, then the verdict."""
    if summary.suites:
        console.print(_table(summary))
    for line in _not_observed(summary):
        console.print(Text(line), soft_wrap=True)
    for outcome in summary.failing:
        if outcome.verdict is not Verdict.BROKEN:
            _outcome(outcome, summary, console)
    for outcome in summary.outcomes:
        if outcome.verdict is Verdict.REFERENCE_DRIFT:
            _outcome(outcome, summary, console)
    for trouble in (*summary.problems, *summary.unseen):
        console.print(Text(safe(trouble), style="yellow"), soft_wrap=True)
    word = summary.verdict.replace("_", " ").upper()
    sentence = f": {SENTENCES[summary.verdict]} (exit {summary.exit_code})"
    verdict = Text.assemble((word, _STYLES[summary.verdict]), sentence)
    console.print(verdict, soft_wrap=True)


def hint(sentences: Iterable[str], console: Console) -> None:
    """What may lie behind it all, after the verdict, which it does not change."""
    for sentence in sentences:
        console.print(Text(f"hint: {safe(sentence)}", style="yellow"), soft_wrap=True)


def _outcome(outcome: Outcome, summary: Summary, console: Console) -> None:
    """One divergence, in the same words as on every report."""
    verdict = (outcome.verdict.value, verdict_style(outcome.verdict))
    emit(console, Text.assemble((outcome.probe.id, "bold"), ": ", verdict, f": {safe(outcome.reason)}"))
    for found in outcome.differences:
        difference(console, found)
    emit(console, Text(repeat_line(outcome.probe, summary.runtimes)), 2)


def _not_observed(summary: Summary) -> Iterator[str]:
    """One line per reason: a daemon that is down breaks every probe in the same way."""
    reasons: dict[str, list[str]] = {}
    for outcome in summary.outcomes:
        if outcome.verdict is Verdict.BROKEN:
            reasons.setdefault(outcome.reason, []).append(outcome.probe.id)
    for reason, probes in reasons.items():
        others = f" and {len(probes) - 1} more" if len(probes) > 1 else ""
        yield f"not observed: {probes[0]}{others}: {safe(reason)}"


def _table(summary: Summary) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("suite")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for suite, counts in summary.suites.items():
        table.add_row(suite, *_cells(counts))
    table.add_section()
    table.add_row("all", *_cells(summary.total), style="bold")
    return table


def _cells(counts: Counter[str]) -> list[str]:
    return [str(counts[column]) if counts[column] else "·" for column in COLUMNS]
