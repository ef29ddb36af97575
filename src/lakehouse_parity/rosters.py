"""The roster file, read with DuckDB into the specification's records (clauses RO-1 and RO-2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.errors import Mistake, Place
from lakehouse_spec.roster import Roster, Worker

if TYPE_CHECKING:
    from pathlib import Path

_TEXTS = ("worker_id", "name", "role", "city", "state", "status", "email", "phone")
_LIST = "blacklisted_clients"


def load(path: Path) -> Roster:
    """All workers in row order. Raises Mistake where the file is missing or is no such table."""
    import duckdb  # noqa: PLC0415  a tenth of a second that only those pay who need a roster

    if not path.is_file():
        raise Mistake("there is no such roster", Place(str(path)))
    columns = ", ".join((*_TEXTS, _LIST))
    try:
        connection = duckdb.connect()
        rows = connection.execute(f"SELECT {columns} FROM read_parquet(?)", [str(path)]).fetchall()  # noqa: S608  constants
    except duckdb.Error as error:
        raise Mistake(f"is not a roster: {str(error).splitlines()[0]}", Place(str(path))) from None
    return Roster(tuple(_worker(row) for row in rows))


def _worker(row: tuple[object, ...]) -> Worker:
    *texts, clients = row
    assert clients is None or isinstance(clients, list)
    columns = {name: str(text) if text is not None else "" for name, text in zip(_TEXTS, texts, strict=True)}
    return Worker(**columns, blacklisted_clients=tuple(str(client or "") for client in clients or ()))
