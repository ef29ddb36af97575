"""How verdicts and values look on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports.marking import differing
from lakehouse_parity.reports.wording import LONGEST, NAMES, safe, sentence, sides

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from lakehouse_parity.model import Difference

_PLAIN = {
    Verdict.PARITY: "green",
    Verdict.KNOWN: "blue",
    Verdict.SKIPPED: "dim",
    Verdict.BROKEN: "yellow",
    Verdict.REFERENCE_DRIFT: "yellow",
}
_MARK = "bold reverse"
_LABEL = 15
"""Columns for the name of a side, right-aligned."""

_ALONE = {Verdict.RUST_DRIFT: "rust", Verdict.GO_DRIFT: "go", Verdict.REFERENCE_DRIFT: "reference"}


def verdict_style(verdict: Verdict) -> str:
    """The colour of a verdict; whatever fails the gate is red, but for what could not be seen."""
    return f"bold {_PLAIN.get(verdict, 'red')}"


def emit(console: Console, text: Text, indent: int = 0) -> None:
    """Print with a hanging indent on a terminal, and on one line, however long, anywhere else."""
    if console.is_terminal:
        text.overflow = "fold"
        console.print(Padding(text, (0, 0, 0, indent)))
    else:
        console.print(Text(" " * indent).append_text(text), soft_wrap=True)


def difference(console: Console, found: Difference, longest: int = LONGEST) -> None:
    """The place, each side with its differing characters marked, and the clause that decides."""
    place = Text.assemble((found.surface.value, "bold"), f" {safe(found.path)}  (")
    place.append(found.verdict.value, verdict_style(found.verdict)).append(f", {found.clause})")
    emit(console, place, 2)
    for name, text in _sides(found, longest):
        style = "bold red" if _ALONE.get(found.verdict) == name else "bold"
        _row(console, Text(f"{NAMES[name]:>{_LABEL}}  ", style), text)
    _row(console, Text(f"{'clause':>{_LABEL}}  ", "dim"), Text(sentence(found.clause), "dim"))


def _row(console: Console, label: Text, text: Text) -> None:
    if not console.is_terminal:
        console.print(Text("    ").append_text(label).append_text(text), soft_wrap=True)
        return
    lines = text.wrap(console, max(20, console.width - 4 - len(label)), overflow="fold")
    for number, line in enumerate(lines):
        begin = label if number == 0 else Text(" " * len(label))
        console.print(Text("    ").append_text(begin).append_text(line), soft_wrap=True)


def _sides(found: Difference, longest: int) -> Iterator[tuple[str, Text]]:
    shown = {name: safe(text) for name, text in sides(found, longest)}
    for name, value in shown.items():
        text = Text(value)
        present = [shown[other] for other in _partners(found, name) if other in found.values]
        for start, end in differing(value, present) if name in found.values else ():
            text.stylize(_MARK, start, end)
        yield name, text


def _partners(found: Difference, name: str) -> tuple[str, ...]:
    """Whom a side is held against: each runtime its own reference, and where dialects differ each other."""
    if found.verdict is Verdict.DIALECT:
        return {"rust": ("go",), "go": ("rust",), "reference": ("reference_go",)}.get(name, ("reference",))
    own = "reference_go" if "reference_go" in found.values else "reference"
    return {"rust": ("reference",), "go": (own,), "reference": ("rust", "go")}.get(name, ("go",))
