"""The bundled daemons: built from source, given their own addresses, log and doubles, and stopped again.

Where a toolchain is missing, the reference daemon plays that runtime, under its JSON dialect and tag.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity.config import Address, Config, Langfuse, Runtime
from lakehouse_parity.errors import Unobservable
from lakehouse_parity.model import RUNTIMES
from lakehouse_parity.targets.children import Family
from lakehouse_parity.targets.processes import Daemon
from lakehouse_spec.dialects import Dialect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lakehouse_parity.doubles import Doubles

ROOT = Path(__file__).resolve().parents[3]
"""The checkout: the bundled daemons are sources, so there is no demo without one."""

ROSTER = ROOT / "fixtures" / "roster" / "workers.parquet"

ZONE = "Asia/Kathmandu"
"""The time zone of the bundled daemons: 5:45 from UTC, so that a local time shows."""

_SYSTEM = Address("127.0.0.1", 0)


class Source(Struct, frozen=True):
    """One bundled daemon: how it is built, and what the build gives."""

    name: str
    folder: Path
    tool: str
    build: tuple[str, ...]
    daemon: Path
    adapter: Path
    tag: str
    dialect: Dialect
    arguments: tuple[str, ...] = ()
    """What the daemon and the adapter are started with beside the configuration."""


_RUST = ROOT / "fixtures" / "runtimes" / "gateway-rs"
_GO = ROOT / "fixtures" / "runtimes" / "validatord-go"

SOURCES: Mapping[str, Source] = {
    "rust": Source(
        name="rust",
        folder=_RUST,
        tool="cargo",
        build=("cargo", "build", "--release", "--locked"),
        daemon=_RUST / "target" / "release" / "gateway",
        adapter=_RUST / "target" / "release" / "extract-adapter",
        tag="gateway",
        dialect=Dialect.SERDE_JSON,
    ),
    "go": Source(
        name="go",
        folder=_GO,
        tool="go",
        build=("go", "build", "-mod=readonly", "-o", "bin/", "./cmd/..."),
        daemon=_GO / "bin" / "validatord",
        adapter=_GO / "bin" / "extractadapter",
        tag="validatord",
        dialect=Dialect.ENCODING_JSON,
    ),
}

DRIFTING: Mapping[str, Source] = {
    "rust": replace(
        SOURCES["rust"],
        build=(
            *SOURCES["rust"].build,
            *("--features", "drift", "--bin", "gateway-drifting", "--bin", "extract-adapter-drifting"),
        ),
        daemon=_RUST / "target" / "release" / "gateway-drifting",
        adapter=_RUST / "target" / "release" / "extract-adapter-drifting",
    ),
    "go": replace(
        SOURCES["go"],
        build=("go", "build", "-mod=readonly", "-tags", "drift", "-o", "bin/drifting/", "./cmd/..."),
        daemon=_GO / "bin" / "drifting" / "validatord",
        adapter=_GO / "bin" / "drifting" / "extractadapter",
    ),
}
"""The same daemons with mistakes planted in them, of which one is chosen at the start by its name."""


async def build(sources: Mapping[str, Source], say: Callable[[str], None]) -> dict[str, str]:
    """Build each; what plays it then: `daemon`, or `reference` where the tool is missing."""
    plays = {}
    for name, source in sources.items():
        if shutil.which(source.tool) is None:
            say(
                f"{name}: there is no {source.tool} on PATH: the reference plays it as {source.dialect.value}"
            )
            plays[name] = "reference"
        else:
            say(f"{name}: building {source.folder.name} with {source.tool} (the first time takes minutes)")
            await _build(source)
            plays[name] = "daemon"
    return plays


async def _build(source: Source) -> None:
    """Build one; on a terminal its progress is shown as it goes, elsewhere only what went wrong."""
    watched, family = sys.stderr.isatty(), Family()
    process = await family.start(
        source.build,
        folder=source.folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=None if watched else asyncio.subprocess.PIPE,
        stderr=None if watched else asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        family.end()
    if process.returncode:
        tail = "\n".join((output or b"see above").decode(errors="replace").splitlines()[-20:])
        raise Unobservable(
            f"{source.name} does not build: `{' '.join(source.build)}` in {source.folder}:\n{tail}"
        )


def demo_config(work: Path, plays: dict[str, str], sources: Mapping[str, Source] = SOURCES) -> Config:
    """A configuration of free ports and a fresh log, so that it never meets a live daemon."""
    runtimes = {
        name: Runtime(
            name=name,
            address=_SYSTEM,
            daemon=sources[name].tag,
            dialect=sources[name].dialect,
            adapter=_adapter(sources[name], plays[name]),
            bundled=plays[name],
        )
        for name in RUNTIMES
    }
    return Config(
        runtimes=runtimes,
        roster=ROSTER,
        session_log=work / "sessions.jsonl",
        model=_SYSTEM,
        ollama_provider="parity-ollama",
        langfuse=Langfuse(_SYSTEM, "pk-parity", "sk-parity"),
    )


def _adapter(source: Source, plays: str) -> tuple[str, ...]:
    if plays == "daemon":
        return (str(source.adapter), *source.arguments)
    return (
        sys.executable,
        "-m",
        "lakehouse_parity",
        "extract",
        "--lines",
        "--dialect",
        source.dialect.value,
    )


class Fleet:
    """Bundled daemons that are running, wired to the doubles. Stop it when done."""

    def __init__(
        self,
        config: Config,
        doubles: Doubles | None,
        work: Path,
        sources: Mapping[str, Source] = SOURCES,
    ) -> None:
        self._sources = sources
        self._config = config
        self._doubles = doubles
        self._work = work
        self._daemons: dict[str, Daemon] = {}
        self._plays: dict[str, str] = {}

    async def start(self, plays: dict[str, str]) -> Config:
        """Start each; the configuration with the addresses that they took. Raises Unobservable."""
        self._plays = plays
        addresses = await asyncio.gather(*(self._start(name, kind) for name, kind in plays.items()))
        started = {
            name: replace(self._config.runtimes[name], address=address, bundled=plays[name])
            for name, address in zip(plays, addresses, strict=True)
        }
        return replace(self._config, runtimes={**self._config.runtimes, **started})

    async def _start(self, name: str, kind: str) -> Address:
        file = self._work / f"{name}.toml"
        file.write_text(self._settings(name), encoding="utf-8")
        daemon = Daemon(name, [*_command(self._sources[name], kind), "--config", str(file)], _environment())
        self._daemons[name] = daemon
        return await daemon.start()

    @property
    def pids(self) -> dict[str, int]:
        """The processes that are running, by runtime."""
        return {name: daemon.pid for name, daemon in self._daemons.items()}

    async def restart(self, name: str, kill: bool) -> Address:  # noqa: FBT001  a function that is passed on
        """End one, by SIGKILL or in order, and start it anew; its new address. Raises Unobservable."""
        if kill:
            await self._daemons[name].kill()
        else:
            await self._daemons[name].stop()
        return await self._start(name, self._plays[name])

    def _settings(self, name: str) -> str:
        """The daemon's own configuration file; TOML's strings are JSON's."""
        config = self._config
        sections: dict[str, dict[str, str]] = {
            "server": {"listen": str(config.runtimes[name].address)},
            "roster": {"path": str(config.roster.resolve())},
        }
        if config.session_log is not None:
            sections["gateway"] = {"session_log_path": str(config.session_log.resolve())}
        model = (self._doubles.model_address if self._doubles else None) or config.model
        if model is not None:
            base = f"http://{model}/{name}"
            sections[f"providers.{config.provider}"] = {"base_url": base, "kind": "openai"}
            if config.ollama_provider is not None:
                sections[f"providers.{config.ollama_provider}"] = {"base_url": base, "kind": "ollama"}
        if config.langfuse is not None:
            address = (self._doubles.langfuse_address if self._doubles else None) or config.langfuse.listen
            keys = {"public_key": config.langfuse.public_key, "secret_key": config.langfuse.secret_key}
            sections["langfuse"] = {"base_url": f"http://{address}/{name}", **keys}
        return "\n".join(_section(title, values) for title, values in sections.items())

    async def stop(self) -> None:
        """Stop every daemon that was started."""
        await asyncio.gather(*(daemon.stop() for daemon in self._daemons.values()))


def _section(title: str, values: dict[str, str]) -> str:
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join([f"[{title}]", *lines, ""])


def _command(source: Source, kind: str) -> list[str]:
    if kind == "daemon":
        return [str(source.daemon), *source.arguments]
    reference = [sys.executable, "-m", "lakehouse_parity", "serve"]
    return [*reference, "--dialect", source.dialect.value, "--daemon", source.tag]


def _environment() -> dict[str, str]:
    """The environment without the daemons' own variables, which would override the file; far from UTC."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LAKEHOUSE_")}
    return {**inherited, "TZ": ZONE}
