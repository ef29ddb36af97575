"""The roster file, read with DuckDB into the specification's records (clauses RO-1 and RO-2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity import textfile
from lakehouse_parity.errors import Mistake, Place
from lakehouse_spec.roster import COLUMNS, Roster, roster

if TYPE_CHECKING:
    from pathlib import Path


def load(path: Path) -> Roster:
    """All workers in row order. Raises Mistake where the file is missing or is no such table."""
    import duckdb  # noqa: PLC0415  a tenth of a second that only those pay who need a roster

    textfile.opened(path).close()
    query = f"SELECT {', '.join(COLUMNS)} FROM read_parquet(?)"  # noqa: S608  constants
    try:
        rows = duckdb.connect().execute(query, [str(path)]).fetchall()
    except duckdb.Error as error:
        raise Mistake(f"is not a roster: {str(error).splitlines()[0]}", Place(str(path))) from None
    return roster(dict(zip(COLUMNS, row, strict=True)) for row in rows)
