"""`parity sessions report`: every figure agrees with a naive count, in every form in which it is given."""

import csv
import gzip
import json
import math
import shutil
import subprocess
from collections import Counter

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.harness.session_rows import line, rows, write

from lakehouse_parity import cli
from lakehouse_parity.errors import Unobservable
from lakehouse_parity.sessions import database


@pytest.fixture
def log(tmp_path):
    return write(tmp_path / "log.jsonl", rows(2000, gap=600_000))


def report(tmp_path, *logs, options=()):
    """The exit code and the JSON of a report."""
    result = tmp_path / "report.json"
    code = cli.main(["sessions", "report", *map(str, logs), "--json", str(result), *options])
    return code, json.loads(result.read_text())


def naive(told):
    """The same counts, in the plainest way."""
    accepted = Counter(str(row["iterations"]) for row in told if row["final_verdict"] == "accepted")
    return {
        "rows": len(told),
        "by_daemon": dict(Counter(row["daemon"] for row in told)),
        "by_verdict": dict(Counter(row["final_verdict"] for row in told)),
        "accepted_by_iteration": dict(accepted),
    }


def nearest_rank(values, part):
    return sorted(values)[math.ceil(len(values) * part / 100) - 1]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 300), seed=st.integers(0, 2**32))
def test_the_counts_are_those_of_a_naive_count(tmp_path, count, seed):
    told = list(rows(count, seed))
    result = report(tmp_path, write(tmp_path / "log.jsonl", told))[1]
    expected = naive(told)
    assert {name: result[name] for name in expected} == expected


def test_acceptance_is_told_by_daemon_model_provider_and_kind(tmp_path, log):
    told = list(map(json.loads, log.read_text().splitlines()))
    entries = {(entry["by"], entry["name"]): entry for entry in report(tmp_path, log)[1]["acceptance"]}
    names = {(by, row[by]) for row in told for by in ("daemon", "model", "provider", "kind")}
    assert entries.keys() == names | {("all", "all")}
    for by, name in names:
        these = [row for row in told if row[by] == name]
        judged = [row for row in these if row["final_verdict"] != "infra_error"]
        by_two = sum(row["final_verdict"] == "accepted" and row["iterations"] <= 2 for row in judged)
        entry = entries[by, name]
        assert (entry["calls"], entry["judged"]) == (len(these), len(judged))
        assert entry["accepted_by"][1]["accepted"] == by_two
        assert entry["accepted_by"][1]["share"] == pytest.approx(by_two / len(judged), abs=1e-6)


def test_durations_are_nearest_ranks(tmp_path, log):
    told = list(map(json.loads, log.read_text().splitlines()))
    for entry in report(tmp_path, log)[1]["duration_ms"]:
        values = [
            row["duration_ms"]
            for row in told
            if entry["daemon"] in ("all", row["daemon"]) and entry["verdict"] in ("all", row["final_verdict"])
        ]
        assert entry["count"] == len(values)
        assert entry["p50"] == nearest_rank(values, 50)
        assert entry["p90"] == nearest_rank(values, 90)
        assert entry["p99"] == nearest_rank(values, 99)
        assert entry["most"] == max(values)


def test_errors_are_counted_without_the_values_in_them(tmp_path, log):
    result = report(tmp_path, log)[1]
    texts = Counter()
    for row in map(json.loads, log.read_text().splitlines()):
        texts.update("not in the roster" in attempt.get("error", "") for attempt in row["attempts"])
    found = [entry for entry in result["validation_errors"] if "not in the roster" in entry["text"]]
    assert sum(entry["count"] for entry in found) == texts[True]
    assert {entry["text"] for entry in found} == {
        '{"Consistency":{"reason":"candidate \'…\' is not in the roster"}}'
    }


def test_days_and_grounding_are_counted(tmp_path, log):
    told = list(map(json.loads, log.read_text().splitlines()))
    result = report(tmp_path, log)[1]
    assert {entry["day"]: entry["calls"] for entry in result["by_day"]} == Counter(
        row["timestamp"][:10] for row in told
    )
    for entry in result["grounded"]:
        fills = [row for row in told if row["daemon"] == entry["daemon"] and "grounded_in_roster" in row]
        assert entry["grounded"] == sum(row["grounded_in_roster"] for row in fills)
        assert entry["ungrounded"] == len(fills) - entry["grounded"]


def test_rows_of_the_harness_can_be_left_out(tmp_path):
    told = list(rows(100))
    for row in told[:30]:
        row["session_id"] = "parity-" + row["session_id"]
    told[30]["provider"], told[31]["provider"] = "parity", "parity-ollama"
    log = write(tmp_path / "log.jsonl", told)
    assert report(tmp_path, log)[1]["rows"] == 100
    assert report(tmp_path, log, options=["--without-harness"])[1]["rows"] == 68


def test_bad_lines_are_counted_and_passed_over(tmp_path):
    lines = [line(row) for row in rows(100)]
    lines[10:10] = [b"\n", b"{torn\n", b"[]\n", b'{"schema":"' + b"x" * (40 << 20) + b'"}\n', b"\xff\n"]
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(lines))
    result = report(tmp_path, log)[1]
    assert result["rows"] == 100
    assert result["unreadable"] >= 4


def test_values_of_another_type_do_not_lose_the_row(tmp_path):
    told = list(rows(50))
    told[7].update(duration_ms="soon", timestamp=5, iterations={}, attempts="none")
    assert report(tmp_path, write(tmp_path / "log.jsonl", told))[1]["rows"] == 50


def test_times_with_an_offset_count_for_their_day_in_utc(tmp_path):
    told = list(rows(3))
    for row in told:
        row["timestamp"] = "2026-03-02T01:00:00.5+02:00"
    result = report(tmp_path, write(tmp_path / "log.jsonl", told))[1]
    assert [entry["day"] for entry in result["by_day"]] == ["2026-03-01"]


def test_several_logs_patterns_and_compressed_ones_add_up(tmp_path):
    told = list(rows(90))
    write(tmp_path / "a.jsonl", told[:30])
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b"".join(map(line, told[30:]))))
    assert report(tmp_path, tmp_path / "*.jsonl*", tmp_path / "a.jsonl")[1]["rows"] == 90


@pytest.mark.skipif(shutil.which("zstd") is None, reason="needs the program zstd")
def test_a_log_packed_with_zstd_is_read(tmp_path):
    log = write(tmp_path / "a.jsonl", rows(40))
    subprocess.run(["zstd", "--quiet", "--rm", log], check=True)
    assert report(tmp_path, tmp_path / "a.jsonl.zst")[1]["rows"] == 40


def test_a_name_with_brackets_is_a_name(tmp_path):
    log = write(tmp_path / "log[1].jsonl", rows(10))
    assert report(tmp_path, log)[1]["rows"] == 10


def test_csv_and_parquet_hold_the_counts_behind_every_figure(tmp_path, log):
    table, parquet = tmp_path / "counts.csv", tmp_path / "counts.parquet"
    result = report(tmp_path, log, options=["--csv", str(table), "--parquet", str(parquet)])[1]
    with table.open() as file:
        counts = list(csv.DictReader(file))
    assert sum(int(row["calls"]) for row in counts) == result["rows"]
    accepted = Counter()
    for row in counts:
        accepted[row["iterations"]] += int(row["calls"]) * (row["final_verdict"] == "accepted")
    assert +accepted == result["accepted_by_iteration"]
    with duckdb.connect() as connection:
        total = connection.execute("SELECT sum(calls) FROM read_parquet(?)", [str(parquet)]).fetchone()
    assert total == (result["rows"],)


def test_the_page_is_self_contained_and_escapes_what_the_log_says(tmp_path):
    told = list(rows(300, gap=900_000))
    for row in told:
        row["model"] = "<script>alert(1)</script>"
    page = tmp_path / "page.html"
    assert report(tmp_path, write(tmp_path / "log.jsonl", told), options=["--html", str(page)])[0] == 0
    text = page.read_text()
    assert text.count("<svg") >= 6
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "http" not in text.replace("/v1/chat", "")
    assert "prefers-color-scheme: dark" in text


def test_the_terminal_shows_tables_without_the_logs_own_escapes(tmp_path, capsys):
    told = list(rows(50))
    for row in told:
        row["model"] = "m\x1b[31m"
    cli.main(["sessions", "report", str(write(tmp_path / "log.jsonl", told))])
    shown = capsys.readouterr().out
    assert "rows by daemon and verdict" in shown
    assert "\x1b" not in shown


def test_a_query_is_answered_from_a_typed_view(tmp_path, log, capsys):
    answer = tmp_path / "answer.json"
    query = "SELECT column_name, column_type FROM (DESCRIBE sessions)"
    assert cli.main(["sessions", "report", str(log), "--sql", query, "--json", str(answer)]) == 0
    assert dict(json.loads(answer.read_text())["rows"]) == {
        "schema": "VARCHAR",
        "session_id": "VARCHAR",
        "timestamp": "TIMESTAMP",
        "daemon": "VARCHAR",
        "kind": "VARCHAR",
        "model": "VARCHAR",
        "provider": "VARCHAR",
        "prompt": "VARCHAR",
        "iterations": "BIGINT",
        "max_iterations": "BIGINT",
        "final_verdict": "VARCHAR",
        "attempts": 'STRUCT(iteration BIGINT, verdict_kind VARCHAR, "error" VARCHAR, span_id VARCHAR)[]',
        "artifact": "JSON",
        "grounded_in_roster": "BOOLEAN",
        "duration_ms": "BIGINT",
    }
    assert "duration_ms" in capsys.readouterr().out


def test_a_querys_answer_is_written_in_every_form(tmp_path, log):
    table, parquet, told = tmp_path / "a.csv", tmp_path / "a.parquet", tmp_path / "a.json"
    options = ["--csv", str(table), "--parquet", str(parquet), "--json", str(told)]
    query = "SELECT daemon, count(*) AS n FROM sessions GROUP BY ALL ORDER BY ALL"
    assert cli.main(["sessions", "report", str(log), "--sql", query, *options]) == 0
    expected = json.loads(told.read_text())["rows"]
    assert sum(count for _, count in expected) == 2000
    with duckdb.connect() as connection:
        assert (
            list(map(list, connection.execute("FROM read_parquet(?)", [str(parquet)]).fetchall())) == expected
        )
        assert list(map(list, connection.execute("FROM read_csv(?)", [str(table)]).fetchall())) == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT nothing FROM sessions", "nothing"),
        ("SELEKT", "SELEKT"),
        ("DROP VIEW sessions", "one query that reads"),
        ("SELECT 1; SELECT 2", "one query that reads"),
        ("", "one query that reads"),
    ],
)
def test_a_query_that_is_none_is_a_mistake(log, capsys, query, words):
    assert cli.main(["sessions", "report", str(log), "--sql", query]) == 2
    assert words in capsys.readouterr().err


def missing(tmp_path):
    return tmp_path / "missing.jsonl"


def no_match(tmp_path):
    return tmp_path / "none-*.jsonl"


def folder(tmp_path):
    return tmp_path


def empty(tmp_path):
    path = tmp_path / "empty.jsonl"
    path.touch()
    return path


def garbage(tmp_path):
    path = tmp_path / "garbage.jsonl"
    path.write_bytes(bytes(range(256)) * 5000)
    return path


def large_garbage(tmp_path):
    path = tmp_path / "large.jsonl"
    path.write_bytes(b"\x00\x01\x02\xff" * (12 << 20))
    return path


def cut_gzip(tmp_path):
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(map(line, rows(500))))[:-5000])
    return path


def damaged_gzip(tmp_path):
    path = tmp_path / "damaged.jsonl.gz"
    data = bytearray(gzip.compress(b"".join(map(line, rows(500)))))
    data[2000:2100] = bytes(100)
    path.write_bytes(data)
    return path


def cut_zstd(tmp_path):
    path = tmp_path / "cut.jsonl.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + b"\x04" * 50)
    return path


def far_away(_):
    return "s3://bucket/log.jsonl"


@pytest.mark.parametrize("action", ["report", "audit"])
@pytest.mark.parametrize(
    ("make", "code"),
    [
        (missing, 3),
        (no_match, 3),
        (folder, 2),
        (empty, 3),
        (garbage, 3),
        (large_garbage, 3),
        (cut_gzip, 3),
        (damaged_gzip, 3),
        (cut_zstd, 3),
        (far_away, 3),
    ],
)
def test_a_log_that_cannot_be_read_is_named_in_one_sentence(tmp_path, capsys, action, make, code):
    path = str(make(tmp_path))
    assert cli.main(["sessions", action, path]) == code
    said = capsys.readouterr().err
    assert said.startswith("parity: ")
    assert path in said
    assert said.count("\n") == 1


def test_a_result_that_cannot_be_written_is_a_mistake(tmp_path, log, capsys):
    for option in ("--json", "--csv", "--parquet", "--html"):
        assert cli.main(["sessions", "report", str(log), option, str(tmp_path / "no" / "where")]) == 2
        assert "cannot be written" in capsys.readouterr().err


def test_without_a_log_the_configured_one_is_read(tmp_path, log, capsys):
    config = tmp_path / "parity.yaml"
    config.write_text(
        "runtimes:\n"
        '  rust: {url: "http://127.0.0.1:3100", daemon: gateway, json: serde_json}\n'
        '  go: {url: "http://127.0.0.1:4110", daemon: validatord, json: encoding/json}\n'
        f"session_log: {log}\n"
        "roster: fixtures/roster/workers.parquet\n"
        'model: {listen: "127.0.0.1:3199"}\n'
    )
    assert cli.main(["sessions", "report", "--config", str(config)]) == 0
    assert "2,000 rows" in capsys.readouterr().out


class Asked:
    """A connection that takes every statement and keeps it."""

    def __init__(self):
        self.statements = []

    def execute(self, statement, values=()):
        self.statements.append((statement, *values))


def test_an_object_store_is_reached_by_duckdbs_extension_with_the_keys_of_the_environment(monkeypatch):
    for variable in ("AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "it's secret")
    connection = Asked()
    database.load_remote(connection, "s3://bucket/log.jsonl")
    assert connection.statements == [
        ("LOAD httpfs",),
        ("SET s3_access_key_id = ?", "key"),
        ("SET s3_secret_access_key = ?", "it's secret"),
    ]


class Refusing:
    """A connection without the extension."""

    def execute(self, _statement):
        raise duckdb.IOException("Extension not found")


def test_without_the_extension_an_object_store_is_no_log_and_that_is_said():
    with pytest.raises(Unobservable, match=r"s3://b/l cannot be read: .*httpfs is not installed here"):
        database.load_remote(Refusing(), "s3://b/l")
