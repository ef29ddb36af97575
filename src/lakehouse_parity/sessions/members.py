"""What a row is made of (SE-6), and how its values are looked at.

Rows are lossless trees: a number is the bytes of its lexeme. Null and absent are alike (chapter SE).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakehouse_parity.model import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Tree]

DAEMONS = ("gateway", "validatord")
KINDS = ("fill", "email", "playbook")
VERDICTS = ("accepted", "max_iter_exhausted", "infra_error")
ATTEMPT_VERDICTS = ("no_json", "validation_failed", "accepted", "infra_error")

TYPES: dict[str, type[object]] = {
    "schema": str,
    "session_id": str,
    "timestamp": str,
    "daemon": str,
    "kind": str,
    "model": str,
    "provider": str,
    "prompt": str,
    "iterations": bytes,
    "max_iterations": bytes,
    "final_verdict": str,
    "attempts": list,
    "artifact": dict,
    "grounded_in_roster": bool,
    "duration_ms": bytes,
}
"""The members of a row (SE-6) and what they are in a lossless tree."""

OPTIONAL = ("artifact", "grounded_in_roster")
ATTEMPT_TYPES: dict[str, type[object]] = {
    "iteration": bytes,
    "verdict_kind": str,
    "error": str,
    "span_id": str,
}

_COUNT = re.compile(b"0|[1-9][0-9]{0,17}")


def count(value: Tree) -> int | None:
    """Give the whole number of at least 0 that this is in its plain form, else None."""
    return int(value) if isinstance(value, bytes) and _COUNT.fullmatch(value) else None


def attempts(row: Row) -> Iterator[tuple[int, Row]]:
    """Give the attempts that are objects, with their places."""
    entries = row.get("attempts")
    for index, attempt in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(attempt, dict):
            yield index, attempt
