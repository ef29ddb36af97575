"""The report for programs: JSON, and the counts behind every figure as CSV and Parquet."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from lakehouse_parity.errors import Mistake
from lakehouse_parity.sessions.figures import share

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from lakehouse_parity.sessions.database import Connection
    from lakehouse_parity.sessions.figures import Day, Figures, Grounding

SCHEMA = "lakehouse-parity/sessions-report/v1"

_COUNTS = "SELECT * FROM counts ORDER BY ALL"


def to_json(figures: Figures) -> dict[str, Any]:
    """Give the figures as JSON; members may be added, none goes."""
    overall = figures.overall
    return {
        "schema": SCHEMA,
        "logs": list(figures.logs),
        "without_harness": figures.without_harness,
        "rows": figures.rows,
        "unreadable": figures.unreadable,
        "by_daemon": figures.totals(0),
        "by_verdict": figures.totals(1),
        "by_daemon_and_verdict": [
            {"daemon": daemon, "verdict": verdict, "rows": count}
            for (daemon, verdict), count in figures.verdicts.items()
        ],
        "accepted_by_iteration": {str(step): count for step, count in sorted(overall.accepted_at.items())},
        "acceptance": [each.to_json() for each in figures.acceptance],
        "attempts_to_acceptance": [asdict(each) for each in figures.attempts],
        "duration_ms": [asdict(each) for each in figures.durations],
        "failed_validations": figures.failed_validations,
        "validation_errors": [asdict(each) for each in figures.faults],
        "grounded": [_grounding(each) for each in figures.grounding],
        "by_day": [_day(each) for each in figures.days],
    }


def _grounding(each: Grounding) -> dict[str, Any]:
    return {**asdict(each), "share": share(each.grounded, each.grounded + each.ungrounded)}


def _day(each: Day) -> dict[str, Any]:
    return {**asdict(each), "share": share(each.accepted, each.judged)}


def counts(connection: Connection, options: argparse.Namespace) -> None:
    """Write how many rows there are of each day, daemon, kind, model, provider, verdict and so on."""
    write(connection.sql(_COUNTS), options)


def write(relation: duckdb.DuckDBPyRelation, options: argparse.Namespace) -> None:
    """Write a table to where the options say, whole or not at all. Raises Mistake."""
    if options.csv:
        with _beside(options.csv) as path:
            relation.write_csv(str(path), header=True)
    if options.parquet:
        with _beside(options.parquet) as path:
            relation.write_parquet(str(path))


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a place beside the file's, from which it moves to its own."""
    part = path.with_name(path.name + ".part")
    try:
        part.touch()
        yield part
        part.replace(path)
    except OSError as error:
        raise Mistake(f"{path} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
