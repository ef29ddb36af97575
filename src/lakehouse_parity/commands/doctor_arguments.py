"""What `parity doctor` takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--config", type=Path, default=Path("parity.yaml"), metavar="F", help="default: parity.yaml"
    )
    parser.add_argument("--probes", type=Path, default=Path("probes"), metavar="DIR", help="default: probes")
    parser.add_argument("--json", type=Path, metavar="F", help="write the checks as JSON")
