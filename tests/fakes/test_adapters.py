"""Extraction adapters that lie, beside runtimes that do not: seen, blamed, and told from broken ones."""

import sys

import pytest
from tests.fakes.driving import drive
from tests.fakes.lying_daemon import Truth

PROBE = "extract/numbers"

ADAPTER = """\
import json, os, sys
from lakehouse_spec.dialects import Dialect, serialise
from lakehouse_spec.extract import extract
dialect = Dialect(sys.argv[1])
for line in sys.stdin:
    asked = json.loads(line)
    value = extract(asked["raw"], dialect)
    id, found = asked["id"], value is not None
    LIE
    said = serialise({"id": id, "found": found, "value": value}, dialect)
    print(said, flush=True)
"""
TRUTH = "pass"


@pytest.fixture
def run(tmp_path):
    def run(**lies):
        """A run of the one probe; only the seats that are named have an adapter."""
        adapters = {}
        for seat, lie in lies.items():
            script = tmp_path / f"{seat}.py"
            script.write_text(ADAPTER.replace("LIE", lie))
            dialect = {"rust": "serde_json", "go": "encoding/json"}[seat]
            adapters[seat] = (sys.executable, str(script), dialect)
        ran = drive(Truth, Truth, tmp_path / "log", only=[PROBE], adapters=adapters, seconds=5.0)
        return ran.outcomes[PROBE]

    return run


def test_adapters_that_tell_the_truth_are_at_parity(run):
    assert run(rust=TRUTH, go=TRUTH).verdict.value == "parity"


@pytest.mark.parametrize("seat", ["rust", "go"])
def test_an_adapter_alone_is_compared_alone(run, seat):
    assert run(**{seat: TRUTH}).verdict.value == "parity"
    outcome = run(**{seat: "found, value = False, None"})
    assert outcome.verdict.value == f"{seat}_drift"
    assert {d.surface.value for d in outcome.differences} == {"extraction"}


LIES = {
    "finds nothing": ("found, value = False, None", "$.found"),
    "finds another value": ("value['a'] = 8", "$.value.a"),
    "spells a number": ("value['a'] = '7'", "$.value.a"),
    "loses a member": ("del value['a']", "$.value.a"),
    "finds null": ("value = None", "$.value"),
    "says that it found nothing, and says what": ("found = False", "$.found"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_adapter_that_lies_is_caught_at_its_place(run, lie):
    told, path = LIES[lie]
    outcome = run(rust=TRUTH, go=told)
    assert outcome.verdict.value == "go_drift"
    assert (path, "extraction") in [(d.path, d.surface.value) for d in outcome.differences]


@pytest.mark.parametrize("broken", ["os._exit(1)", "id = 0", "print('hello')", "continue"])
def test_an_adapter_that_breaks_is_broken_and_no_drift(tmp_path, broken):
    script = tmp_path / "adapter.py"
    script.write_text(ADAPTER.replace("LIE", broken))
    adapters = {"rust": (sys.executable, str(script), "serde_json")}
    ran = drive(Truth, Truth, tmp_path / "log", only=[PROBE], adapters=adapters, seconds=3.0, deadline=0.3)
    outcome = ran.outcomes[PROBE]
    assert outcome.verdict.value == "broken"
    assert outcome.reason.startswith("rust: adapter ")
    assert ran.summary.exit_code == 3
