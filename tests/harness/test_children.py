"""Children and what they start: none outlives the one that it came from, however that ends."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.harness.sockets import run

from lakehouse_parity.errors import Unobservable
from lakehouse_parity.targets import children
from lakehouse_parity.targets.children import Family
from lakehouse_parity.targets.processes import Daemon

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows what descends from what")

ESCAPING = """
import subprocess, sys
held = subprocess.Popen(["sleep", "600"], start_new_session=True)
print(held.pid, flush=True)
"""
"""A program that leaves a process behind, in a session of its own and with the pipes in its hands."""


def alive(pid):
    try:
        return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid):
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)


async def escaped(more=""):
    """A family whose child has left a process behind; and what the child said to its end."""
    family = Family()
    process = await family.start(
        [sys.executable, "-S", "-c", ESCAPING + more], stdout=asyncio.subprocess.PIPE
    )
    return family, process


def test_what_a_child_leaves_behind_ends_with_it():
    async def left():
        _, process = await escaped()
        said, _ = await process.communicate()
        return int(said)

    assert gone(run(left()))


def test_what_a_child_has_started_ends_where_the_child_is_ended():
    async def left():
        family, process = await escaped("import time; time.sleep(600)")
        pid = int(await process.stdout.readline())
        assert alive(pid)
        family.end()
        await process.wait()
        return pid

    assert gone(run(left()))


def test_one_family_leaves_another_alone():
    async def other():
        one, other = Family(), Family()
        process = await other.start(["sleep", "600"])
        one.end()
        children.sweep()
        assert process.returncode is None
        other.end()
        return await process.wait()

    assert run(other()) == -9


KILLED = """
import asyncio, os, signal, sys
sys.argv = ["", sys.argv[1]]
from lakehouse_parity.targets.children import Family
async def main():
    family = Family()
    process = await family.start([sys.executable, "-S", "-c", sys.argv[1]], stdout=asyncio.subprocess.PIPE)
    print((await process.stdout.readline()).decode(), process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


def test_the_child_of_a_killed_harness_ends_and_the_next_run_ends_what_that_left():
    done = subprocess.run(
        [sys.executable, "-c", KILLED, ESCAPING + "import time; time.sleep(600)"],
        stdout=subprocess.PIPE,
        check=False,
    )
    left, child = map(int, done.stdout.split())
    assert gone(child)
    assert alive(left)
    children.sweep()
    assert gone(left)


def daemon(script):
    return Daemon("it", [sys.executable, "-S", "-c", script])


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("raise SystemExit('no licence')", "it ended with 1 before it listened: no licence"),
        ("print('listening on http://[')", "it says that it listens on ' http://[', which is no address"),
        ("print('listening on http://h:99999')", "it says that it listens on ' http://h:99999', which is no"),
        ("print('x' * 1_000_000)", "it ended with 0 before it listened"),
        ("import time; time.sleep(600)", "it did not listen within 0.5 s"),
    ],
)
def test_a_daemon_that_does_not_come_up_says_why_and_is_gone(script, said):
    async def start():
        asked = daemon(script)
        try:
            await asked.start(0.5 if "sleep" in script else 10)
        finally:
            await asked.stop()

    with pytest.raises(Unobservable) as raised:
        run(start())
    assert str(raised.value).startswith(said.replace("' ", "'"))


STUBBORN = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('listening on http://h:1', flush=True)"
)


def test_a_daemon_that_does_not_heed_its_end_is_ended():
    async def stopped():
        asked = daemon(f"{STUBBORN}; time.sleep(600)")
        address = await asked.start()
        await asked.stop(0.1)
        return str(address), asked._process.returncode

    assert run(stopped()) == ("h:1", -9)


def test_whoever_will_not_wait_for_a_daemon_to_end_does_not_have_to():
    async def stopped():
        asked = daemon(f"{STUBBORN}; time.sleep(600)")
        await asked.start()
        stopping = asyncio.create_task(asked.stop(600))
        await asyncio.sleep(0.05)
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        return asked._process.returncode

    assert run(stopped()) == -9
