"""Chapter SE: the rows of the session log."""

import json
from datetime import UTC, datetime, timedelta, timezone

import duckdb
import pytest
from tests.spec.daemon import GO, GO_SETTINGS, GOOD_FILL, SERDE, SETTINGS, answer, iterate

from lakehouse_spec.session import duration_ms, line, timestamp

EMAIL = '{"to":"","body":"Hello Ada"}'
UNKNOWN = '{"fills":[{"candidate_id":"X"}]}'
MEMBERS = {
    "schema", "session_id", "timestamp", "daemon", "kind", "model", "provider", "prompt", "iterations",
    "max_iterations",
    "final_verdict", "attempts", "artifact", "grounded_in_roster", "duration_ms",
}  # fmt: skip


def row(*replies, **members):
    return iterate(*replies, **members).handled.row


def test_every_call_leaves_exactly_one_row_whatever_its_end_se_1_se_10():
    ends = [row(GOOD_FILL), row("no", max_iterations=1), row(answer(b"", 500))]
    assert [each["final_verdict"] for each in ends] == ["accepted", "max_iter_exhausted", "infra_error"]


def test_without_a_log_the_answers_are_the_same_se_2():
    silent = iterate(GOOD_FILL, settings=SETTINGS._replace(session_log=False))
    assert silent.handled.row is None
    assert silent.handled.answer.status == iterate(GOOD_FILL).handled.answer.status


def test_the_daemons_tag_tells_rows_apart_se_3():
    assert row(GOOD_FILL)["daemon"] == "gateway"
    assert row(GOOD_FILL, settings=GO_SETTINGS)["daemon"] == "validatord"


@pytest.mark.parametrize("dialect", [SERDE, GO])
def test_a_line_ends_in_its_only_line_feed_se_4(dialect):
    written = line(row("a\nb\r\u2028", GOOD_FILL, prompt="x\ny"), dialect)
    assert written.endswith(b"}\n")
    assert written.count(b"\n") == 1


def test_a_row_has_these_members_and_no_others_se_6():
    assert set(row(GOOD_FILL)) == MEMBERS
    assert set(row("no", max_iterations=1)) < MEMBERS


def test_what_a_row_says_of_the_request_se_7_se_18():
    said = row(GOOD_FILL, max_iterations=0, context={"x": 1})
    assert (said["kind"], said["model"], said["provider"], said["max_iterations"]) == ("fill", "m", "open", 1)
    assert said["schema"] == "session.iterate.v1"


def test_the_prompt_is_the_requests_own_cut_to_4000_se_8_se_9():
    assert row("no", GOOD_FILL, prompt="🙂" * 4001)["prompt"] == "🙂" * 4000
    assert row("no", GOOD_FILL)["prompt"] == "P"


def test_accepted_se_11():
    said = row("no", GOOD_FILL)
    assert (said["artifact"], said["iterations"]) == (json.loads(GOOD_FILL), 2)


def test_exhausted_se_12():
    said = row("no", UNKNOWN, max_iterations=2)
    assert "artifact" not in said
    assert said["iterations"] == 2


def test_an_infrastructure_error_is_one_attempt_with_iteration_0_se_13_se_14():
    exchange = iterate("no", answer(b"boom", 500))
    said = exchange.handled.row
    assert said["iterations"] == 0
    assert "artifact" not in said
    error = "/v1/chat hop failed at iter 1: chat 500 Internal Server Error: boom"
    assert said["attempts"] == [
        {
            "iteration": 0,
            "verdict_kind": "infra_error",
            "error": error,
            "span_id": exchange.handled.spans[1]["id"],
        }
    ]


def test_attempts_are_listed_in_order_se_15_se_16():
    exchange = iterate("no", UNKNOWN, GOOD_FILL)
    attempts = exchange.handled.row["attempts"]
    assert [each["iteration"] for each in attempts] == [0, 1, 2]
    assert [each["verdict_kind"] for each in attempts] == ["no_json", "validation_failed", "accepted"]
    assert attempts[1]["error"] == exchange.json["history"][1]["status"]["error"]
    assert "error" not in attempts[0]
    assert "error" not in attempts[2]


@pytest.mark.parametrize(
    ("artifact", "kind", "grounded"),
    [
        (GOOD_FILL, "fill", True),
        ('{"fills":[]}', "fill", True),
        (EMAIL, "email", None),
        ("no", "fill", None),
        (UNKNOWN, "fill", None),
    ],
)
def test_an_accepted_fill_says_whether_it_is_grounded_se_17(artifact, kind, grounded):
    assert row(artifact, kind=kind, max_iterations=1).get("grounded_in_roster") is grounded


def test_the_timestamp_is_the_arrival_in_utc_with_three_digits_se_19():
    assert row(GOOD_FILL)["timestamp"] == "2026-03-01T12:00:00.001Z"
    elsewhere = datetime(2026, 3, 1, 1, 2, 3, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(elsewhere) == "2026-02-28T23:02:03.999Z"


def test_the_duration_is_whole_milliseconds_and_never_negative_se_20():
    exchange = iterate(GOOD_FILL)
    passed = exchange.moments[-1] - exchange.moments[0]
    assert exchange.handled.row["duration_ms"] == passed // timedelta(milliseconds=1) > 0
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert duration_ms(moment, moment - timedelta(hours=1)) == 0


def test_the_rows_of_both_daemons_unify_se_21(tmp_path):
    log = tmp_path / "sessions.jsonl"
    rows = [
        line(row(*replies, settings=settings), settings.dialect)
        for settings in (SETTINGS, GO_SETTINGS)
        for replies in ((GOOD_FILL,), (UNKNOWN, "no", "no"), (answer(b"", 500),))
    ]
    log.write_bytes(b"".join(rows))
    counted = duckdb.sql(
        f"SELECT daemon, COUNT(*) FROM read_json_auto('{log}', format='nd') GROUP BY daemon ORDER BY 1"
    )
    assert counted.fetchall() == [("gateway", 3), ("validatord", 3)]
    described = dict(
        duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE FROM read_json_auto('{log}'))").fetchall()
    )
    assert (described["timestamp"], described["duration_ms"]) == ("TIMESTAMP WITH TIME ZONE", "BIGINT")


def test_a_member_without_a_value_is_left_out_se_22():
    silent = SETTINGS._replace(langfuse=False)
    assert None not in row("no", max_iterations=1).values()
    assert set(row("no", max_iterations=1, settings=silent)["attempts"][0]) == {"iteration", "verdict_kind"}
