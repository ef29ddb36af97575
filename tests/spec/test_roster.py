"""Chapter RO: the table of workers."""

import duckdb
from tests.spec.daemon import ROSTER, ROSTER_FILE

from lakehouse_spec.roster import COLUMNS, Worker, roster


def test_the_parquet_file_has_these_columns_ro_1():
    """Read in another order, the table gives the same workers."""
    table = duckdb.sql(f"SELECT {', '.join(reversed(COLUMNS))} FROM '{ROSTER_FILE.with_suffix('.parquet')}'")
    rows = (dict(zip(reversed(COLUMNS), row, strict=True)) for row in table.fetchall())
    assert roster(rows) == ROSTER


def test_nulls_read_as_empty_ro_2():
    assert roster([dict.fromkeys(COLUMNS)]).workers == (Worker("", "", "", "", "", "", "", ""),)


def test_of_two_rows_with_one_id_the_first_counts_ro_2():
    row = {**dict.fromkeys(COLUMNS, "x"), "blacklisted_clients": ["c"]}
    both = roster([row, {**row, "name": "y"}])
    assert [worker.name for worker in both.workers] == ["x"]
    assert both.find("x") == both.workers[0]


def test_lookup_is_by_exact_id_ro_3():
    found = [ROSTER.find(each) for each in ("W-001", "w-001", " W-001", "W-001 ", "")]
    assert [worker.name if worker else None for worker in found] == [
        "Ada Okafor",
        "Lower Case",
        None,
        None,
        None,
    ]
