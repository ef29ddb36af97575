"""`parity show`: one probe whole, on a terminal, in a pipe and as JSON, and nothing else is read."""

import io
import json

import pytest
from rich.console import Console
from tests.harness.making import bodies, call, observed, outcome, probe, row, sides, span
from tests.harness.running import FACTS, HOSTILE

from lakehouse_parity import recording
from lakehouse_parity.cli import main
from lakehouse_parity.commands import show
from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.model import Outcome, Request, Verdict
from lakehouse_parity.recorded import read

POST = Request("POST", "/v1/iterate", ((b"Content-Type", b"application/json"),), b'{"kind":"fill"}')


def judged(seen, id_="iterate/one", **members):
    return Judged(Outcome(probe(id_, request=POST, **members), Verdict.PARITY, "then"), seen)


@pytest.fixture
def recorded(tmp_path):
    path = tmp_path / "recording.jsonl"

    def recorded(*events):
        with path.open("w") as file:
            recorder = recording.Recorder(file)
            for event in (Started("2026-01-02T03:04:05+00:00", FACTS, len(events)), *events, Finished(7)):
                recorder(event)
        return path

    return recorded


@pytest.fixture
def shown(recorded, tmp_path, monkeypatch):
    def shown(pattern, *events, width=100, terminal=False):
        path, file = recorded(*events), io.StringIO()
        console = Console(file=file, width=width, highlight=False, force_terminal=terminal, color_system=None)
        monkeypatch.setattr(show.terminal, "screen", lambda: console)
        assert main(["show", pattern, "--recording", str(path), "--probes", str(tmp_path)]) == 0
        return file.getvalue()

    return shown


WHOLE = judged(
    sides(
        observed('{"a":1.0}', model_requests=(call('{"m":1}'),), rows=(row(verdict="x"),), spans=(span(),)),
        observed('{"a":2}', model_requests=(call('{"m":1}'), call('{"m":2}'))),
        observed('{"a":2}'),
    ),
    why="Because.",
)


def test_it_tells_request_answers_evidence_differences_clause_and_command(shown):
    text = shown("iterate/one", WHOLE)
    lines = text.splitlines()
    assert lines[:4] == [
        "iterate/one  split",
        "no two agree everywhere",
        "recorded as parity; judged by today's rules and known list",
        "Because.",
    ]
    titles = [line.strip("= ") for line in lines if line.startswith("== ")]
    assert titles == [
        "Differences", "Request", "Answers", "Model requests", "Session rows", "Spans", "Clauses", "Again",
    ]  # fmt: skip
    assert "               rust  1.0" in lines
    assert "                 go  2" in lines
    assert any(line.startswith("             clause  IT-15: Accepted: status 200") for line in lines)
    assert "  POST /v1/iterate" in lines
    assert "  parity run --probe iterate/one" in lines
    assert any(line.startswith("  curl -sSi -X POST") and line.endswith(":3100/v1/iterate") for line in lines)


def test_a_body_that_another_side_has_too_is_told_once(shown):
    lines = shown("iterate/one", WHOLE).splitlines()
    answers = lines[lines.index("== Answers ==") : lines.index("== Model requests ==")]
    assert answers[1:] == [
        "rust", "  200", "  content-type: application/json", "  {", '    "a": 1.0', "  }",
        "go", "  200", "  content-type: application/json", "  {", '    "a": 2', "  }",
        "reference", "  200", "  content-type: application/json", "  (the same 7 bytes as go)", "",
    ]  # fmt: skip


def test_what_a_side_did_not_send_is_told_as_none(shown):
    lines = shown("iterate/one", WHOLE).splitlines()
    calls = lines[lines.index("== Model requests ==") : lines.index("== Session rows ==")]
    assert calls[-3:-1] == ["reference", "  none"]
    assert "  $[1]" in calls


@pytest.mark.parametrize("width", [80, 100, 120])
def test_on_a_terminal_every_line_but_the_commands_fits(shown, width):
    long = judged(bodies(*(json.dumps({"a": letter * 3000}) for letter in "xyy")))
    lines = shown("iterate/one", long, width=width, terminal=True).splitlines()
    assert max(len(line) for line in lines if "curl" not in line) <= width


def test_in_a_pipe_no_line_is_folded(shown):
    long = judged(bodies('{"a":1}', '{"a":"' + "x" * 500 + '"}', '{"a":1}'))
    assert '    "a": "' + "x" * 500 + '"' in shown("iterate/one", long, width=40).splitlines()


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_that_was_seen_reaches_the_terminal_as_a_command(shown, terminal):
    hostile = HOSTILE.replace("\ud800", "")
    seen = sides(
        observed(hostile, model_requests=(call(hostile, path=f"/{hostile}", headers=(("x", hostile),)),)),
        observed(b"\x1b\xff", rows=(hostile.encode(),), failure=""),
    )
    text = shown("iterate/one", judged(seen, why=hostile), terminal=terminal)
    assert "\\x1b[31mred\\x07\\x00\\u202e" in text
    assert not set(text) & set("\x1b\x07\x00\u202e")


def test_lexemes_repeated_members_and_order_stay_as_they_were(shown):
    body = '{"b":1.50,"a":[],"b":-0,"c":{},"d":"x:{\\"y\\"}"}'
    lines = shown("iterate/one", judged(bodies(body, body, body))).splitlines()
    start = lines.index('    "b": 1.50,')
    assert lines[start : start + 5] == [
        '    "b": 1.50,', '    "a": [],', '    "b": -0,', '    "c": {},', '    "d": "x:{\\"y\\"}"',
    ]  # fmt: skip


def test_a_pattern_shows_every_probe_that_matches(shown):
    events = [judged(bodies("1", "1", "1"), f"iterate/{name}") for name in ("one", "two", "other")]
    text = shown("iterate/t*", *events)
    assert [line for line in text.splitlines() if line.startswith("iterate/")] == ["iterate/two  parity"]


def test_a_probe_that_was_skipped_is_shown_with_its_reason(shown):
    skipped = Judged(outcome(Verdict.SKIPPED, reason="not wired: model"))
    assert shown("iterate/one", skipped).splitlines()[:2] == ["iterate/one  skipped", "not wired: model"]


def test_as_json_it_has_the_bytes_and_the_outcome(recorded, tmp_path, capsys):
    path = recorded(WHOLE)
    assert main(["show", "iterate/*", "--recording", str(path), "--probes", str(tmp_path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["schema"] == "lakehouse-parity/probe/v1"
    [found] = printed["probes"]
    assert (found["verdict"], found["recorded_verdict"]) == ("split", "parity")
    [difference] = [each for each in found["differences"] if each["path"] == "$.a"]
    assert difference["lexemes"] == {"rust": "1.0", "go": "2", "reference": "2"}
    assert found["request"]["body"] == {"text": '{"kind":"fill"}'}
    assert found["seen"]["rust"]["answer"]["body"] == {"text": '{"a":1.0}'}
    assert found["sentences"]["IT-15"].startswith("Accepted")
    assert found["again"]["probe"] == "parity run --probe iterate/one"


def test_as_json_it_can_go_to_a_file(recorded, tmp_path):
    path, place = recorded(WHOLE), tmp_path / "probe.json"
    arguments = [
        "show",
        "iterate/one",
        "--recording",
        str(path),
        "--probes",
        str(tmp_path),
        "--json",
        str(place),
    ]
    assert main(arguments) == 0
    assert json.loads(place.read_text())["probes"][0]["probe"] == "iterate/one"


def test_where_nothing_matches_the_names_that_come_close_are_told(recorded, tmp_path, capsys):
    names = ("iterate/retry-after-no-json", "iterate/accepted", "chat/retry")
    path = recorded(*(judged(bodies("1", "1", "1"), name) for name in names))
    assert main(["show", "retry-after-no-json", "--recording", str(path)]) == 2
    assert (
        "no probe matches 'retry-after-no-json'; did you mean iterate/retry-after-no-json"
        in capsys.readouterr().err
    )
    assert main(["show", "iterate/acepted", "--recording", str(path)]) == 2
    assert "did you mean iterate/accepted" in capsys.readouterr().err
    assert main(["show", "zzzzzz", "--recording", str(path)]) == 2
    assert "no probe matches 'zzzzzz'; it has 3 probes" in capsys.readouterr().err


def test_a_recording_that_is_not_there_is_a_mistake(tmp_path, capsys):
    assert main(["show", "a/b", "--recording", str(tmp_path / "none")]) == 2
    assert "cannot be read: No such file or directory" in capsys.readouterr().err


def test_the_lines_of_other_probes_are_not_read(tmp_path):
    path = tmp_path / "recording.jsonl"
    broken = '{"probe":{"id":"a/other", this is no JSON\n'
    path.write_text('{"schema":"lakehouse-parity/recording/v1"}\n' + broken * 3)
    asked = []
    assert list(read(path, asked.append)) == []
    assert asked == ["a/other"] * 3


def test_a_line_that_was_written_otherwise_is_read_all_the_same(recorded, tmp_path):
    path = recorded(WHOLE)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(line, indent=None, separators=(", ", ": ")) + "\n" for line in lines))
    found = list(read(path, lambda name: name == "iterate/one"))
    assert isinstance(found[1], Judged)
