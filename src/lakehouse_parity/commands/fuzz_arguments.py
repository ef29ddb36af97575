"""What `parity fuzz` takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

CHAPTERS = ("extract", "validate", "iterate")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("chapter", choices=CHAPTERS, help="what is fuzzed")
    where = parser.add_argument_group("runtimes")
    where.add_argument(
        "--config", type=Path, default=Path("parity.yaml"), metavar="F", help="default: parity.yaml"
    )
    where.add_argument("--bundled", action="store_true", help="build and use the bundled runtimes")
    much = parser.add_argument_group("budget")
    much.add_argument("--seconds", type=float, metavar="N", help="default 60, where there is no --examples")
    much.add_argument("--examples", type=int, metavar="N", help="texts or requests")
    much.add_argument("--seed", type=int, metavar="N", help="default: a fresh one, which is printed")
    much.add_argument(
        "--ci", action="store_true", help="seed 0 and a fixed number of examples, same result each time"
    )
    much.add_argument("--jobs", type=int, metavar="N", help="processes; default one per core")
    much.add_argument("--dask", metavar="ADDRESS", help="run the shards on a Dask cluster (extra `cluster`)")
    much.add_argument(
        "--hypothesis",
        action="store_true",
        help="find and shrink texts with Hypothesis, one at a time (extract only)",
    )
    found = parser.add_argument_group("findings")
    found.add_argument(
        "--no-predictions", action="store_true", help="report what the JSON libraries do differently, too"
    )
    found.add_argument(
        "--save", action="store_true", help="write each new finding as a probe under probes/regressions"
    )
    found.add_argument("--probes", type=Path, default=Path("probes"), metavar="DIR", help="default: probes")
    found.add_argument("--known", type=Path, metavar="F", help="default: known.yaml beside the probes")
    found.add_argument("--json", type=Path, metavar="F", help="write the result as JSON")
