"""A runtime that misbehaves: its own sentence, and the verdict of every other probe as it was."""

import asyncio
import sys

import pytest
from tests.fakes.driving import PROBES, ROSTER, drive, roster
from tests.fakes.faults import BROKEN, WRONG, gigabyte
from tests.fakes.lying_daemon import LyingDaemon, Surroundings, Truth

from lakehouse_parity.model import Verdict

TOUCHED = "validate/refused"


def faulty(fault):
    """A runtime that tells the truth, but for one request, to which it does this."""

    class Faulty(Truth):
        async def takes_over(self, request, reader, writer):
            if request.path != "/v1/validate" or b"W-003" not in request.body:
                return False
            await fault(reader, writer)
            return True

    return Faulty


@pytest.fixture
def log(tmp_path):
    return tmp_path / "sessions.jsonl"


@pytest.mark.parametrize("name", BROKEN)
def test_a_runtime_that_gives_no_whole_answer_breaks_that_probe_and_no_other(name, log):
    fault, sentence = BROKEN[name]
    only = {TOUCHED, "iterate/accepted", "validate/accepted", "health/ready"}
    seconds = 0.5 if "0.5 s" in sentence else 20.0
    ran = drive(Truth, faulty(fault), log, only=only, seconds=seconds)
    assert ran.drifted() == {TOUCHED: "broken"}
    reason = ran.outcomes[TOUCHED].reason
    assert reason.startswith("go: POST http://127.0.0.1:")
    assert sentence in reason
    assert (ran.summary.exit_code, ran.summary.verdict) == (3, "no_verdict")


@pytest.mark.parametrize("name", WRONG)
def test_a_runtime_that_answers_wrongly_drifts_in_that_probe_and_no_other(name, log):
    ran = drive(Truth, faulty(WRONG[name]), log)
    assert ran.drifted() == {TOUCHED: "go_drift"}
    assert ran.summary.exit_code == 1


def test_a_runtime_that_refuses_from_the_start_breaks_every_probe(log):
    ran = drive(Truth, None, log)
    assert set(ran.verdicts().values()) == {"broken"}
    assert "cannot connect: " in ran.summary.unseen[-1]
    assert ran.summary.exit_code == 3


class Dies(Truth):
    """Is gone after the request that touches it, and does not come back."""

    dead = False

    async def takes_over(self, request, _reader, _writer):
        self.dead = self.dead or b"W-003" in request.body
        return self.dead


def test_a_runtime_that_dies_leaves_what_it_had_answered(log):
    ran = drive(Truth, Dies, log, jobs=1, deadline=0.3, only={"health/ready", TOUCHED, "http/malformed"})
    broken = {id_ for id_, outcome in ran.outcomes.items() if outcome.verdict is Verdict.BROKEN}
    assert ran.drifted() == dict.fromkeys(broken, "broken")
    assert TOUCHED in broken
    assert "health/ready" not in broken
    said = [told for told in ran.summary.unseen if "was there at the beginning and is not at the end" in told]
    assert [told.split(" at ")[0] for told in said] == ["go"]
    assert ran.summary.exit_code == 3


class Replaced(Truth):
    """Is another version after its first answer."""

    asked = 0

    def handled(self, handled):
        self.asked += 1
        body = handled.answer.body.replace(b'"fake"', b'"fake %d"' % min(self.asked, 2))
        return handled._replace(answer=handled.answer._replace(body=body))


def test_a_runtime_that_is_replaced_during_the_run_gets_no_verdict(log):
    ran = drive(Truth, Replaced, log, only={TOUCHED, "iterate/accepted"})
    assert ran.drifted() == {}
    [told] = ran.summary.unseen
    assert told == (
        "go changed its version during the run, from 'fake 1' to 'fake 2': "
        "which of them a probe met cannot be told"
    )
    assert ran.summary.exit_code == 3


RUN = """
import re, sys
from pathlib import Path
from lakehouse_parity.cli import main
code = main(sys.argv[1:])
# ru_maxrss would do, were it not the parent's where that was larger when this process was forked
print("peak", int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024, "MiB")
sys.exit(code)
"""

CONFIG = """\
runtimes:
  rust: {{url: "http://{rust}", daemon: gateway, json: serde_json}}
  go: {{url: "http://{go}", daemon: validatord, json: encoding/json}}
roster: {roster}
"""


async def _command(tmp_path, truths, *more):
    around = Surroundings(roster(), None, None, None)
    rust, go = (LyingDaemon(seat, around, truth(seat)) for seat, truth in truths.items())
    async with rust as rust_address, go as go_address:
        config = tmp_path / "parity.yaml"
        config.write_text(CONFIG.format(rust=rust_address, go=go_address, roster=ROSTER))
        arguments = ["run", "--config", config, "--probes", PROBES, "--out", tmp_path / "out", *more]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", RUN, *map(str, arguments), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return process.returncode, said.decode()


def test_a_gigabyte_is_refused_by_the_command_within_its_share_of_memory(tmp_path):
    truths = {"rust": Truth, "go": faulty(gigabyte)}
    code, said = asyncio.run(_command(tmp_path, truths, "--suite", "validate", "--suite", "health"))
    assert code == 3
    assert "not observed: validate/refused: go: POST" in said
    assert "a body of more than 67108864 bytes" in said
    peak = int(said.rpartition("peak ")[2].split()[0])
    assert peak < 400
