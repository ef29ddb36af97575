"""The roster file, read with DuckDB into the specification's records (clauses RO-1 and RO-2)."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lakehouse_parity import textfile
from lakehouse_parity.errors import Mistake, Place
from lakehouse_spec.roster import COLUMNS, Roster, roster

if TYPE_CHECKING:
    from pathlib import Path


def load(path: Path) -> Roster:
    """All workers in row order. Raises Mistake where the file is missing or is no such table."""
    textfile.opened(path).close()
    duckdb = _duckdb()
    query = f"SELECT {', '.join(COLUMNS)} FROM read_parquet(?)"  # noqa: S608  constants
    try:
        rows = duckdb.connect().execute(query, [str(path)]).fetchall()
    except duckdb.Error as error:
        raise Mistake(f"is not a roster: {str(error).splitlines()[0]}", Place(str(path))) from None
    return roster(dict(zip(COLUMNS, row, strict=True)) for row in rows)


def _duckdb() -> Any:
    """DuckDB, loaded by those alone who need a roster, and of it the engine alone where it stands apart.

    The query builder around the engine takes three times as long to load, which every run would wait for.
    """
    try:
        return importlib.import_module("_duckdb")
    except ImportError:
        return importlib.import_module("duckdb")
