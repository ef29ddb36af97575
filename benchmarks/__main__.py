"""`make bench`: every figure of `docs/performance.md`, measured anew.

    python -m benchmarks [--rounds 7] [--quick] [--only NAME]… [--json F]

With --quick everything is small and measured twice: it shows that the benchmarks work, and no more. A time
never fails it; what fails is a program that does not run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import rounds
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.rounds import Figure

SCHEMA = "lakehouse-parity/bench/v1"
ROOMS = ("startup", "comparison", "overhead", "drive", "scale", "iterating", "texts", "log")
"""The modules that measure something, in the order in which they do."""


def main() -> int:
    """Measure, print, write."""
    options = _options()
    machine = rounds.machine()
    print(machine, flush=True)
    found = list(_measured(options))
    _print(found)
    if options.json:
        document = {"schema": SCHEMA, "machine": machine, "rounds": options.rounds}
        options.json.parent.mkdir(parents=True, exist_ok=True)
        figures = [figure.document() for figure in found]
        options.json.write_text(
            json.dumps(document | {"figures": figures}, indent=1, ensure_ascii=False) + "\n"
        )
        print(f"written: {options.json}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure how fast parity is.")
    parser.add_argument("--rounds", type=int, metavar="N", help="default 7; with --quick 2")
    parser.add_argument("--quick", action="store_true", help="small sizes, few rounds, no peers")
    parser.add_argument(
        "--only", action="append", choices=ROOMS, metavar="NAME", help=f"one of {', '.join(ROOMS)}"
    )
    parser.add_argument("--json", type=Path, metavar="F", help="write the figures here")
    options = parser.parse_args()
    options.rounds = options.rounds or (2 if options.quick else 7)
    return options


def _measured(options: argparse.Namespace) -> Iterator[Figure]:
    for name in ROOMS:
        if options.only is None or name in options.only:
            began = time.monotonic()
            print(f"{name} …", end=" ", flush=True)
            module = importlib.import_module(f"benchmarks.{name}")
            yield from module.figures(options.rounds, quick=options.quick)
            print(f"{time.monotonic() - began:.0f} s", flush=True)


def _print(figures: Sequence[Figure]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("what", "ratio", "low", "high", "goal", ""):
        table.add_column(heading, justify="right" if heading in ("ratio", "low", "high", "goal") else "left")
    table.add_column("against")
    table.add_column("medians")
    for each in figures:
        met = "" if each.goal is None else "met" if each.goal.met(each.ratio) else "missed"
        numbers = [f"{number:.3g}" for number in (each.ratio, each.low, each.high)]
        table.add_row(each.name, *numbers, str(each.goal or ""), met, each.against, each.told)
    Console(width=None if sys.stdout.isatty() else 200).print(table)


if __name__ == "__main__":
    sys.exit(main())
