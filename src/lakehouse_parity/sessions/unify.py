"""Whether DuckDB gives each column one type that holds for both daemons (SE-21).

Types hang on the shapes of rows alone, so the plain query is put to a file with the first row of each shape.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

import duckdb
from msgspec import Struct

from lakehouse_parity.sessions.database import first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from lakehouse_parity.sessions.database import Connection

WANTED = {
    "schema": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "daemon": "VARCHAR",
    "kind": "VARCHAR",
    "model": "VARCHAR",
    "provider": "VARCHAR",
    "prompt": "VARCHAR",
    "iterations": "BIGINT",
    "max_iterations": "BIGINT",
    "final_verdict": "VARCHAR",
    "grounded_in_roster": "BOOLEAN",
    "duration_ms": "BIGINT",
}
"""The columns whose type does not hang on what callers and models send, and the type they get."""

_LIKE = {"VARCHAR": ("UUID", "DATE", "TIME"), "BIGINT": ("UBIGINT", "HUGEINT")}
_NO_VALUE = '"NULL"'

_PLACE = re.compile(r' in file "[^"]*"(?:, at byte [0-9]+)?(?:,? in line [0-9]+)?')
"""In what DuckDB says: a place in the file of samples, which nobody has."""

_PLAIN = "SELECT daemon, count(*) FROM read_json_auto(?, format = 'nd') GROUP BY daemon"
_TYPES = "DESCRIBE SELECT * FROM read_json_auto(getvariable('sample'), format = 'nd', sample_size = -1)"


class Sample(Struct, frozen=True):
    """A line that speaks for its shape."""

    daemon: str
    log: str
    line: int
    offset: int
    text: bytes


def conflicts(
    connection: Connection, samples: Sequence[Sample], folder: Path
) -> Iterator[tuple[Sample, str]]:
    """Give a sentence for every column without one type, and the first line that makes it so."""
    asking = _Asking(connection, folder / "sample.jsonl")
    if refusal := asking.refusal(samples):
        yield (
            asking.first(samples, lambda some: bool(asking.refusal(some))),
            f"the query by daemon fails: {refusal}",
        )
        return
    together = asking.types(samples)
    for column, wanted in WANTED.items():
        if not _holds(together.get(column, wanted), wanted):
            each = ", ".join(f"{tag}: {kind}" for tag, kind in asking.by_daemon(samples, column))
            yield (
                asking.culprit(samples, column),
                f"column {column} is {together[column]}, not {wanted} ({each})",
            )


def _holds(kind: str, wanted: str) -> bool:
    """Some words look narrower, whole numbers have widths, a time may have its zone in the type."""
    return kind == _NO_VALUE or kind in _LIKE.get(wanted, ()) or kind.startswith(wanted)


class _Asking:
    """What DuckDB makes of some lines."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def refusal(self, samples: Sequence[Sample]) -> str:
        """Give what DuckDB says where it cannot answer, else nothing."""
        self._write(samples)
        try:
            self._connection.execute(_PLAIN, [str(self._path)]).fetchall()
        except duckdb.Error as error:
            return _PLACE.sub("", first_line(error))
        return ""

    def types(self, samples: Sequence[Sample]) -> dict[str, str]:
        self._write(samples)
        self._connection.execute("SET VARIABLE sample = ?", [str(self._path)])
        return {name: kind for name, kind, *_ in self._connection.execute(_TYPES).fetchall()}

    def by_daemon(self, samples: Sequence[Sample], column: str) -> Iterator[tuple[str, str]]:
        for daemon in sorted({sample.daemon for sample in samples}):
            kinds = self.types([sample for sample in samples if sample.daemon == daemon])
            yield daemon, kinds.get(column, "absent")

    def culprit(self, samples: Sequence[Sample], column: str) -> Sample:
        """Find the line that makes the column's type another."""
        wanted = WANTED[column]
        return self.first(samples, lambda some: not _holds(self.types(some).get(column, _NO_VALUE), wanted))

    def first(self, samples: Sequence[Sample], wrong: Callable[[Sequence[Sample]], bool]) -> Sample:
        """Find the end of the shortest beginning with which something is wrong."""
        ends = range(1, len(samples))
        return samples[bisect_left(ends, True, key=lambda end: wrong(samples[:end]))]  # noqa: FBT003  a value

    def _write(self, samples: Sequence[Sample]) -> None:
        self._path.write_bytes(b"".join(sample.text + b"\n" for sample in samples))
