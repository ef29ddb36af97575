"""What holds between rows: the order in time (SE-19) and that no call has two rows (SE-1).

Timestamps are moments of arrival, and calls run at once, so a row may well be older than the one before it,
by as much as a call lasts. But a row is appended after its call arrived and not long after it ended
(`timestamp` + `duration_ms`). So a call that ended before the call in the row before it had even arrived was
appended too late, or its clock went back. `SLACK_MS` of that is forgiven: a queue, a busy disk, a paused
process. Rows of different daemons and of different files are not compared: their clocks may differ. The row
named is the one that does not fit its neighbours on both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.sessions.database import Connection

SLACK_MS = 10_000

TAGS = {1: "gateway", 2: "validatord"}
"""The daemons by the tag that the scan gives their rows."""

_BACKWARDS = """
SELECT before - ended, CASE WHEN two_before <= ended + slack THEN row_before ELSE row END,
       two_before <= ended + slack
FROM (
    SELECT rowid AS row, began + took AS ended, CAST(? AS BIGINT) AS slack,
           lag(rowid) OVER () AS row_before, lag(began) OVER () AS before, lag(began, 2) OVER () AS two_before
    FROM rows WHERE tag = ? AND began IS NOT NULL AND took BETWEEN 0 AND 1000000000000
)
WHERE ended < before - slack ORDER BY row
"""

_TWINS = """
SELECT list(rowid ORDER BY rowid) AS places FROM rows
WHERE began IS NOT NULL AND took IS NOT NULL AND bytes IS NOT NULL
GROUP BY began, took, bytes, shape HAVING count(*) > 1 ORDER BY places
"""


def backwards(connection: Connection) -> Iterator[tuple[int, str]]:
    """Give the rows that are out of order in time, and how."""
    for tag, daemon in TAGS.items():
        for back, row, early in connection.execute(_BACKWARDS, [SLACK_MS, tag]).fetchall():
            seconds = f"{back / 1000:.3f} s"
            if early:
                yield row, f"this call arrived {seconds} after that in {daemon}'s next row had ended"
            else:
                yield row, f"this call had ended {seconds} before that in {daemon}'s last row arrived"


def twins(connection: Connection) -> Iterator[list[int]]:
    """Give groups of rows that agree in all that was kept of them: they may be one line twice."""
    for (places,) in connection.execute(_TWINS).fetchall():
        yield places
