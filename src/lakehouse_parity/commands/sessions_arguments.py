"""What `parity sessions` takes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    _Actions = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  it has no public name

_LOGS = "a file, a pattern like 'logs/*.jsonl*', or s3://…; gzip and zstd too; default: the configured one"


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the subcommands on the parser of `parity sessions`."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    _report(actions)
    _audit(actions)
    _soak(actions)


def _parser(actions: _Actions, name: str, about: str, *examples: str) -> argparse.ArgumentParser:
    return actions.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
        epilog="\n  ".join(["example:", *examples]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _action(actions: _Actions, name: str, about: str, *examples: str) -> argparse.ArgumentParser:
    parser = _parser(actions, name, about, *examples)
    parser.add_argument("logs", nargs="*", metavar="LOG", help=_LOGS)
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("parity.yaml"),
        metavar="F",
        help="names the log where none is given; default: parity.yaml",
    )
    parser.add_argument("--json", type=Path, metavar="F", help="write the result as JSON")
    return parser


def _report(actions: _Actions) -> None:
    parser = _action(
        actions,
        "report",
        "what the session log says: verdicts, acceptance, durations, errors",
        "parity sessions report 'logs/*.jsonl*' --without-harness",
        "parity sessions report --sql 'SELECT daemon, count(*) FROM sessions GROUP BY daemon'",
    )
    parser.add_argument("--html", type=Path, metavar="F", help="write a page with plots")
    parser.add_argument("--csv", type=Path, metavar="F", help="write the counts behind every figure as CSV")
    parser.add_argument("--parquet", type=Path, metavar="F", help="the same as Parquet")
    parser.add_argument(
        "--sql",
        metavar="QUERY",
        help="show the result of this query on the view `sessions` instead; the other outputs follow it",
    )
    parser.add_argument(
        "--without-harness",
        action="store_true",
        help="leave out the rows that the harness caused: session ids that start with parity-, and what was "
        "asked of the providers parity and parity-ollama",
    )


def _audit(actions: _Actions) -> None:
    parser = _action(
        actions,
        "audit",
        "hold every row of the session log against the contract",
        "parity sessions audit sessions.jsonl --json audit.json",
    )
    parser.add_argument(
        "--deep",
        action="store_true",
        help="look at every line one by one: slow, and sees repeated members inside artifacts too",
    )
    parser.add_argument(
        "--limit",
        type=int,
        default=1000,
        metavar="N",
        help="findings of one rule that are listed; all are counted; default 1000",
    )


def _soak(actions: _Actions) -> None:
    about = "put both daemons under load on one session log, and hold everything against what was sent"
    parser = _parser(actions, "soak", about, "parity sessions soak --bundled --restarts 4 --seed 7")
    where = parser.add_argument_group("runtimes")
    where.add_argument("--bundled", action="store_true", help="build and start the bundled daemons")
    where.add_argument(
        "--config", type=Path, default=Path("parity.yaml"), metavar="F", help="default: parity.yaml"
    )
    much = parser.add_argument_group("load")
    numbers = (
        ("calls", 2000, "calls to each daemon with contents of their own; default 2000"),
        ("minted", 10_000, "short calls besides that bring no trace id; default 10000"),
        ("concurrency", 64, "calls in flight to each daemon; default 64"),
        ("restarts", None, "daemons ended on the way and started anew (bundled only); default 4"),
        ("seed", 0, "of the mixture; default 0"),
    )
    for name, default, what in numbers:
        much.add_argument(f"--{name}", type=int, default=default, metavar="N", help=what)
    parser.add_argument("--probes", type=Path, default=Path("probes"), metavar="DIR", help="for their masks")
    parser.add_argument("--json", type=Path, metavar="F", help="write the result as JSON")
