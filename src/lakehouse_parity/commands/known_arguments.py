"""What `parity known` takes, and how other commands are told which known list they go by."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("action", choices=("add", "prune"), help="list what differs; drop what is gone")
    parser.add_argument(
        "probes_wanted", nargs="*", metavar="PROBE", help="patterns of probes; default all that diverge"
    )
    parser.add_argument(
        "--recording",
        type=Path,
        default=Path("reports/latest/recording.jsonl"),
        metavar="F",
        help="of a full run; default reports/latest/recording.jsonl",
    )
    parser.add_argument("--probes", type=Path, default=Path("probes"), metavar="DIR", help="default: probes")
    parser.add_argument("--known", type=Path, metavar="F", help="default: known.yaml beside the probes")
    new = parser.add_argument_group("what is written with `add`")
    new.add_argument("--right", choices=("rust", "go", "both", "neither"), help="which side is right")
    new.add_argument("--reason", metavar="TEXT", help="why it is accepted")
    new.add_argument("--link", metavar="URL", help="where it was decided")
    new.add_argument("--expires", metavar="DAY", help="the last day on which it excuses: 2027-01-31")


def add_list(parser: argparse.ArgumentParser) -> None:
    """Add `--known` and `--known-from`."""
    parser.add_argument("--known", type=Path, metavar="F", help="default: known.yaml beside the probes")
    parser.add_argument(
        "--known-from",
        metavar="REF",
        help="take that file from this git revision (origin/main), so that a change cannot excuse itself",
    )
