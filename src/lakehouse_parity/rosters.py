"""The roster file, read with DuckDB into the specification's records (clauses RO-1 and RO-2)."""

from __future__ import annotations

import importlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from lakehouse_parity import textfile
from lakehouse_parity.errors import Mistake, Place
from lakehouse_spec.roster import COLUMNS, roster

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lakehouse_spec.roster import Roster

    Begun = Callable[[], Roster]
    """Gives the roster that is being read, or raises Mistake."""


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


def begin(path: Path) -> Begun:
    """Load it beside what the program does meanwhile; the call that gives the roster then, or raises Mistake.

    Starting DuckDB's engine takes as long as a tenth of a short run, and leaves the interpreter to others.
    """
    pool = ThreadPoolExecutor(max_workers=1)
    begun = pool.submit(load, path)
    pool.shutdown(wait=False)
    return begun.result


def _duckdb() -> Any:
    """DuckDB, loaded by those alone who need a roster, and of it the engine alone where it stands apart.

    The query builder around the engine takes three times as long to load, which every run would wait for.
    """
    try:
        return importlib.import_module("_duckdb")
    except ImportError:
        return importlib.import_module("duckdb")
