"""What `parity show` takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse_parity.commands import known_arguments

if TYPE_CHECKING:
    import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("probe", metavar="PROBE", help="its id; `*` stands for any text")
    parser.add_argument(
        "--recording",
        type=Path,
        default=Path("reports/latest/recording.jsonl"),
        metavar="F",
        help="default: reports/latest/recording.jsonl",
    )
    parser.add_argument("--probes", type=Path, default=Path("probes"), metavar="DIR", help="default: probes")
    known_arguments.add_list(parser)
    parser.add_argument("--json", nargs="?", const="-", metavar="F", help="as JSON, printed or written to F")
