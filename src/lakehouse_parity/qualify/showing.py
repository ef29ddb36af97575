"""A qualification on a terminal: how far it is while it goes on, then the matrix, then what it came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from lakehouse_parity.qualify import report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from lakehouse_parity.qualify.finding import Finding
    from lakehouse_parity.qualify.result import Result

WIDE = 150
"""Columns of the matrix where no terminal has a width of its own."""

_VERDICTS = {
    0: ("QUALIFIED", "every drift is caught and blamed rightly, and enough of them are located"),
    1: ("NOT QUALIFIED", "the harness missed, misjudged or mislaid what stands above"),
    3: ("NO VERDICT", "not every drift could be examined"),
}


def followed(coming: Iterable[Finding], total: int, screen: Console) -> Iterator[Finding]:
    """All that comes, with a bar on a terminal and a line at each tenth elsewhere."""
    columns = (TextColumn("examining"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("examining", total=total)
        for done, finding in enumerate(coming, 1):
            yield finding
            bar.advance(task)
            if not screen.is_terminal and done * 10 // total > (done - 1) * 10 // total:
                screen.print(f"examined {done} of {total}")


def draw(result: Result, screen: Console) -> None:
    """The matrix, what is not as it should be, and the figures."""
    screen.print(report.matrix(result))
    for line in report.lines(result):
        screen.print(Text(line), soft_wrap=True)


def conclude(result: Result, screen: Console) -> None:
    """The same with the verdict."""
    draw(result, screen)
    word, sentence = _VERDICTS[result.exit_code]
    screen.print(f"{word}: {sentence} in {result.seconds:.0f} s (exit {result.exit_code})", soft_wrap=True)
