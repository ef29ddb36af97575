"""Which known list a command goes by: the file, or what a git revision has in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity import known, suite, textfile
from lakehouse_parity.errors import Mistake, Place

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from rich.console import Console

    from lakehouse_parity.known import Entry


def entries(options: argparse.Namespace, screen: Console) -> tuple[Entry, ...]:
    """The entries, and a line on the screen where they are not the file's. Raises Mistake."""
    path: Path = options.known or options.probes / suite.KNOWN_FILE
    ref: str | None = options.known_from
    if ref is None and options.known is not None and textfile.missing(path):
        raise Mistake("there is no such known list", Place(str(path)))
    if ref is None:
        return known.load(path)
    text = known.show(ref, path)
    found = known.parse(text, f"{ref}:{path}") if text is not None else ()
    what = f"{len(found)} entries" if text is not None else "the list did not exist there: nothing is excused"
    screen.print(f"known list: {path} at {ref}: {what}", soft_wrap=True, markup=False)
    return found


def text(options: argparse.Namespace) -> str | None:
    """The text of the list that `entries` reads; None where there is none. Raises Mistake."""
    path: Path = options.known or options.probes / suite.KNOWN_FILE
    if options.known_from is not None:
        return known.show(options.known_from, path)
    return None if textfile.missing(path) else textfile.read(path)
