"""The peers, each in an environment of its own below `build/bench`, and what each is given to do.

- pytest + httpx: a test for each body, one client for both daemons; the two status codes and the answers
  without their times are equal.
- tavern: a test for each body with a stage for each daemon, which expects the right status code.
- schemathesis: as many cases as there are bodies, drawn from an OpenAPI document with the same members; no
  answer is a server error. It knows one server, and is asked for the Rust daemon alone: half of the work.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import generated, rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.daemons import Daemons

HERE = Path(__file__).parent
ENVIRONMENTS = Path("build/bench").absolute()
PEERS = ("httpx", "tavern", "schemathesis")

_PYTEST = """
import json, httpx, pytest
RUST, GO = {urls!r}
BODIES = json.load(open("bodies.json"))
@pytest.fixture(scope="session")
def client():
    with httpx.Client() as client:
        yield client
@pytest.mark.parametrize("body", BODIES)
def test_both_answer_alike(client, body):
    rust, go = (client.post(f"{{url}}/v1/validate", json=body) for url in (RUST, GO))
    assert rust.status_code == go.status_code
    answers = [answer.json() for answer in (rust, go)]
    for answer in answers:
        answer.pop("elapsed_ms", None)
    assert answers[0] == answers[1]
"""


def prepared(up: Daemons, work: Path, count: int) -> dict[str, Callable[[], float]]:
    """Install what is missing and write what each is to do; then the seconds of one go of each."""
    for name in PEERS:
        install(name)
    bodies = [generated.body(number) for number in range(count)]
    return {
        "pytest + httpx": _pytest(up, work / "httpx", bodies),
        "tavern": _tavern(up, work / "tavern", bodies),
        "schemathesis": _schemathesis(up, work / "schemathesis", count),
    }


def install(name: str) -> Path:
    """The folder of the environment's programs; it is made anew where its lock file is younger."""
    lock, folder = HERE / f"requirements-{name}.lock", ENVIRONMENTS / name
    ready = folder / ".ready"
    if not ready.exists() or ready.read_bytes() != lock.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
        ready.write_bytes(lock.read_bytes())
    return folder / "bin"


def _pytest(up: Daemons, folder: Path, bodies: list[dict[str, object]]) -> Callable[[], float]:
    folder.mkdir()
    (folder / "bodies.json").write_text(json.dumps(bodies))
    (folder / "test_generated.py").write_text(_PYTEST.format(urls=up.urls()))
    command = [str(install("httpx") / "pytest"), "-q", "--rootdir", str(folder)]
    return lambda: rounds.process(command, folder=folder)


def _tavern(up: Daemons, folder: Path, bodies: list[dict[str, object]]) -> Callable[[], float]:
    folder.mkdir()
    tests = [_tavern_test(number, body, up.urls()) for number, body in enumerate(bodies)]
    (folder / "test_generated.tavern.yaml").write_text("\n---\n".join(json.dumps(test) for test in tests))
    command = [str(install("tavern") / "pytest"), "-q", "--rootdir", str(folder)]
    return lambda: rounds.process(command, folder=folder)


def _tavern_test(number: int, body: dict[str, object], urls: tuple[str, str]) -> dict[str, object]:
    accepted = bool(body["artifact"]["fingerprint"])
    stages = [
        {
            "name": url,
            "request": {"url": f"{url}/v1/validate", "method": "POST", "json": body},
            "response": {"status_code": 200 if accepted else 422},
        }
        for url in urls
    ]
    return {"test_name": f"body {number}", "stages": stages}


def _schemathesis(up: Daemons, folder: Path, count: int) -> Callable[[], float]:
    folder.mkdir()
    (folder / "openapi.json").write_text(json.dumps(_openapi()))
    program = str(install("schemathesis") / "schemathesis")
    command = [
        program, "run", "openapi.json", "--url", up.urls()[0], "--phases", "fuzzing", "--mode", "positive",
        "--max-examples", str(count), "--checks", "not_a_server_error", "--seed", "1",
    ]  # fmt: skip
    return lambda: rounds.process(command, folder=folder)


def _openapi() -> dict[str, object]:
    text = {"type": "string"}
    artifact = {
        "type": "object",
        "required": ["operation", "endorsed_names", "fingerprint", "note"],
        "properties": {
            "operation": text, "fingerprint": text, "note": text,
            "endorsed_names": {"type": "array", "items": text},
        },
    }  # fmt: skip
    context = {"type": "object", "properties": {"city": text, "state": text}}
    body = {
        "type": "object",
        "required": ["kind", "artifact", "context"],
        "properties": {"kind": {"enum": ["playbook"]}, "artifact": artifact, "context": context},
    }
    asked = {"required": True, "content": {"application/json": {"schema": body}}}
    answers = {code: {"description": "answer"} for code in ("200", "400", "422")}
    operation = {"post": {"requestBody": asked, "responses": answers}}
    return {"openapi": "3.1.0", "info": {"title": "v", "version": "1"}, "paths": {"/v1/validate": operation}}
