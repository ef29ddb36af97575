"""The roster file, read with DuckDB into the specification's records (clauses RO-1 and RO-2).

A roster that an earlier run has read is known by its bytes: DuckDB's engine, whose start takes as long as a
tenth of a short run, then is not started.
"""

from __future__ import annotations

import importlib
import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import msgpack

from lakehouse_parity import kept, textfile
from lakehouse_parity.errors import Mistake, Place
from lakehouse_spec import roster as specification
from lakehouse_spec.roster import COLUMNS, Roster, Worker, roster

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Begun = Callable[[], Roster]
    """Gives the roster that is being read, or raises Mistake."""

LARGEST_KEPT = 32 * 1024 * 1024
"""Bytes of a file whose workers are kept."""

_ENCODE = msgpack.Encoder().encode
_DECODE = msgpack.Decoder(tuple[Worker, ...]).decode


def load(path: Path, store: kept.Kept | None = None) -> Roster:
    """All workers in row order. Raises Mistake where the file is missing or is no such table.

    With a store (`keeping`) a file that was read before is not read by DuckDB again.
    """
    if store is None:
        textfile.opened(path).close()
        return _read(path)
    with textfile.opened(path) as file:
        data = file.read()
    if len(data) > LARGEST_KEPT:
        return _read(path)
    return Roster(_DECODE(store.of(data, lambda: _ENCODE(_read_unchanged(path, data).workers))))


def _read_unchanged(path: Path, data: bytes) -> Roster:
    found = _read(path)
    if path.read_bytes() != data:
        raise Mistake("was written to while it was read; run it again", Place(str(path)))
    return found


def _read(path: Path) -> Roster:
    duckdb = _duckdb()
    query = f"SELECT {', '.join(COLUMNS)} FROM read_parquet(?)"  # noqa: S608  constants
    try:
        rows = duckdb.connect().execute(query, [str(path)]).fetchall()
    except duckdb.Error as error:
        raise Mistake(f"is not a roster: {str(error).splitlines()[0]}", Place(str(path))) from None
    return roster(dict(zip(COLUMNS, row, strict=True)) for row in rows)


def begin(path: Path, store: kept.Kept | None = None) -> Begun:
    """Load it beside what the program does meanwhile; the call that gives the roster then, or raises Mistake.

    Where DuckDB has to be started, it leaves the interpreter to others.
    """
    pool = ThreadPoolExecutor(max_workers=1)
    begun = pool.submit(load, path, store)
    pool.shutdown(wait=False)
    return begun.result


def keeping(environment: Mapping[str, str]) -> kept.Kept | None:
    """Where this user's runs keep rosters, as this version reads them; None where they cannot."""
    folder, engine = kept.folder(environment), importlib.util.find_spec(_ENGINE)
    try:
        rules = [Path(str(source)).read_bytes() for source in (__file__, specification.__file__)]
        if engine is not None and engine.origin is not None:
            status = Path(engine.origin).stat()
            rules.append(f"{engine.origin} {status.st_size} {status.st_mtime_ns}".encode())
    except OSError:
        return None
    return kept.Kept(folder / "rosters", b"\0".join(rules)) if folder else None


_ENGINE = "_duckdb"


def _duckdb() -> Any:
    """DuckDB, loaded by those alone who need a roster, and of it the engine alone where it stands apart.

    The query builder around the engine takes three times as long to load, which every run would wait for.
    """
    try:
        return importlib.import_module(_ENGINE)
    except ImportError:
        return importlib.import_module("duckdb")
