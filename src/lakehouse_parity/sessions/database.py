"""DuckDB as it is used here: in memory, with little of it, what does not fit in a folder, nothing fetched."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from lakehouse_parity.errors import Unobservable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMORY = "256MiB"
"""What DuckDB may hold; its readers' buffers and the interpreter come on top."""

MOST_THREADS = 4
"""Each thread has read buffers of its own, so that memory grows with them."""

LONGEST_LINE = 16 << 20
"""Bytes of a line that are read; a longer one is passed over."""

_REMOTE_SETTINGS = {
    "AWS_ACCESS_KEY_ID": "SET s3_access_key_id = ?",
    "AWS_SECRET_ACCESS_KEY": "SET s3_secret_access_key = ?",
    "AWS_SESSION_TOKEN": "SET s3_session_token = ?",
    "AWS_REGION": "SET s3_region = ?",
}

Connection = duckdb.DuckDBPyConnection


def connect(folder: Path) -> Connection:
    """Open a database in memory that spills into the folder and never goes to the network by itself."""
    return duckdb.connect(
        config={
            "memory_limit": MEMORY,
            "threads": str(min(os.cpu_count() or 1, MOST_THREADS)),
            "temp_directory": str(folder),
            "autoinstall_known_extensions": "false",
            "TimeZone": "UTC",
        }
    )


def load_remote(connection: Connection, name: str) -> None:
    """Make s3:// readable. Raises Unobservable where DuckDB's extension for it is not installed."""
    try:
        connection.execute("LOAD httpfs")
    except duckdb.Error:
        raise Unobservable(
            f"the session log {name} cannot be read: DuckDB's extension httpfs is not installed here"
        ) from None
    for variable, statement in _REMOTE_SETTINGS.items():
        if variable in os.environ:
            connection.execute(statement, [os.environ[variable]])


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what DuckDB says when it cannot read a log into one sentence. Raises Unobservable."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise Unobservable(f"the session log {name} cannot be read in {MEMORY} of memory") from None
    except duckdb.Error as error:
        raise Unobservable(f"the session log {name} cannot be read: {first_line(error)}") from None


def first_line(error: duckdb.Error) -> str:
    """Give the first line of what DuckDB says, without the kind of its error."""
    return str(error).partition("\n")[0].partition("Error: ")[2].strip() or str(error).partition("\n")[0]
