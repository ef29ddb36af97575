"""`parity doctor` finds each thing that is not as a run needs it, and says what to do about it."""

import asyncio
import contextlib
import dataclasses
import json
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.fakes.driving import ROSTER, roster
from tests.fakes.lying_daemon import DIALECTS, TAGS, LyingDaemon, Surroundings, Truth
from tests.harness.sockets import free_address

from lakehouse_parity import config as configuration
from lakehouse_parity.cli import main
from lakehouse_parity.config import Config, Langfuse, Runtime
from lakehouse_parity.doctor.check import State, exit_code
from lakehouse_parity.doctor.examination import examine
from lakehouse_parity.errors import Place
from lakehouse_parity.model import RUNTIMES
from lakehouse_spec.roster import Roster

PROBES = Path(__file__).parents[1] / "fakes" / "probes"
SECONDS = 0.3
"""How long evidence is awaited that does not come."""


@pytest.fixture
def wired(tmp_path):
    """A configuration with everything in it, for daemons on ports that are still free."""
    runtimes = {
        seat: Runtime(seat, free_address(), TAGS[seat], DIALECTS[seat], place=Place("parity.yaml", number))
        for number, seat in enumerate(RUNTIMES, 2)
    }
    return Config(
        runtimes,
        ROSTER,
        session_log=tmp_path / "sessions.jsonl",
        model=free_address(),
        ollama_provider="parity-ollama",
        langfuse=Langfuse(free_address(), "pk-parity", "sk-parity"),
    )


class Patient:
    """What `examine` finds of two daemons that are wired as they should be, but for what a test changes."""

    def __init__(self, config):
        self.config = config
        self.around = Surroundings(
            roster(), config.model, config.langfuse and config.langfuse.listen, config.session_log
        )
        self.rust = self.go = Truth
        self.rust_around = None
        self.rust_calls_as = "rust"

    def found(self, seconds=5.0):
        """The checks by name."""
        checks = asyncio.run(self._examine(seconds))
        self.code = exit_code(checks)
        return {check.name: check for check in checks}

    def bad(self, seconds=5.0):
        return {name: check for name, check in self.found(seconds).items() if check.state is State.BAD}

    async def _examine(self, seconds):
        async with contextlib.AsyncExitStack() as stage:
            runtimes = dict(self.config.runtimes)
            for seat, truth in (("rust", self.rust), ("go", self.go)):
                if truth is not None:
                    around = (self.rust_around if seat == "rust" else None) or self.around
                    daemon = LyingDaemon(seat, around, truth(seat))
                    daemon._seat = self.rust_calls_as if seat == "rust" else seat
                    address = await stage.enter_async_context(daemon)
                    runtimes[seat] = replace(runtimes[seat], address=address)
            return await examine(replace(self.config, runtimes=runtimes), PROBES, seconds)


@pytest.fixture
def patient(wired):
    return Patient(wired)


def test_where_all_is_well_everything_is_checked_and_nothing_is_wrong(patient):
    found = patient.found()
    assert {name for name, check in found.items() if check.state is State.LEFT} == {
        "rust: adapter",
        "go: adapter",
    }
    assert [check.told for check in found.values() if check.state is State.BAD] == []
    assert patient.code == 0
    assert found["rust: up"].told.startswith("gateway fake at http://127.0.0.1:")
    assert found["go: model"].told == "a scripted call went through as POST /v1/chat/completions"
    assert found["go: ollama"].told == "a scripted call went through as POST /api/chat"
    assert found["rust: session log"].told.endswith("sessions.jsonl, tagged 'gateway'")
    assert found["rust: clock"].told == "within 0.002 s of this machine's, by its span"


def test_a_daemon_that_is_down_leaves_the_rest_of_it_unchecked_and_the_other_is_checked(patient):
    patient.go = None
    found = patient.found()
    assert found["go: up"].told.startswith("nothing usable at http://127.0.0.1:")
    assert found["go: up"].remedy == (
        "start it, or correct parity.yaml:3; `parity up go` starts the bundled one"
    )
    assert {check.told for name, check in found.items() if name.startswith("go: ")} >= {
        "not checked: go is down"
    }
    assert found["rust: model"].state is State.GOOD
    assert patient.code == 3


class Unwell(Truth):
    def handled(self, handled):
        health = b'"version"' in handled.answer.body
        return handled._replace(answer=handled.answer._replace(status=503)) if health else handled


def test_a_daemon_that_says_that_it_is_not_well_is_as_good_as_down(patient):
    patient.rust = Unwell
    assert patient.bad()["rust: up"].told.endswith("GET /health answered 503")


def test_a_daemon_with_another_tag_is_told_with_both(patient):
    runtimes = patient.config.runtimes
    other = {**runtimes, "rust": replace(runtimes["rust"], daemon="gateway-2")}
    patient.config = replace(patient.config, runtimes=other)
    bad = patient.bad()
    assert set(bad) == {"rust: tag", "rust: session log"}
    assert bad["rust: tag"].told == "calls itself 'gateway', expected 'gateway-2'"
    assert bad["rust: tag"].remedy.startswith("correct `daemon` near parity.yaml:2")
    assert bad["rust: session log"].told == "its row is tagged 'gateway', expected 'gateway-2'"
    assert patient.code == 3


def test_a_provider_that_the_daemons_do_not_know_is_told_with_what_they_answered(patient):
    patient.config = replace(patient.config, provider="elsewhere")
    bad = patient.bad(SECONDS)
    assert set(bad) == {"rust: model", "go: model"}
    assert "no model call reached the harness; it answered 502: /v1/chat hop failed" in bad["go: model"].told
    assert "unknown provider 'elsewhere'" in bad["go: model"].told
    base = f"http://{patient.config.model}/go"
    assert bad["go: model"].remedy.startswith(f"give it a provider 'elsewhere' with the base URL {base}")


def test_an_ollama_provider_that_the_daemons_do_not_know_is_told(patient):
    patient.config = replace(patient.config, ollama_provider="parity")
    bad = patient.bad()
    assert set(bad) == {"rust: ollama", "go: ollama"}
    assert bad["go: ollama"].told == "it asked POST /v1/chat/completions, which is not Ollama's shape"


def test_a_base_url_that_names_the_other_runtime_is_told(patient):
    patient.rust_calls_as = "go"
    bad = patient.bad(SECONDS)
    assert bad["rust: model"].told == "its model calls come as go's"
    assert bad["rust: model"].remedy.endswith(f"be http://{patient.config.model}/rust")


def test_a_daemon_that_logs_elsewhere_is_told_and_the_other_is_not(patient, tmp_path):
    patient.rust_around = dataclasses.replace(patient.around, log=tmp_path / "other.jsonl")
    bad = patient.bad(SECONDS)
    assert set(bad) == {"rust: session log"}
    assert bad["rust: session log"].told.startswith("no row of its call came to ")
    assert bad["rust: session log"].remedy.startswith(
        f"set its session_log_path to {tmp_path}/sessions.jsonl"
    )


def test_other_langfuse_keys_are_told_as_such(patient):
    listen = patient.config.langfuse.listen
    patient.config = replace(patient.config, langfuse=Langfuse(listen, "pk-other", "sk-other"))
    bad = patient.bad(SECONDS)
    assert set(bad) == {"rust: langfuse", "go: langfuse"}
    assert "the keys are not those of `langfuse` in the configuration" in bad["go: langfuse"].told


@pytest.mark.parametrize(("base", "whose"), [("/go", "go"), ("", "nobody")])
def test_a_langfuse_base_url_that_names_another_or_nobody_is_told(patient, base, whose):
    class Astray(Truth):
        def __init__(self, seat):
            super().__init__(seat)
            self.base = base

    patient.rust = Astray
    bad = patient.bad(SECONDS)
    assert bad["rust: langfuse"].told == f"its spans come as {whose}'s"
    assert bad["rust: langfuse"].remedy.endswith(f"be http://{patient.config.langfuse.listen}/rust")


def test_a_daemon_that_sends_no_spans_is_told(patient):
    patient.rust_around = dataclasses.replace(patient.around, langfuse=free_address())
    assert patient.bad(SECONDS)["rust: langfuse"].told.startswith("no span of its call came within 0.3 s")


@pytest.mark.parametrize("other", [Roster(roster().workers[1:]), Roster(())], ids=["one less", "empty"])
def test_another_roster_is_told_with_the_worker_that_shows_it(patient, other):
    patient.rust_around = dataclasses.replace(patient.around, roster=other)
    bad = patient.bad()
    assert set(bad) == {"rust: roster"}
    assert bad["rust: roster"].told.startswith(
        f"asked about {roster().workers[0].worker_id!r} it answered 422 in place of 200"
    )
    assert str(ROSTER) in bad["rust: roster"].remedy


def test_a_daemon_that_knows_everybody_is_told(patient):
    class Gullible(Truth):
        def handled(self, handled):
            known = b"parity-doctor" in handled.answer.body and handled.answer.status == 422
            return handled._replace(answer=handled.answer._replace(status=200)) if known else handled

    patient.go = Gullible
    assert "it answered 200 in place of 422" in patient.bad()["go: roster"].told


MINUTES = timedelta(minutes=7)


class WrongSpans(Truth):
    def spans(self, bodies):
        moments = [{key: _moved(body[key], MINUTES) for key in ("startTime", "endTime")} for body in bodies]
        return [{**body, **moved} for body, moved in zip(bodies, moments, strict=True)]


class WrongRow(Truth):
    def lines(self, line):
        row = json.loads(line)
        return [json.dumps({**row, "timestamp": _moved(row["timestamp"], -MINUTES)}).encode() + b"\n"]


class WrongDate(Truth):
    def handled(self, handled):
        date = ("date", format_datetime(datetime.now(UTC) + MINUTES, usegmt=True))
        return handled._replace(answer=handled.answer._replace(headers=(*handled.answer.headers, date)))


def _moved(text, by):
    moved = datetime.fromisoformat(text) + by
    return moved.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (WrongSpans, "420 s ahead of this machine's, by its span"),
        (WrongRow, "420 s behind this machine's, by its session row"),
        (WrongDate, "420 s ahead of this machine's, by its Date header"),
    ],
)
def test_a_clock_that_is_minutes_off_is_told_with_what_showed_it(patient, kind, told):
    patient.go = kind
    bad = patient.bad()
    assert set(bad) == {"go: clock"}
    seconds, rest = bad["go: clock"].told.split(" ", 1)
    assert abs(float(seconds) - 420) < 30
    assert rest == told.partition(" ")[2]


@pytest.mark.parametrize(("name", "port"), [("model port", "model"), ("langfuse port", "langfuse")])
def test_a_port_that_is_taken_is_a_mistake_and_leaves_what_needs_it_unchecked(patient, name, port):
    address = patient.config.model if port == "model" else patient.config.langfuse.listen
    with socket.create_server((address.host, address.port)):
        found = patient.found(SECONDS)
    assert found[name].state is State.BAD
    assert f"cannot listen on {address}" in found[name].told
    assert found[name].remedy.startswith("end what listens there")
    assert found[f"rust: {port}"].told == f"not checked: `{port}` is not wired, or its port is taken"
    assert patient.code == 2


def test_files_that_cannot_be_used_are_mistakes(patient, tmp_path):
    missing = tmp_path / "none" / "file"
    patient.config = replace(patient.config, roster=missing, session_log=missing)
    found = patient.found(SECONDS)
    assert found["roster"].told == f"{missing}: cannot be read: No such file or directory"
    assert found["session log"].told == f"there is no folder {missing.parent}"
    assert found["probes"].told == "not checked: they need the roster"
    assert found["go: roster"].told == "not checked: the roster cannot be read here"
    assert found["go: session log"].state is State.LEFT
    assert patient.code == 2


def test_an_adapter_that_does_not_answer_is_a_mistake(patient):
    runtimes = patient.config.runtimes
    other = {**runtimes, "go": replace(runtimes["go"], adapter=("no-such-program",))}
    patient.config = replace(patient.config, runtimes=other)
    bad = patient.bad()
    assert set(bad) == {"go: adapter"}
    assert "no-such-program cannot be run" in bad["go: adapter"].told
    assert patient.code == 2


def test_what_is_not_wired_is_said_and_is_no_fault(patient):
    patient.config = replace(
        patient.config, session_log=None, model=None, ollama_provider=None, langfuse=None
    )
    found = patient.found(SECONDS)
    assert [name for name, check in found.items() if check.state is State.BAD] == []
    assert found["session log"].told == (
        "not wired: the configuration has no `session_log`, and its probes are skipped"
    )
    assert found["rust: model"].state is found["rust: langfuse"].state is State.LEFT
    assert patient.code == 0


CONFIG = """\
runtimes:
  rust: {{url: "http://{}", daemon: gateway, json: serde_json}}
  go: {{url: "http://{}", daemon: validatord, json: encoding/json}}
roster: {}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "parity.yaml"
    path.write_text(CONFIG.format(free_address(), free_address(), ROSTER))
    return path


def test_the_command_prints_a_line_for_each_check_with_its_remedy(file, tmp_path, capsys):
    report = tmp_path / "doctor.json"
    code = main(["doctor", "--config", str(file), "--probes", str(PROBES), "--json", str(report)])
    said = capsys.readouterr().out
    assert code == 3
    assert "✓ roster" in said
    assert "✗ rust: up" in said
    assert f"→ start it, or correct {file}:2; `parity up rust` starts the bundled one" in said
    assert said.endswith("2 failed: a daemon is not as `make parity` needs it (exit 3)\n")
    written = json.loads(report.read_text())
    assert (written["schema"], written["exit_code"]) == ("lakehouse-parity/doctor/v1", 3)
    states = {check["name"]: check["state"] for check in written["checks"]}
    assert (states["roster"], states["rust: up"], states["rust: tag"]) == ("good", "bad", "not_checked")


def test_a_configuration_that_cannot_be_read_is_a_mistake(file, capsys):
    file.write_text("colour: red\n")
    assert main(["doctor", "--config", str(file)]) == 2
    assert "the configuration has no 'runtimes'" in capsys.readouterr().err
    with pytest.raises(Exception, match="runtimes"):
        configuration.load(file)
