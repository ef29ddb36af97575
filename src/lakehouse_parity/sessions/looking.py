"""One line of the log, looked at closely: is it a row, and what is wrong with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity import lossless
from lakehouse_parity.sessions import rules
from lakehouse_parity.sessions.findings import Fault
from lakehouse_parity.sessions.lines import BLANK, TOO_LONG

if TYPE_CHECKING:
    from lakehouse_parity.sessions.members import Row

_MARK = b'"session_id":'
"""Stands once in every row, and in no string: there its quotes are escaped."""

_SHOWN = 60


UNQUERYABLE = Fault("unqueryable-line", "SE-21", "DuckDB cannot read this line, though it is JSON")


class Seen(Struct, frozen=True):
    """A line that was looked at."""

    row: Row | None
    """The row, if the line is a JSON object."""
    faults: tuple[Fault, ...]


def look(line: bytes) -> Seen:
    """Read the line and hold it against every rule for one row."""
    try:
        row = lossless.parse(line)
    except lossless.NotJson as error:
        return Seen(None, (_unreadable(line, str(error)),))
    if not isinstance(row, dict):
        return Seen(None, (_no_row(line, row),))
    found = (Fault(rule.name, rule.clause, detail) for rule, detail in rules.broken(row))
    return Seen(row, (*found,))


def _no_row(line: bytes, value: object) -> Fault:
    if value == BLANK or not line.strip():
        return Fault("blank-line", "SE-6", "a blank line is no row")
    if isinstance(value, str) and value.startswith(TOO_LONG):
        return Fault("line-too-long", "SE-6", value)
    return Fault("no-row", "SE-6", f"the line is JSON, but no object: {_excerpt(line)}")


def _unreadable(line: bytes, why: str) -> Fault:
    """A line that is no JSON was torn, or holds parts of several rows (SE-4)."""
    if not line.strip():
        return Fault("blank-line", "SE-6", "a blank line is no row")
    rows = line.count(_MARK)
    if rows > 1:
        return Fault("spliced-line", "SE-4", f"the line holds parts of {rows} rows: {_excerpt(line)}")
    return Fault("torn-line", "SE-4", f"the line is no JSON ({_reason(why)}): {_excerpt(line)}")


def _reason(why: str) -> str:
    return why.partition(": line ")[0][:120]


def _excerpt(line: bytes) -> str:
    text = line if len(line) <= _SHOWN else line[: _SHOWN // 2] + "…".encode() + line[-_SHOWN // 2 :]
    return json.dumps(text.decode(errors="replace"), ensure_ascii=False)
