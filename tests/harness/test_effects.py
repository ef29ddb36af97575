"""What is told of a run before it sends anything, and what is left out where nothing may be written."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.fakes.driving import LOCAL, ROSTER, drive, probes, roster
from tests.fakes.lying_daemon import DIALECTS, TAGS, Truth

from lakehouse_parity import effects, lossless, rosters, suite
from lakehouse_parity.asking import RUN_PREFIX
from lakehouse_parity.cli import main
from lakehouse_parity.config import Config, Runtime
from lakehouse_parity.effects import Effects
from lakehouse_parity.engine import Plan, prepared
from lakehouse_parity.model import Verdict
from lakehouse_parity.targets.reference import Reference

ROOT = Path(__file__).parents[2]
CONFIG = """\
runtimes:
  rust: {url: "http://127.0.0.1:1", daemon: gateway, json: serde_json}
  go: {url: "http://127.0.0.1:2", daemon: validatord, json: encoding/json}
roster: ROSTER
model: {listen: "127.0.0.1:3"}
"""


@pytest.fixture
def plan():
    runtimes = {seat: Runtime(seat, LOCAL, TAGS[seat], DIALECTS[seat]) for seat in TAGS}
    config = Config(runtimes, ROSTER, ollama_provider="parity-ollama")
    return Plan(config, roster(), probes(), frozenset(probe.id for probe in probes()))


def test_a_probe_causes_what_the_reference_does_for_it_wired_or_not(plan):
    caused = effects.of(plan)
    assert caused["iterate/accepted"] == Effects(rows=1, model_calls=1)
    assert caused["iterate/exhausted"] == Effects(rows=1, model_calls=2)
    assert caused["chat/teapot"] == Effects(rows=0, model_calls=1)
    for id_ in ("validate/accepted", "validate/refused", "http/malformed", "http/unknown-path"):
        assert caused[id_] == Effects()
        assert not caused[id_]


def test_effects_read_as_a_sentence():
    assert str(Effects()) == "none"
    assert str(Effects(1, 1)) == "1 session row, 1 model call"
    assert str(Effects(0, 3)) == "3 model calls"


def test_read_only_leaves_out_what_writes_or_costs_with_the_reason(plan):
    kept = effects.read_only(plan)
    assert {probe.suite for probe in kept.probes} == {"health", "validate", "http", "usage"} & {
        probe.suite for probe in plan.probes
    }
    assert len(kept.probes) + len(kept.skipped) == len(plan.probes)
    reasons = {outcome.probe.id: outcome.reason for outcome in kept.skipped}
    assert reasons["iterate/accepted"] == "read-only: it would cause 1 session row, 1 model call"
    assert {outcome.verdict for outcome in kept.skipped} == {Verdict.SKIPPED}
    assert kept.partial


def test_a_run_that_is_read_only_leaves_no_row_and_makes_no_call(plan, tmp_path):
    class Watched(Truth):
        calls = []  # noqa: RUF012  one list for the test

        def call(self, call):
            Watched.calls.append(call)
            return call

    log = tmp_path / "sessions.jsonl"
    ran = drive(Watched, Watched, log, only={probe.id for probe in effects.read_only(plan).probes})
    assert ran.drifted() == {}
    assert Watched.calls == []
    assert log.read_bytes() == b""


def row_of(probe, reference):
    return [lossless.parse(row) for row in reference.observe(prepared(probe, "1")).rows or ()]


def test_every_row_of_a_run_can_be_told_apart_by_its_session_id_or_its_provider(plan):
    names = suite.Names("parity", "parity-ollama")
    config = replace(plan.config, session_log=Path("log"), model=LOCAL)
    reference = Reference.of(config, config.runtimes["rust"], plan.roster)
    every = suite.load(ROOT / "probes", rosters.load(ROSTER), names)
    rows = [row for probe in every for row in row_of(probe, reference)]
    assert len(rows) > 500
    others = [row for row in rows if not row["session_id"].startswith(RUN_PREFIX)]
    assert len(others) < len(rows) / 5
    assert {row["provider"] for row in others} <= {"parity", "parity-ollama"}


@pytest.fixture
def dry(tmp_path, capsys):
    (tmp_path / "parity.yaml").write_text(CONFIG.replace("ROSTER", str(ROSTER)))

    def dry(*more):
        where = ["--config", str(tmp_path / "parity.yaml"), "--probes", str(ROOT / "tests/fakes/probes")]
        report = tmp_path / "dry.json"
        code = main(
            ["run", "--dry-run", *where, "--json", str(report), "--out", str(tmp_path / "out"), *more]
        )
        said = capsys.readouterr()
        return code, said, json.loads(report.read_text()) if code == 0 else None

    return dry


def test_a_dry_run_lists_what_would_be_sent_and_sends_and_writes_nothing(dry, tmp_path):
    code, said, report = dry()
    assert code == 0
    assert "iterate/accepted: POST /v1/iterate, " in said.out
    assert "bytes; causes 1 session row, 1 model call\n" in said.out
    assert said.out.endswith("nothing was sent\n")
    assert not (tmp_path / "out").exists()
    assert report["schema"] == "lakehouse-parity/dry-run/v1"
    [accepted] = [request for request in report["requests"] if request["probe"] == "iterate/accepted"]
    assert (accepted["method"], accepted["path"]) == ("POST", "/v1/iterate")
    assert (accepted["session_rows"], accepted["model_calls"]) == (1, 1)
    assert accepted["bytes"] > 100
    assert accepted["trace_id"].startswith(RUN_PREFIX)
    assert report["session_rows"] == sum(request["session_rows"] for request in report["requests"])
    assert {"probe": "iterate/ollama", "reason": "not wired: ollama"} in report["skipped"]


def test_a_dry_run_goes_by_the_same_choice_as_the_run(dry):
    _, _, report = dry("--suite", "validate")
    assert {request["probe"].partition("/")[0] for request in report["requests"]} == {"validate"}


def test_a_dry_run_that_is_read_only_causes_nothing(dry):
    _, said, report = dry("--read-only")
    assert (report["session_rows"], report["model_calls"]) == (0, 0)
    assert "each runtime would cause: none" in said.out
    assert any(entry["reason"].startswith("read-only: ") for entry in report["skipped"])


def test_a_dry_run_of_a_real_model_tells_of_its_calls(dry):
    _, _, report = dry("--live-model", "openai/some-model")
    assert report["model_calls"] > 0
    assert all(
        request["probe"].startswith("iterate/") for request in report["requests"] if request["model_calls"]
    )


def test_a_real_model_is_not_for_a_run_that_is_read_only(dry):
    code, said, _ = dry("--live-model", "openai/some-model", "--read-only")
    assert code == 2
    assert "--live-model calls a model and appends rows, which --read-only leaves out" in said.err
