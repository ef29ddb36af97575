"""A secret that is everywhere it may be is in no file, no line and no process list that a run leaves."""

import asyncio
import base64
import contextlib
import subprocess
import sys
from pathlib import Path

from tests.fakes.driving import PROBES, ROSTER, roster
from tests.fakes.lying_daemon import LyingDaemon, Surroundings, Truth
from tests.harness.sockets import free_address

SECRET = "sk-7f3a9c1e55d24b08"
CONFIG = """\
runtimes:
  rust: {{url: "http://{rust}", daemon: gateway, json: serde_json}}
  go: {{url: "http://{go}", daemon: validatord, json: encoding/json}}
roster: {roster}
model: {{listen: "{model}", ollama_provider: parity-ollama}}
langfuse: {{listen: "{langfuse}", public_key: pk, secret_key: "${{PARITY_TEST_SECRET}}"}}
"""


class Keyed(Truth):
    """Asks its provider with a key, as live daemons do."""

    def call(self, call):
        headers = (
            *call.headers,
            ("authorization", f"Bearer {SECRET}"),
            ("x-api-key", SECRET),
            ("cookie", SECRET),
        )
        return call.__class__(call.provider, call.path, headers, call.body)


def _processes():
    """What everyone sees who lists processes."""
    found = b""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found += path.read_bytes()
    return found


async def _ran(tmp_path):
    model, langfuse = free_address(), free_address()
    around = Surroundings(roster(), model, None, None)
    async with (
        LyingDaemon("rust", around, Keyed("rust")) as rust,
        LyingDaemon("go", around, Keyed("go")) as go,
    ):
        config = tmp_path / "parity.yaml"
        members = {"rust": rust, "go": go, "roster": ROSTER, "model": model, "langfuse": langfuse}
        config.write_text(CONFIG.format(**members))
        arguments = ["run", "--config", config, "--probes", PROBES, "--out", tmp_path / "out"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "lakehouse_parity", *map(str, arguments), "--probe", "iterate/feedback",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env={"PATH": "/usr/bin:/bin", "PARITY_TEST_SECRET": SECRET},
        )  # fmt: skip
        listed = _processes()
        said, _ = await process.communicate()
        return listed + said, tmp_path / "out"


def test_a_secret_is_in_nothing_that_a_run_leaves(tmp_path):
    said, out = asyncio.run(_ran(tmp_path))
    assert b"iterate" in said
    files = {path.name: path.read_bytes() for path in out.iterdir()}
    assert set(files) == {"recording.jsonl", "report.json", "report.html", "junit.xml"}
    assert b"(redacted)" in files["recording.jsonl"]
    basic = base64.b64encode(f"pk:{SECRET}".encode())
    leaks = [
        name for name, data in {**files, "said": said}.items() if SECRET.encode() in data or basic in data
    ]
    assert leaks == []


def test_a_secret_in_a_mistake_of_the_configuration_is_not_repeated(tmp_path):
    config = tmp_path / "parity.yaml"
    lines = CONFIG.format(rust="h:1", go="h:2", roster="r", model="h:3", langfuse="h:4")
    for old in ("http://h:1", "h:3", "h:4"):
        config.write_text(lines.replace(f'"{old}"', '"x://u:${PARITY_TEST_SECRET}@h"'))
        done = subprocess.run(
            [sys.executable, "-m", "lakehouse_parity", "run", "--config", config, "--out", tmp_path / "out"],
            capture_output=True,
            env={"PATH": "/usr/bin:/bin", "PARITY_TEST_SECRET": SECRET},
            check=False,
        )
        assert done.returncode == 2
        assert b"${PARITY_TEST_SECRET}" in done.stderr
        assert SECRET.encode() not in done.stdout + done.stderr
