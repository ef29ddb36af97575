"""The roster: the table of workers that validators look ids up in (chapter RO)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Worker(NamedTuple):
    """One row of the table (RO-1); a null of it reads as empty (RO-2)."""

    worker_id: str
    """The id that artifacts call `candidate_id`; compared exactly (RO-3)."""
    name: str
    """The full name; its first word is the first name (EM-8)."""
    role: str
    """What the worker does, such as `Welder`."""
    city: str
    """Where the worker is."""
    state: str
    """The state of that city, such as `OH`."""
    status: str
    """Only who is `active` can be sent (FI-7)."""
    email: str
    """An address; no rule reads it."""
    phone: str
    """A number; no rule reads it."""
    blacklisted_clients: tuple[str, ...] = ()
    """The clients that will not have the worker, and those that the worker will not have (FI-12)."""


COLUMNS = ("worker_id", "name", "role", "city", "state", "status", "email", "phone", "blacklisted_clients")
"""The columns of the Parquet file, in any order (RO-1)."""


@dataclass(frozen=True, slots=True)
class Roster:
    """All workers in row order, and the way to one of them."""

    workers: tuple[Worker, ...]
    """The rows; one whose id an earlier row has is left out, as if it were not there (RO-2)."""
    _by_id: dict[str, Worker] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_id: dict[str, Worker] = {}
        for worker in self.workers:
            by_id.setdefault(worker.worker_id, worker)
        object.__setattr__(self, "workers", tuple(by_id.values()))
        object.__setattr__(self, "_by_id", by_id)

    def find(self, worker_id: str) -> Worker | None:
        """Find the worker with exactly this id, of two the first in row order (RO-2, RO-3)."""
        return self._by_id.get(worker_id)


def roster(rows: Iterable[Mapping[str, object]]) -> Roster:
    """Make the roster of a table's rows, each a mapping from column name to value (RO-1, RO-2)."""
    return Roster(tuple(_worker(row) for row in rows))


def _worker(row: Mapping[str, object]) -> Worker:
    texts = {column: str(row[column] or "") for column in COLUMNS[:-1]}
    clients = row[COLUMNS[-1]] or ()
    assert isinstance(clients, (list, tuple)), clients
    return Worker(**texts, blacklisted_clients=tuple(str(client or "") for client in clients))
