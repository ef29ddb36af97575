"""What `parity run` takes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse_parity.commands.known_arguments import add_list

if TYPE_CHECKING:
    import argparse


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--config", type=Path, default=Path("parity.yaml"), metavar="F", help="default: parity.yaml"
    )
    parser.add_argument(
        "--bundled", action="store_true", help="build and start the bundled daemons; no configuration is read"
    )
    parser.add_argument(
        "--suite", action="append", default=[], metavar="S", help="only this suite; may be repeated"
    )
    parser.add_argument(
        "--probe", action="append", default=[], metavar="ID", help="only this probe; `*` stands for any text"
    )
    parser.add_argument("--probes", type=Path, default=Path("probes"), metavar="DIR", help="default: probes")
    add_list(parser)
    parser.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="CAPABILITY",
        help="no verdict where this is not wired: model, ollama, session_log, langfuse, adapters, own_log",
    )
    parser.add_argument(
        "--live-model", metavar="P/M", help="ask this real provider and model; the invariants alone judge"
    )
    _add_limits(parser)
    parser.add_argument(
        "--shuffle",
        type=int,
        nargs="?",
        const=int.from_bytes(os.urandom(4)),
        metavar="SEED",
        help="ask in an order that the seed decides; without SEED a fresh one, which is printed",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("reports/latest"), metavar="DIR", help="default: reports/latest"
    )
    parser.add_argument(
        "--evidence", type=Path, metavar="DIR", help="leave a folder that backs the claim: `parity evidence`"
    )
    add_reports(parser)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    limits = parser.add_argument_group("limits, for runtimes that others use too")
    limits.add_argument("--jobs", type=int, default=16, metavar="N", help="probes in flight; default 16")
    limits.add_argument(
        "--max-rps", type=float, metavar="N", help="requests a second to each runtime, repeats included"
    )
    limits.add_argument(
        "--read-only", action="store_true", help="leave out what appends session rows or calls the model"
    )
    limits.add_argument(
        "--dry-run",
        action="store_true",
        help="list what would be sent, and what it would cause, and send nothing; --json F takes the list",
    )


def add_reports(parser: argparse.ArgumentParser) -> None:
    """Add those that say what reports are written, and where else."""
    group = parser.add_argument_group("reports")
    for name, what in (("json", "report.json"), ("junit", "junit.xml"), ("html", "report.html")):
        group.add_argument(f"--{name}", type=Path, metavar="F", help=f"write {what} here too")
    group.add_argument("--markdown", type=Path, metavar="F", help="write a summary for a pull request")
    group.add_argument(
        "--annotations",
        choices=("github", "gitea", "auto", "none"),
        default="auto",
        help="print what fails the gate as a CI runner's annotations; auto, the default: under such a runner",
    )
