"""The official Langfuse SDKs in virtual environments of their own, made once per lock file under build/."""

import asyncio
import fcntl
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "langfuse"
BUILD = Path(__file__).parents[2] / "build"
SECONDS = 300
UNREACHABLE = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "Network is unreachable")


def python(name):
    """The interpreter of one SDK; it is installed first, by one test run at a time."""
    lock = FOLDER / f"{name}.lock"
    folder = BUILD / f"langfuse-{name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "langfuse.lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            _install(folder, lock)
    return folder / "bin" / "python"


def _install(folder, lock):
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True, timeout=SECONDS)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "--require-hashes", "-r", lock], timeout=SECONDS, capture_output=True, text=True, check=False
    )
    if any(reason in done.stderr for reason in UNREACHABLE):
        pytest.skip("the package registry cannot be reached, and the Langfuse SDKs are not installed yet")
    assert done.returncode == 0, done.stderr
    (folder / "ready").touch()


async def told(name, *words):
    """What a client program prints; it ends within seconds, whatever Langfuse answers."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("LANGFUSE_", "OTEL_"))}
    process = await asyncio.create_subprocess_exec(
        python(name), FOLDER / f"client_{name}.py", *words,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean,
    )  # fmt: skip
    try:
        out, errors = await asyncio.wait_for(process.communicate(), SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()
    return json.loads(out)
