"""A session log of any size: the rows of the tests again and again, each with its own id and time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.harness import session_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPLATES = 5000
WORDS = 78
"""About so many words in a prompt make rows of 1.2 kB."""


@dataclass(frozen=True, slots=True)
class Template:
    """A row's line, open where the id and the time stand."""

    head: bytes
    tail: bytes
    took: timedelta


def write(path: Path, count: int, seed: int = 1) -> None:
    """Write a log of so many rows; it stands in its place when it is whole."""
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with part.open("wb", buffering=1 << 20) as file:
        file.writelines(_lines(count, seed))
    part.replace(path)


def _lines(count: int, seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    templates = [_template(row) for row in session_rows.rows(TEMPLATES, seed, words=WORDS)]
    ended = session_rows.START
    for number in range(count):
        each = templates[chance.randrange(TEMPLATES)]
        ended += timedelta(milliseconds=chance.randint(0, 2000))
        began = session_rows.stamp(ended - each.took)
        yield b'%s%016x-%08x","timestamp":"%s%s' % (
            each.head, chance.getrandbits(64), number, began.encode(), each.tail,
        )  # fmt: skip


def _template(row: dict[str, object]) -> Template:
    line = session_rows.line(row)
    identity = str(row["session_id"]).encode()
    moment = str(row["timestamp"]).encode()
    head, _, rest = line.partition(identity)
    took = row["duration_ms"]
    assert isinstance(took, int)
    return Template(head, rest.partition(moment)[2], timedelta(milliseconds=took))
