"""The place in which the guide's sessions are run: a folder with probes, a configuration and two daemons.

Both daemons are the reference, in a process each. What is wrong with them is the page's own story.
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager

from tests.harness.documents import ROOT, blocks
from tests.harness.sockets import free_address

SERVE = [sys.executable, "-m", "lakehouse_parity", "serve"]
PILING = [sys.executable, str(ROOT / "tests" / "fakes" / "piling_daemon.py")]
SOUND, LETS_FEEDBACK_PILE_UP, HAS_NO_LANGFUSE = "sound", "lets feedback pile up", "has no langfuse"

EVERY_PROBE = ()
FEW_PROBES = ("health/health.yaml", "iterate/acceptance.yaml")
KEPT = ("ready", "accepted-first", "exhausted-no-json")

TAGS = {"rust": ("gateway", "serde_json"), "go": ("validatord", "encoding/json")}


@contextmanager
def standing(folder, go=SOUND, probes=EVERY_PROBE):
    """What runs a command there and gives its exit code and what it printed."""
    model, langfuse = free_address(), free_address()
    _place(folder, probes)
    with ExitStack() as daemons:
        addresses = {
            runtime: daemons.enter_context(_daemon(folder, runtime, model, langfuse, go)) for runtime in TAGS
        }
        (folder / "parity.yaml").write_text(_configuration(addresses, model, langfuse))
        yield lambda command: _ran(folder, command)


def _place(folder, probes):
    shutil.copytree(ROOT / "fixtures" / "roster", folder / "fixtures" / "roster")
    if not probes:
        shutil.copytree(ROOT / "probes", folder / "probes")
        return
    for name in probes:
        path = folder / "probes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_only(KEPT, (ROOT / "probes" / name).read_text()))
    masks = (ROOT / "probes" / "masks.yaml").read_text().splitlines(keepends=True)
    # Of the few probes none asks `/v1/validate`, and a mask that never fires fails a run.
    (folder / "probes" / "masks.yaml").write_text("".join(m for m in masks if "path: $.elapsed_ms" not in m))


def _only(names, text):
    """The probe file with these probes alone."""
    head, *items = re.split(r"(?m)^(?=  - name: )", text)
    return head + "".join(item for item in items if re.match(r"  - name: (\S+)", item)[1] in names)


@contextmanager
def _daemon(folder, runtime, model, langfuse, story):
    tag, dialect = TAGS[runtime]
    lying = runtime == "go"
    path = folder / f"{runtime}.toml"
    text = _DAEMON.format(runtime=runtime, model=model)
    if not (lying and story == HAS_NO_LANGFUSE):
        text += _LANGFUSE.format(runtime=runtime, langfuse=langfuse)
    path.write_text(text)
    program = PILING if lying and story == LETS_FEEDBACK_PILE_UP else SERVE
    process = subprocess.Popen(
        [*program, "--config", path.name, "--daemon", tag, "--dialect", dialect],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process.stdout.readline().removeprefix("listening on ").strip()
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _ran(folder, command):
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_ACTIONS")}
    environment["PATH"] = f"{os.path.dirname(sys.executable)}:{environment['PATH']}"  # noqa: PTH120
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout + done.stderr


def write_files(path, folder):
    """Write each YAML block whose first line is `# a path` there, but for the configuration."""
    for block in blocks(path):
        found = re.match(r"# (probes/\S+\.yaml)\n", block.text)
        if block.language == "yaml" and found:
            (folder / found[1]).write_text(block.text)


_DAEMON = """\
[server]
listen = "127.0.0.1:0"
[gateway]
session_log_path = "sessions.jsonl"
[roster]
path = "fixtures/roster/workers.parquet"
[providers.parity]
base_url = "http://{model}/{runtime}"
[providers.parity-ollama]
base_url = "http://{model}/{runtime}"
kind = "ollama"
"""

_LANGFUSE = """\
[langfuse]
base_url = "http://{langfuse}/{runtime}"
public_key = "pk-parity"
secret_key = "sk-parity"
"""


def _configuration(addresses, model, langfuse):
    return f"""\
runtimes:
  rust: {{url: "{addresses["rust"]}", daemon: gateway, json: serde_json}}
  go: {{url: "{addresses["go"]}", daemon: validatord, json: encoding/json}}
session_log: sessions.jsonl
roster: fixtures/roster/workers.parquet
model: {{listen: "{model}", ollama_provider: parity-ollama}}
langfuse: {{listen: "{langfuse}", public_key: pk-parity, secret_key: sk-parity}}
"""
