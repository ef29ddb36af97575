"""How long `parity` takes to begin: `--help`, and until a run has sent its first request.

The first request is seen by a server of this module, which a configuration names as both runtimes.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import generated, rounds
from benchmarks.rounds import Figure, Goal

from lakehouse_parity.targets.bundled import ROSTER

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = "python -m benchmarks --only startup"
BARE = "python -c pass"
PARITY = str(Path(sys.executable).with_name("parity"))
HEAVY = ("duckdb", "jinja2", "hypothesis", "httpx", "rich", "starlette", "uvicorn", "yaml", "asyncio")
"""What a program that only says what it can do has no need of."""


def figures(count: int, *, quick: bool) -> Iterator[Figure]:
    """`--help` and the first request, each against an interpreter that does nothing."""
    count = count if quick else max(count, 15)
    with tempfile.TemporaryDirectory() as folder, _server() as server:
        command = _run(Path(folder), server.getsockname()[1])
        times = rounds.interleaved(
            COMMAND,
            {
                BARE: lambda: rounds.process([sys.executable, "-c", "pass"]),
                "help": lambda: rounds.process([PARITY, "--help"]),
                "first": lambda: _first_request(server, command),
            },
            count,
        )
    loaded = heavy()
    imports = f"loads {', '.join(loaded)}" if loaded else f"loads none of {', '.join(HEAVY)}"
    found = times.figure("parity --help", "help", BARE, Goal(5))
    yield replace(found, told=f"{found.told}; {imports}")
    yield times.figure("first request of parity run", "first", BARE, Goal(12))


def heavy() -> list[str]:
    """Which of the heavy modules `parity --help` loads, by what `-X importtime` says."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", PARITY, "--help"], capture_output=True, text=True, check=True
    ).stderr
    loaded = {line.rpartition("|")[2].strip() for line in told.splitlines()}
    return [name for name in HEAVY if name in loaded]


@contextlib.contextmanager
def _server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


def _run(folder: Path, port: int) -> list[str]:
    generated.validate(folder / "probes", 1)
    config = generated.config(folder, port, port)
    assert ROSTER.is_file()
    return [PARITY, "run", "--config", str(config), "--probes", str(folder / "probes"), "--out", str(folder)]


def _first_request(server: socket.socket, command: list[str]) -> float:
    """Until the first bytes have come. The run is then ended, and its connections let go."""
    began = time.perf_counter()
    run = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=rounds.environment()
    )
    try:
        connection, _ = server.accept()
        with connection:
            connection.recv(1)
            return time.perf_counter() - began
    finally:
        run.kill()
        run.wait()
        _forget(server)


def _forget(server: socket.socket) -> None:
    """Take what else has come in, so that the next round's first is its own."""
    server.settimeout(0)
    with contextlib.suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
    server.settimeout(30)
