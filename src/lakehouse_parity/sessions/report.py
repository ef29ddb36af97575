"""The report: one scan of the log into small tables of counts, and every figure from those.

So the memory needed hangs on how many different values there are, not on how many rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lakehouse_parity.sessions.figures import ALL, Acceptance, Day, Fault, Figures, Grounding, Spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_parity.sessions.database import Connection

MOST_FAULTS = 20

_TALLY = """
CREATE TEMP TABLE tally AS
SELECT readable, day, daemon, kind, model, provider, final_verdict, iterations, grounded_in_roster,
       duration_ms, errors, GROUPING(day, duration_ms, errors) AS part, count(*) AS calls
FROM (
    SELECT *, CAST("timestamp" AS DATE) AS day,
           [attempt.error FOR attempt IN attempts IF attempt.verdict_kind = 'validation_failed'] AS errors
    FROM lines
)
GROUP BY GROUPING SETS (
    (readable, day, daemon, kind, model, provider, final_verdict, iterations, grounded_in_roster),
    (readable, daemon, final_verdict, duration_ms),
    (readable, kind, errors)
)
"""

_PARTS = """
CREATE TEMP VIEW counts AS
    SELECT day, daemon, kind, model, provider, final_verdict, iterations, grounded_in_roster, calls
    FROM tally WHERE readable AND part = 3;
CREATE TEMP VIEW durations AS
    SELECT daemon, final_verdict AS verdict, duration_ms AS value, calls
    FROM tally WHERE readable AND part = 5 AND duration_ms IS NOT NULL;
CREATE TEMP VIEW attempts AS
    SELECT daemon, final_verdict AS verdict, iterations AS value, calls
    FROM counts WHERE final_verdict = 'accepted' AND iterations IS NOT NULL;
CREATE TEMP VIEW errors AS
    SELECT kind, unnest(errors) AS error, calls FROM tally WHERE readable AND part = 6
"""

_ROWS = "SELECT coalesce(sum(calls) FILTER (readable), 0), coalesce(sum(calls) FILTER (NOT readable), 0) \
FROM tally WHERE part = 3"

_VERDICTS = """
SELECT coalesce(daemon, '(none)'), coalesce(final_verdict, '(none)'), sum(calls)
FROM counts GROUP BY ALL ORDER BY ALL
"""

_ACCEPTANCE = """
SELECT CASE GROUPING(daemon, model, provider, kind)
           WHEN 15 THEN 'all' WHEN 7 THEN 'daemon' WHEN 11 THEN 'model' WHEN 13 THEN 'provider' ELSE 'kind'
       END AS part,
       CASE part WHEN 'all' THEN 'all' ELSE coalesce(daemon, model, provider, kind, '(none)') END AS name,
       sum(calls), coalesce(sum(calls) FILTER (final_verdict IN ('accepted', 'max_iter_exhausted')), 0),
       iterations, coalesce(sum(calls) FILTER (final_verdict = 'accepted'), 0)
FROM counts
GROUP BY GROUPING SETS (
    (iterations), (daemon, iterations), (model, iterations), (provider, iterations), (kind, iterations)
)
ORDER BY part = 'all' DESC, part, name, iterations
"""

_SPREAD = """
WITH grouped AS (
    SELECT CASE GROUPING(daemon) WHEN 1 THEN 'all' ELSE coalesce(daemon, '(none)') END AS daemon,
           CASE GROUPING(verdict) WHEN 1 THEN 'all' ELSE coalesce(verdict, '(none)') END AS verdict,
           value, sum(calls) AS calls
    FROM query_table(getvariable('values'))
    GROUP BY GROUPING SETS ((value), (daemon, value), (daemon, verdict, value))
), ranked AS (
    SELECT *, sum(calls) OVER (PARTITION BY daemon, verdict ORDER BY value) AS upto,
           sum(calls) OVER (PARTITION BY daemon, verdict) AS total
    FROM grouped
)
SELECT daemon, verdict, any_value(total),
       min(value) FILTER (upto * 100 >= total * 50), min(value) FILTER (upto * 100 >= total * 90),
       min(value) FILTER (upto * 100 >= total * 99), max(value)
FROM ranked GROUP BY daemon, verdict ORDER BY daemon <> 'all', daemon, verdict <> 'all', verdict
"""

_FAULTS = r"""
SELECT kind, text, sum(calls) AS calls, min(error)
FROM (
    SELECT coalesce(kind, '(none)') AS kind, error, calls,
           regexp_replace(regexp_replace(error, '\B''.*?''\B', '''…''', 'g'), '\b\d+\b', 'N', 'g') AS text
    FROM errors WHERE error IS NOT NULL
)
GROUP BY kind, text ORDER BY calls DESC, kind, text LIMIT ?
"""

_GROUNDING = """
SELECT coalesce(daemon, '(none)'), coalesce(sum(calls) FILTER (grounded_in_roster), 0),
       coalesce(sum(calls) FILTER (NOT grounded_in_roster), 0),
       coalesce(sum(calls) FILTER (grounded_in_roster IS NULL), 0)
FROM counts WHERE final_verdict = 'accepted' AND kind = 'fill' GROUP BY ALL ORDER BY ALL
"""

_DAYS = """
SELECT CAST(day AS VARCHAR), sum(calls),
       coalesce(sum(calls) FILTER (final_verdict IN ('accepted', 'max_iter_exhausted')), 0),
       coalesce(sum(calls) FILTER (final_verdict = 'accepted'), 0),
       coalesce(sum(calls) FILTER (final_verdict = 'accepted' AND iterations = 1), 0)
FROM counts WHERE day IS NOT NULL GROUP BY ALL ORDER BY ALL
"""

_FAILED = "SELECT coalesce(sum(calls), 0) FROM errors"


def compute(connection: Connection, logs: Sequence[str], *, without_harness: bool) -> Figures:
    """Scan the view `lines` once and count."""
    connection.execute(_TALLY)
    connection.execute(_PARTS)
    rows, unreadable = _all(connection, _ROWS)[0]
    return Figures(
        logs=tuple(logs),
        without_harness=without_harness,
        rows=rows,
        unreadable=unreadable,
        verdicts={(daemon, verdict): count for daemon, verdict, count in _all(connection, _VERDICTS)},
        acceptance=_acceptance(connection),
        attempts=tuple(each for each in _spread(connection, "attempts") if each.verdict == ALL),
        durations=_spread(connection, "durations"),
        faults=tuple(Fault(*row) for row in _all(connection, _FAULTS, [MOST_FAULTS])),
        failed_validations=_all(connection, _FAILED)[0][0],
        grounding=tuple(Grounding(*row) for row in _all(connection, _GROUNDING)),
        days=tuple(Day(*row) for row in _all(connection, _DAYS)),
    )


def _all(connection: Connection, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Give every row; sums are counts, so they are whole numbers."""
    rows = connection.execute(query, [*values]).fetchall()
    return [tuple(value if isinstance(value, str | None) else int(value) for value in row) for row in rows]


def _acceptance(connection: Connection) -> tuple[Acceptance, ...]:
    groups: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for part, name, *counts in _all(connection, _ACCEPTANCE):
        groups.setdefault((part, name), []).append(tuple(counts))
    found = [_accepted(part, name, counts) for (part, name), counts in groups.items()]
    return tuple(sorted(found, key=lambda each: (each.by != ALL, each.by, -each.calls, each.name)))


def _accepted(by: str, name: str, counts: list[tuple[Any, ...]]) -> Acceptance:
    at = {iterations: accepted for *_, iterations, accepted in counts if accepted and iterations is not None}
    return Acceptance(by, name, sum(row[0] for row in counts), sum(row[1] for row in counts), at)


def _spread(connection: Connection, values: str) -> tuple[Spread, ...]:
    connection.execute("SET VARIABLE values = ?", [values])
    return tuple(Spread(*row) for row in _all(connection, _SPREAD))
