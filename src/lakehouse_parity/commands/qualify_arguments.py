"""What `parity qualify` takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse_parity.seats import RUNTIMES

if TYPE_CHECKING:
    import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    which = parser.add_argument_group("which drifts")
    which.add_argument("--runtime", choices=RUNTIMES, help="only those of this runtime")
    which.add_argument(
        "--drift",
        action="append",
        default=[],
        metavar="NAME",
        help="only this one; `*` stands for any text; may be repeated",
    )
    which.add_argument("--sample", type=int, metavar="N", help="only N of each runtime, from all chapters")
    which.add_argument(
        "--seed", type=int, default=0, metavar="S", help="decides the sample and the orders; default 0"
    )
    which.add_argument("--list", action="store_true", help="print the drifts and what they do; examine none")
    how = parser.add_argument_group("how")
    how.add_argument("--jobs", type=int, default=2, metavar="N", help="drifts at a time; default 2")
    how.add_argument(
        "--all-probes", action="store_true", help="ask every probe of every drift, also of one that is caught"
    )
    how.add_argument("--probes", type=Path, default=Path("probes"), metavar="DIR", help="default: probes")
    how.add_argument("--known", type=Path, metavar="F", help="default: known.yaml beside the probes")
    how.add_argument("--json", type=Path, metavar="F", help="write the result as JSON")
    steady = parser.add_argument_group("no false alarm")
    steady.add_argument(
        "--control",
        type=int,
        metavar="N",
        help="plant nothing: run everything N times, each time in another order; all have to be parity",
    )
    steady.add_argument(
        "--load", type=int, default=0, metavar="PROCESSES", help="busy processes beside --control; default 0"
    )
