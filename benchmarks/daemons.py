"""The two bundled daemons, up for a whole benchmark, and requests recorded for the bare client."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import generated

from lakehouse_parity import config as configuration
from lakehouse_parity import engine, loading
from lakehouse_parity.wire.client import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

PARITY = str(Path(sys.executable).with_name("parity"))
BARE_CLIENT = Path("build/bench/bareclient").absolute()
_UP_WITHIN = 600.0
"""Seconds, in which they may have to be built."""


@dataclass(frozen=True, slots=True)
class Daemons:
    """Where they are."""

    config: Path
    rust: int
    go: int

    def urls(self) -> tuple[str, str]:
        """Where each is asked."""
        return f"http://127.0.0.1:{self.rust}", f"http://127.0.0.1:{self.go}"

    def run(self, probes: Path, out: Path) -> list[str]:
        """The command that drives them with those probes."""
        return [
            PARITY, "run", "--config", str(self.config), "--probes", str(probes), "--out", str(out),
        ]  # fmt: skip

    def bare(self, requests: Path, in_flight: int = 1) -> list[str]:
        """The command that sends recorded requests and reads the answers."""
        sides = [
            f"127.0.0.1:{self.rust}",
            str(requests / "rust"),
            f"127.0.0.1:{self.go}",
            str(requests / "go"),
        ]
        return [str(BARE_CLIENT), "-in-flight", str(in_flight), *sides]


@contextlib.contextmanager
def up(folder: Path) -> Iterator[Daemons]:
    """Both daemons on free ports, started by `parity up`; the bare client is built too."""
    subprocess.run(
        ["go", "build", "-o", str(BARE_CLIENT), "."], cwd=Path(__file__).with_name("bareclient"), check=True
    )
    rust, go = generated.free_ports(2)
    daemons = Daemons(generated.config(folder, rust, go), rust, go)
    with (folder / "up.log").open("wb") as said:
        process = subprocess.Popen([PARITY, "up", "--config", str(daemons.config)], stdout=said, stderr=said)
        try:
            for url in daemons.urls():
                _await(url, process, folder / "up.log")
            yield daemons
        finally:
            process.terminate()
            process.wait()


def _await(url: str, process: subprocess.Popen[bytes], said: Path) -> None:
    end = time.monotonic() + _UP_WITHIN
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=5):
            return
        time.sleep(0.1)
    raise RuntimeError(f"parity up did not come up:\n{said.read_text()}")


def record(daemons: Daemons, probes: Path, folder: Path) -> None:
    """Write what `parity run` sends for those probes, for each daemon, as the bare client reads it."""
    config = configuration.load(daemons.config)
    plan = loading.load(config, probes)
    folder.mkdir(parents=True)
    for name, runtime in config.runtimes.items():
        with (folder / name).open("wb") as file:
            for probe in plan.probes:
                request = encode(engine.prepared(probe, "bench").request, str(runtime.address))
                file.write(b"%d\n%s" % (len(request), request))
