"""The log as a table: the view `sessions`, with one column of one type for every member of a row (SE-6)."""

from __future__ import annotations

import glob
from typing import TYPE_CHECKING

from lakehouse_parity.sessions.database import LONGEST_LINE
from lakehouse_parity.sessions.source import REMOTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_parity.sessions.database import Connection

READ_AS = {
    "schema": "VARCHAR",
    "session_id": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
    "daemon": "VARCHAR",
    "kind": "VARCHAR",
    "model": "VARCHAR",
    "provider": "VARCHAR",
    "prompt": "VARCHAR",
    "iterations": "BIGINT",
    "max_iterations": "BIGINT",
    "final_verdict": "VARCHAR",
    "attempts": "STRUCT(iteration BIGINT, verdict_kind VARCHAR, error VARCHAR, span_id VARCHAR)[]",
    "artifact": "JSON",
    "grounded_in_roster": "BOOLEAN",
    "duration_ms": "BIGINT",
}
"""How each member is read. Given, not guessed: a guess would cost a scan and hang on the first rows."""

HARNESS = "parity-"
"""What the session ids of rows begin with that the harness itself caused."""

HARNESS_PROVIDERS = ["parity", "parity-ollama"]
"""Under which daemons know the scripted model: so rows are known whose ids were minted or meant."""

_LINES = """
CREATE VIEW lines AS
SELECT * REPLACE (make_timestamp(epoch_us("timestamp")) AS "timestamp"),
       daemon IS NOT NULL OR session_id IS NOT NULL OR final_verdict IS NOT NULL AS readable
FROM read_json(getvariable('logs'), columns = getvariable('columns'), format = 'newline_delimited',
               ignore_errors = true, maximum_object_size = getvariable('longest_line'))
WHERE NOT (getvariable('without_harness')
           AND (coalesce(starts_with(session_id, getvariable('harness')), false)
                OR coalesce(list_contains(getvariable('harness_providers'), provider), false)))
"""

_SESSIONS = "CREATE VIEW sessions AS SELECT * EXCLUDE (readable) FROM lines WHERE readable"


def create(connection: Connection, paths: Sequence[str], *, without_harness: bool = False) -> None:
    """Create the views `sessions` and `lines`, which has a row for every line that cannot be read, too.

    A value of another type than its column's is null; times are in UTC.
    """
    read_from(connection, paths, READ_AS)
    connection.execute("SET VARIABLE without_harness = ?", [without_harness])
    connection.execute("SET VARIABLE harness = ?", [HARNESS])
    connection.execute("SET VARIABLE harness_providers = ?", [HARNESS_PROVIDERS])
    connection.execute(_LINES)
    connection.execute(_SESSIONS)


def read_from(connection: Connection, paths: Sequence[str], columns: dict[str, str]) -> None:
    """Say what the next scan reads."""
    literal = [path if path.startswith(REMOTE) else glob.escape(path) for path in paths]
    connection.execute("SET VARIABLE logs = ?", [literal])
    connection.execute("SET VARIABLE columns = ?", [columns])
    connection.execute("SET VARIABLE longest_line = ?", [LONGEST_LINE])
