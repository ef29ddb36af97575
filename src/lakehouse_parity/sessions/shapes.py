"""One scan that tells rows apart by all that the rules look at, so that one row speaks for others.

A *shape* is a hash over everything that decides what the rules say of a row: words as they are, and of
other values whether they are sound. What this cannot tell of an artifact puts it into the hash as a whole.
`bytes` adds up what the values take in the line. In rows of one shape each line is longer than that by the
same number of bytes, for names, quotes and commas: its *frame*. A line that is not has something else in
it: a member that is not known, one that stands twice, a number in quotes. So no byte goes unaccounted for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity.sessions import view

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from lakehouse_parity.sessions.database import Connection

SAMPLES = 3
"""Rows of a shape that are looked at."""

_READ_AS = {
    **dict.fromkeys(view.READ_AS, "VARCHAR"),
    "prompt": "JSON",
    "artifact": "JSON",
    "attempts": "STRUCT(iteration VARCHAR, verdict_kind VARCHAR, error JSON, span_id VARCHAR)[]",
}
"""Text for words and numbers; JSON where escapes have to be counted as they stand in the line."""

_ROWS = r"""
CREATE TEMP TABLE rows AS
SELECT
    hash(
        schema, daemon, kind, iterations, max_iterations, final_verdict, grounded_in_roster,
        model IS NULL, provider IS NULL,
        sound_id, moment IS NOT NULL, sound_duration, starts_with(prompt_text, '"'), sound_prompt,
        starts_with(artifact_text, '{'),
        CASE WHEN contains(artifact_text, '"session_id":') THEN artifact_text
             WHEN contains(artifact_text, 'NaN') THEN artifact_text
             WHEN contains(artifact_text, 'nfinity') THEN artifact_text END,
        CASE WHEN kind <> 'fill' THEN false
             WHEN starts_with(artifact_text, '{"fills":[') THEN true
             ELSE coalesce(json_type(artifact, '$.fills') = 'ARRAY', false) END,
        list_transform(attempts, lambda attempt: hash(
            attempt.iteration, attempt.verdict_kind, starts_with(CAST(attempt.error AS VARCHAR), '"'),
            CASE WHEN attempt.verdict_kind = 'infra_error' THEN
                regexp_extract(CAST(attempt.error AS VARCHAR),
                               '^"(/v1/chat hop failed at iter [0-9]{1,10}: |client build: )')
            END,
            regexp_full_match(attempt.span_id, '[0-9a-f]{16}')
        ))
    ) AS shape,
    CAST(
        strlen(schema) + strlen(session_id) + strlen("timestamp") + strlen(daemon) + strlen(kind)
        + strlen(model) + strlen(provider) + strlen(prompt_text) + strlen(iterations) + strlen(max_iterations)
        + strlen(final_verdict) + strlen(duration_ms) + coalesce(strlen(artifact_text), 0)
        + coalesce(strlen(grounded_in_roster), 0)
        + list_sum(list_transform(attempts, lambda attempt:
            strlen(attempt.iteration) + strlen(attempt.verdict_kind)
            + coalesce(strlen(CAST(attempt.error AS VARCHAR)), 0) + coalesce(strlen(attempt.span_id), 0)
        ))
    AS UINTEGER) AS bytes,
    CAST(CASE daemon WHEN 'gateway' THEN 1 WHEN 'validatord' THEN 2 ELSE 0 END AS UTINYINT) AS tag,
    epoch_ms(moment) AS began,
    took
FROM (
    SELECT
        * REPLACE (CAST(duration_ms AS VARCHAR) AS duration_ms),
        CAST(prompt AS VARCHAR) AS prompt_text,
        CAST(artifact AS VARCHAR) AS artifact_text,
        strlen(session_id) = length(session_id) AND session_id <> '' AND NOT contains(session_id, chr(127))
            AS sound_id,
        CASE WHEN strlen("timestamp") = 24 AND NOT contains("timestamp", ' ')
             THEN try_strptime("timestamp", '%Y-%m-%dT%H:%M:%S.%gZ') END AS moment,
        TRY_CAST(duration_ms AS BIGINT) AS took,
        coalesce(took >= 0 AND strlen(duration_ms) < 19 AND NOT contains(duration_ms, '.')
                 AND NOT contains(duration_ms, '-'), false) AS sound_duration,
        CASE WHEN strlen(prompt_text) <= 4002 THEN true
             WHEN length(prompt_text) <= 4002 THEN true
             ELSE coalesce(length(prompt ->> '$') <= 4000, false) END AS sound_prompt
    FROM read_json(getvariable('logs'), columns = getvariable('columns'), format = 'newline_delimited',
                   ignore_errors = true, maximum_object_size = getvariable('longest_line'))
)
"""

_SHAPES = """
SELECT shape, min(rowid, ?) AS samples, coalesce(arg_min(bytes, rowid, ?), []) FROM rows
GROUP BY shape ORDER BY samples
"""

_JUDGED = """
CREATE TEMP TABLE judged AS
SELECT unnest(CAST(? AS UBIGINT[])) AS shape, unnest(CAST(? AS INTEGER[])) AS frame
"""

_BLOCKS = """
SELECT rows.rowid // getvariable('block') AS block, sum(bytes + frame + 1),
       sum((bytes + frame + 1) * (rows.rowid % getvariable('block') + 1)), count(*) - count(bytes + frame)
FROM rows JOIN judged USING (shape) GROUP BY block ORDER BY block
"""

_LENGTHS = """
SELECT began IS NOT NULL, bytes + frame FROM rows JOIN judged USING (shape)
WHERE rows.rowid >= ? AND rows.rowid < ? ORDER BY rows.rowid
"""


class Shape(Struct, frozen=True):
    """Rows that the rules cannot tell apart."""

    id: int
    samples: tuple[int, ...]
    """The first few of them, by the number of their row from 0."""
    bytes: tuple[int, ...]
    """What the values of each sample take; nothing where a member is missing that has to be there."""


def scan(connection: Connection, path: Path) -> int:
    """Read the log once; the number of its rows. A line that cannot be read is a row without values."""
    connection.execute("DROP TABLE IF EXISTS rows")
    connection.execute("DROP TABLE IF EXISTS judged")
    view.read_from(connection, [str(path)], _READ_AS)
    connection.execute(_ROWS)
    counted = connection.execute("SELECT count(*) FROM rows").fetchone()
    assert counted is not None
    return int(counted[0])


def found(connection: Connection) -> Iterator[Shape]:
    """Give every shape, in the order of their first rows."""
    for shape, samples, sizes in connection.execute(_SHAPES, [SAMPLES, SAMPLES]).fetchall():
        yield Shape(shape, tuple(samples), tuple(sizes))


def judge(connection: Connection, frames: Iterable[tuple[Shape, int | None]]) -> None:
    """Say which frame the lines of each shape have; None for those to be looked at one by one."""
    shapes, widths = [], []
    for shape, frame in frames:
        shapes.append(shape.id)
        widths.append(frame)
    connection.execute(_JUDGED, [shapes, widths])


class Block(Struct, frozen=True):
    """What some successive lines should take."""

    number: int
    length: int
    """The bytes of all of them, line feeds included."""
    weighed: int
    """The same, each line times its place from 1."""
    unsettled: int
    """Lines that have to be looked at."""


def blocks(connection: Connection, size: int) -> Iterator[Block]:
    """Give what each block of so many lines should take."""
    connection.execute("SET VARIABLE block = ?", [size])
    for number, length, weighed, unsettled in connection.execute(_BLOCKS).fetchall():
        yield Block(number, int(length or 0), int(weighed or 0), unsettled)


def lengths(connection: Connection, first: int, end: int) -> list[tuple[bool, int | None]]:
    """Give for each line of these rows whether DuckDB could read its time, and the length it should have.

    The length is None where the line has to be looked at.
    """
    return connection.execute(_LENGTHS, [first, end]).fetchall()
