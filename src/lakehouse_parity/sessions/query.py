"""A query of the user's on the view `sessions`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
from rich.table import Table
from rich.text import Text

from lakehouse_parity.errors import Mistake
from lakehouse_parity.reports import files
from lakehouse_parity.reports.wording import safe
from lakehouse_parity.sessions import export
from lakehouse_parity.sessions.database import first_line

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from rich.console import Console

    from lakehouse_parity.sessions.database import Connection

MOST_SHOWN = 200
"""Rows that are shown on a terminal; the files have all."""

SCHEMA = "lakehouse-parity/sessions-query/v1"

_NUMERIC = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UBIGINT", "HUGEINT", "FLOAT", "DOUBLE"}


def answer(connection: Connection, query: str, options: argparse.Namespace, screen: Console) -> None:
    """Show and write what the query gives; each output asks anew. Raises Mistake where it is no query."""
    try:
        _check(query)
        export.write(connection.sql(query), options)
        if options.json:
            _write_json(connection.execute(query), options.json)
        _show(connection.execute(query), screen)
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.Error as error:
        if "maximum_object_size" in str(error):
            raise
        raise Mistake(f"--sql: {first_line(error)}") from None


def _check(query: str) -> None:
    statements = duckdb.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise Mistake("--sql takes one query that reads: SELECT kind, count(*) FROM sessions GROUP BY ALL")


def _write_json(result: Connection, path: Path) -> None:
    """Write piece by piece, so that a large answer is never held."""
    head = {"schema": SCHEMA, "columns": [column[0] for column in result.description]}
    with files.writing(path) as file:
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [')
        separator = "\n"
        while rows := result.fetchmany(1000):
            written = (json.dumps(row, ensure_ascii=False, default=str) for row in rows)
            file.write(separator + ",\n".join(written))
            separator = ",\n"
        file.write("\n]}\n")


def _show(result: Connection, screen: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, kind, *_ in result.description:
        table.add_column(Text(safe(name)), justify="right" if str(kind) in _NUMERIC else "left")
    rows = result.fetchmany(MOST_SHOWN + 1)
    for row in rows[:MOST_SHOWN]:
        table.add_row(*(Text(_shown(value)) for value in row))
    screen.print(table)
    if len(rows) > MOST_SHOWN:
        screen.print(f"the first {MOST_SHOWN} rows; --csv, --json and --parquet write all")


def _shown(value: Any) -> str:
    return "·" if value is None else safe(str(value))
