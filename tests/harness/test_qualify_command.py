"""`parity qualify` as a program, between fakes that are programs too."""

import json

import pytest
from tests.fakes.driving import PROBES
from tests.harness.qualifying import fakes, finding, program

from lakehouse_parity.cli import main
from lakehouse_parity.commands import qualify as command
from lakehouse_parity.qualify.workers import Workers
from lakehouse_parity.targets import bundled


@pytest.fixture
def qualify(tmp_path, monkeypatch, capsys):
    """Runs the command on the fakes: exit code, JSON result or None, what was said."""
    ordinary, drifting = fakes(tmp_path)
    monkeypatch.setattr(bundled, "SOURCES", ordinary)
    monkeypatch.setattr(bundled, "DRIFTING", drifting)
    monkeypatch.setattr(command, "CALLS", 4)

    def run(*arguments):
        out = tmp_path / "result.json"
        probes = ["--probes", str(PROBES), "--json", str(out), "--jobs", "2"]
        code = main(["qualify", *probes, *arguments])
        heard = capsys.readouterr()
        return code, json.loads(out.read_text()) if out.exists() else None, heard.out + heard.err

    return run


def test_drifts_that_are_caught_blamed_and_located_meet_the_target(qualify):
    code, result, said = qualify("--runtime", "rust", "--drift", "nests-error", "--drift", "no-difference")
    assert code == 0, said
    assert [(d["name"], d["runtime"], d["caught"], d["blamed"], d["located"]) for d in result["drifts"]] == [
        ("nests-error", "rust", True, True, True),
    ]
    assert [d["proof"] for d in result["equivalent"]] == ["It does nothing at all."]
    assert "control: the ordinary daemons: parity" in said
    assert "control: the drifting daemons, nothing chosen: parity" in said
    assert "QUALIFIED" in said


def test_what_is_missed_broken_or_mislaid_misses_the_target_and_is_named(qualify):
    code, result, said = qualify("--runtime", "go", "--drift", "[uhm]*")
    assert code == 1
    assert {d["name"]: (d["seen"], d["located"]) for d in result["drifts"]} == {
        "hangs-up": ("broken", False),
        "mislaid": ("caught", False),
        "unseen": ("missed", False),
    }
    assert "go unseen: missed: HT-2 has no eyes for it" in said
    assert "NOT QUALIFIED" in said


def test_the_list_is_printed_and_nothing_is_examined(qualify):
    code, result, said = qualify("--list", "--drift", "answers-*")
    assert (code, result) == (0, None)
    lines = said.splitlines()[2:]
    assert lines == [
        f"{seat} answers-created (IT-15): An accepted call is answered with 201." for seat in ("rust", "go")
    ]


def test_controls_alone_plant_nothing_and_print_their_seeds(qualify):
    code, _, said = qualify("--control", "2", "--seed", "3", "--load", "1")
    assert code == 0, said
    assert said.count("parity (") == 2
    assert said.count("--shuffle ") == 2
    assert "2 of 2 runs at parity, 1 busy processes beside them (exit 0)" in said


def test_a_control_that_is_not_at_parity_stops_everything(qualify, tmp_path):
    lying = program(tmp_path / "go", "tests.fakes.drifting", "go", "--drift", "nests-error")
    assert lying == bundled.SOURCES["go"].daemon
    code, result, said = qualify("--drift", "nests-error", "--runtime", "rust")
    assert (code, result) == (1, None)
    assert "control: the ordinary daemons: divergence" in said
    assert "nothing was planted" in said


def test_what_was_found_before_an_interrupt_is_shown(qualify, monkeypatch):
    def findings(_self, drifts, *, everything):
        assert not everything
        yield finding(planted=drifts[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(Workers, "findings", findings)
    monkeypatch.setattr(command, "_unmutated", lambda *_: 0)
    code, result, said = qualify("--runtime", "rust", "--drift", "[nu]*")
    assert (code, result) == (130, None)
    assert "interrupted when 1 of 3 drifts were examined" in said
    assert "rust nests-error: missed: IT-15 has no eyes for it" in said


def test_daemons_that_cannot_be_observed_are_exit_3(qualify, tmp_path):
    (tmp_path / "go").write_text("#!/bin/sh\nexit 7\n")
    code, result, said = qualify("--drift", "nests-error", "--runtime", "rust")
    assert (code, result) == (3, None)
    assert "go ended with 7 before it listened" in said


def test_without_the_toolchain_nothing_can_be_planted(qualify, monkeypatch):
    sources = bundled.DRIFTING
    changed = {name: bundled.replace(source, tool="no-such-tool") for name, source in sources.items()}
    monkeypatch.setattr(bundled, "DRIFTING", changed)
    code, _, said = qualify("--runtime", "go")
    assert code == 3
    assert "there is no no-such-tool on PATH: nothing can be planted" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["--jobs", "0"],
        ["--sample", "0"],
        ["--control", "0"],
        ["--load", "2"],
        ["--load", "-1", "--control", "1"],
        ["--control", "1", "--drift", "a"],
        ["--drift", "nothing-is-called-that"],
        ["--json", "/"],
    ],
)
def test_wrong_use_is_exit_2(qualify, arguments):
    code, _, said = qualify(*arguments)
    assert code == 2
    assert "parity: " in said
