"""The parts of the soak: calls, the log, lines taken apart, what a kill explains, what the command takes."""

import json
from contextlib import closing

import pytest
from msgspec.structs import replace
from tests.fakes.driving import LOCAL, ROSTER, roster

from lakehouse_parity import cli
from lakehouse_parity.config import Config, Runtime
from lakehouse_parity.errors import Mistake, Unobservable
from lakehouse_parity.model import RUNTIMES
from lakehouse_parity.soak import lines
from lakehouse_parity.soak.calls import Calls
from lakehouse_parity.soak.findings import Finding, Result
from lakehouse_parity.soak.load import Load
from lakehouse_parity.soak.log import Line, Log
from lakehouse_parity.soak.rows import Rows, pieces
from lakehouse_parity.soak.seats import Ending, Seat
from lakehouse_parity.targets.reference import Reference
from lakehouse_spec.dialects import Dialect

SEATS = {
    "rust": Runtime("rust", LOCAL, "gateway", Dialect.SERDE_JSON),
    "go": Runtime("go", LOCAL, "validatord", Dialect.ENCODING_JSON),
}
CONFIG = Config(runtimes=SEATS, roster=ROSTER, session_log=ROSTER, model=LOCAL)
LOAD = Load(calls=300, minted=20, run="abcd1234")
CALLS = Calls(LOAD, CONFIG, roster())
TAGS = {"gateway": "rust", "validatord": "go"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.jsonl"


def observed(number, seat="rust"):
    return Reference.of(CONFIG, SEATS[seat], roster()).observe(CALLS[number].probe)


def test_a_call_is_the_same_each_time_and_no_two_are_alike():
    again = Calls(LOAD, CONFIG, roster())
    bodies = [CALLS[number].probe.request.body for number in range(len(CALLS))]
    assert bodies == [again[number].probe.request.body for number in range(len(CALLS))]
    assert len(set(bodies)) == len(bodies)


def test_another_seed_is_another_mixture_and_another_run_has_other_marks():
    other, later = (
        Calls(replace(LOAD, **change), CONFIG, roster()) for change in ({"seed": 1}, {"run": "x"})
    )
    assert [CALLS[n].probe.script for n in range(50)] != [other[n].probe.script for n in range(50)]
    assert CALLS[0].mark != later[0].mark


def test_every_text_of_a_call_bears_its_mark_and_no_other():
    for number in range(60):
        probe = CALLS[number].probe
        said = b"".join([probe.request.body, *(str(step.content).encode() for step in probe.script)])
        assert CALLS.marks(said) == {number}


def test_the_mixture_has_every_ending_and_rows_from_small_to_beyond_64_kib():
    rows = [json.loads(observed(number).rows[0]) for number in range(len(CALLS))]
    endings = {(row["final_verdict"], row["iterations"]) for row in rows}
    assert endings >= {
        ("accepted", 1),
        ("accepted", 2),
        ("accepted", 3),
        ("max_iter_exhausted", 3),
        ("infra_error", 0),
    }
    sizes = [len(json.dumps(row, ensure_ascii=False).encode()) for row in rows]
    assert min(sizes) < 400
    assert max(sizes) > 64 * 1024


def test_both_dialects_say_the_same_of_every_call():
    for number in range(len(CALLS)):
        rust, go = observed(number), observed(number, "go")
        assert rust.rows[0].replace(b'"daemon":"gateway"', b'"daemon":"validatord"') == go.rows[0]
        assert (rust.answer, rust.model_requests) == (go.answer, go.model_requests)


@pytest.mark.parametrize(
    "wrong", [{"calls": 0}, {"concurrency": 0}, {"minted": -1}, {"restarts": -1}, {"calls": 10**7}]
)
def test_a_load_that_is_none_is_a_mistake(wrong):
    with pytest.raises(Mistake):
        Load(**wrong)


def read(path, *writes):
    found = []
    with closing(Log(path)) as log:
        log.open()
        for write in writes:
            write()
            found += log.read()
        found += log.rest()
    return [(line.number, line.offset, line.data, line.ended) for line in found]


def test_lines_are_read_from_where_the_log_ended_and_know_their_place(path):
    path.write_bytes(b"before\n")

    def append(data):
        def write():
            with path.open("ab") as file:
                file.write(data)

        return write

    assert read(path, append(b"a\nbc"), append(b"d\n"), append(b"e")) == [
        (1, 7, b"a", True),
        (2, 9, b"bcd", True),
        (3, 13, b"e", False),
    ]


def test_a_log_that_is_not_there_yet_is_read_from_its_beginning(path):
    assert read(path, lambda: None, lambda: path.write_bytes(b"a\n")) == [(1, 0, b"a", True)]


@pytest.mark.parametrize(
    ("accident", "told"),
    [
        (lambda path: path.rename(path.with_suffix(".1")), "was moved away"),
        (lambda path: path.write_bytes(b""), "was truncated"),
    ],
)
def test_a_log_that_is_moved_or_truncated_meanwhile_leaves_no_verdict(path, accident, told):
    path.write_bytes(b"before\n")
    with pytest.raises(Unobservable, match=told):
        read(path, lambda: accident(path))


def test_a_log_that_cannot_be_read_leaves_no_verdict(path):
    path.mkdir()
    with pytest.raises(Unobservable, match="cannot be read: Is a directory"):
        Log(path).open()


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (lambda path: path.write_bytes(path.read_bytes() + b"and more\n"), ""),
        (lambda path: path.write_bytes(b""), "was truncated"),
        (lambda path: path.write_bytes(b"another log that is at least as long\n"), "was written over"),
        (lambda path: path.rename(path.with_suffix(".1")), "was moved away"),
        (lambda path: path.replace(path.with_suffix(".1")).with_name(path.name).touch(), "was moved away"),
    ],
)
def test_a_log_keeps_what_it_held_or_it_is_said_what_became_of_it(path, happens, told):
    path.write_bytes(b"what stood there before\n")
    with closing(Log(path)) as log:
        mark = log.mark()
        happens(path)
        assert log.lost(mark) == told


def test_a_log_that_was_not_there_has_nothing_to_lose(path):
    with closing(Log(path)) as log:
        mark = log.mark()
        path.write_bytes(b"the first\n")
        assert log.lost(mark) == ""


def row(number, runtime="rust", **members):
    tag = {"rust": "gateway", "go": "validatord"}[runtime]
    mark = CALLS.mark(number)
    told = {
        "schema": "s",
        "session_id": f"parity-{mark}",
        "daemon": tag,
        "prompt": f"{mark} {mark}",
        "attempts": [],
    }
    return json.dumps({**told, **members}, separators=(",", ":")).encode()


def parts(data):
    return [(piece.text.encode(), piece.row is not None) for piece in pieces(data)]


def test_a_line_is_taken_apart_into_whole_rows_and_fragments():
    one, two = row(1), row(2, "go")
    assert parts(one[:40] + two) == [(one[:40], False), (two, True)]
    assert parts(one + two) == [(one, True), (two, True)]
    assert parts(one[40:]) == [(one[40:], False)]
    assert parts(one[:60] + two[:50] + one[60:]) == [(one[:60] + two[:50] + one[60:], False)]
    assert parts(b"") == []


def sort(*data, killed=(), answered=(), left=(), starts=()):
    """The findings and what was tolerated, of lines with these bytes."""
    rows, offset = Rows(CALLS, TAGS), 0
    for number, each in enumerate(data, 1):
        rows.take(Line(number, offset, each))
        offset += len(each) + 1
    rows.settle(RUNTIMES)
    seats = {name: Seat(runtime, 1, None) for name, runtime in SEATS.items()}
    for runtime, number in answered:
        seats[runtime].answers[number] = None
    for runtime, number in killed:
        seats[runtime].endings.append(Ending(runtime, killed=True, flying=frozenset([number])))
    for runtime, number in left:
        seats[runtime].left.add(number)
        seats[runtime]._lives[number] = 0
    for runtime, window in starts:
        seats[runtime].starts.append(window)
    tolerated = []
    return [*lines.findings(rows, seats, tolerated)], tolerated


def blame(*data, **around):
    return [(each.rule, each.runtime, each.line) for each in sort(*data, **around)[0]]


def test_who_wrote_in_one_piece_is_not_to_blame_for_what_stands_around_it():
    torn, whole = row(1), row(1, "go")
    both = [("rust", 1), ("go", 1)]
    found = blame(torn[:70] + whole, torn[70:], answered=both)
    assert found == [("spliced-line", "rust", 1), ("torn-line", "rust", 2), ("row-missing", "rust", None)]
    found = blame(torn[:20] + whole, torn[20:], answered=both)
    assert {runtime for _, runtime, _ in found} == {"rust"}


def test_a_line_feed_that_came_too_late_is_the_fault_of_who_wrote_the_row_before_it():
    assert blame(row(1) + row(2, "go"), b"") == [("spliced-line", "rust", 1), ("blank-line", "rust", 2)]
    assert blame(row(2, "go") + row(1), b"") == [("spliced-line", "go", 1), ("blank-line", "go", 2)]


def test_who_does_not_append_is_to_blame_for_what_its_rows_were_written_over():
    over, under = row(1), row(2, "go", artifact={"note": CALLS.mark(2)})
    both = [("rust", 1), ("go", 2)]
    found = blame(over, under[60:], answered=both)
    assert found == [("torn-line", "rust", 2), ("row-missing", "rust", None)]
    head, rest = under[:40], under[90:]
    found = blame(head + over, rest, answered=both)
    assert {runtime for _, runtime, _ in found} == {"rust"}


def test_a_piece_of_a_row_whose_other_pieces_are_there_was_not_written_over():
    torn, whole = row(1), row(2, "go")
    found = blame(torn[:60] + whole, torn[60:], answered=[("rust", 1), ("go", 2)])
    assert "go" not in {runtime for _, runtime, _ in found}


def test_a_piece_whose_beginning_stands_in_front_of_another_rows_was_not_written_over():
    first, second, whole = row(1, "go", session_id="minted"), row(2, "go"), row(3)
    cut = first.index(CALLS.mark(1).encode())
    found = blame(
        first[:cut] + second[:90] + whole,
        first[cut:],
        second[90:],
        answered=[("go", 1), ("go", 2), ("rust", 3)],
    )
    assert {runtime for _, runtime, _ in found} == {"go"}


def test_where_rests_stand_behind_rows_of_both_nobody_can_tell_who_wrote_over_them():
    found = blame(row(1), row(2, "go")[60:], row(3, "go"), row(4)[60:], answered=[("go", 2), ("rust", 4)])
    assert {runtime for rule, runtime, _ in found if rule == "row-missing"} == {"go", "rust"}


STARTED = [("go", (0, 40))]
"""The Go daemon ended and started while the log had up to 40 bytes."""


@pytest.mark.parametrize(
    ("line", "rule"),
    [(b"", "blank-line"), (b'{"event":"started"}', "line-at-start"), (b"# started", "torn-line")],
)
def test_who_starts_writes_nothing_but_rows(line, rule):
    assert blame(line, row(1), starts=STARTED) == [(rule, "go", 1)]


def test_a_line_of_no_call_that_came_at_another_time_is_no_concern():
    assert blame(row(1), b'{"event":"started"}', starts=STARTED) == []


def test_a_start_is_not_to_blame_for_what_comes_without_one_too():
    assert blame(b"", row(1), b"", starts=STARTED) == [("blank-line", "", 1), ("blank-line", "", 3)]


def test_a_start_is_not_to_blame_where_the_other_tears_lines():
    torn = row(1) + row(2, "go")
    assert blame(b"", torn, starts=STARTED) == [("blank-line", "rust", 1), ("spliced-line", "rust", 2)]


def test_where_both_started_nobody_can_tell_whose_line_it_is():
    assert blame(b'{"event":"started"}', starts=[*STARTED, ("rust", (0, 40))]) == []


def test_a_call_that_its_caller_left_has_its_row():
    assert blame(row(1, "go"), left=[("go", 1)]) == []
    assert blame(left=[("go", 1)]) == [("row-missing", "go", None)]
    assert blame(left=[("go", 1)], killed=[("go", 2)]) == [], "it was ended since, maybe under the call"


def test_a_row_with_nobodys_tag_is_of_the_runtime_that_has_none():
    rows = Rows(CALLS, TAGS)
    rows.take(Line(1, 0, row(1, "go")))
    rows.take(Line(2, 0, row(1, daemon="other")))
    rows.settle(RUNTIMES)
    assert {owner: len(lines) for owner, lines in rows.own.items()} == {("go", 1): 1, ("rust", 1): 1}


def test_rows_of_other_calls_are_no_concern():
    rows = Rows(CALLS, TAGS)
    rows.take(Line(1, 0, b'{"session_id":"x","daemon":"gateway","prompt":"P"}'))
    assert (len(rows.strangers), dict(rows.own)) == (1, {})


def test_a_piece_of_a_row_of_a_killed_daemon_is_tolerated_and_said():
    cut = row(3)[:90]
    found, tolerated = sort(cut + row(4, "go"), killed=[("rust", 3)], answered=[("go", 4)])
    assert found == []
    assert tolerated[0].startswith("line 1: a daemon was killed while it wrote")


@pytest.mark.parametrize("killed", [[], [("rust", 5)], [("go", 3)]])
def test_a_piece_of_a_row_that_no_kill_explains_is_a_finding(killed):
    assert blame(row(3)[:90], row(3, "go"), killed=killed) == [("torn-line", "rust", 1)]


def test_a_kill_explains_one_piece_and_no_more():
    cut = row(3)[:90]
    assert blame(cut, cut, row(3, "go"), killed=[("rust", 3)]) == [("torn-line", "rust", 2)]


def test_all_findings_are_counted_and_no_verdict_beats_them():
    result = Result(LOAD)
    assert (result.exit_code, result.verdict) == (0, "sound")
    for _ in range(1500):
        result.add(Finding("row-twice", "SE-1", "go", "…"))
    assert (result.exit_code, len(result.findings), result.to_json()["counts"][0]["times"]) == (1, 1000, 1500)
    result.unobserved.append("go did not answer")
    assert (result.exit_code, result.verdict) == (3, "no_verdict")


CONFIGURATION = """
runtimes:
  rust: {url: "http://127.0.0.1:1", daemon: gateway, json: serde_json}
  go: {url: "http://127.0.0.1:1", daemon: validatord, json: encoding/json}
roster: %s
"""


@pytest.mark.parametrize(
    ("more", "options", "code", "told"),
    [
        ("", ["--restarts", "2"], 2, "--restarts needs --bundled"),
        ("", ["--calls", "0"], 2, "--calls has to be at least 1"),
        ("", [], 3, "the configuration has no `model`"),
        ("model: {listen: '127.0.0.1:0'}", [], 3, "rust at http://127.0.0.1:1 does not answer"),
    ],
)
def test_the_command_says_why_it_cannot_begin(path, capsys, more, options, code, told):  # noqa: PLR0913, PLR0917
    path.write_text(CONFIGURATION % ROSTER + more)
    assert cli.main(["sessions", "soak", "--config", str(path), *options]) == code
    assert told in capsys.readouterr().err
