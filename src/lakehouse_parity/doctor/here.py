"""What has to be so on this side before a daemon is asked: files that can be read, ports that are free."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lakehouse_parity import known, rosters, suite
from lakehouse_parity.doctor.check import Check, good, left, mistaken, unwired
from lakehouse_parity.errors import Mistake, Unobservable
from lakehouse_parity.sessions.tail import Tail
from lakehouse_parity.targets.adapter import Adapter, AdapterError
from lakehouse_parity.wire.server import Reply, Server

if TYPE_CHECKING:
    from pathlib import Path

    from lakehouse_parity.config import Address, Config, Runtime
    from lakehouse_spec.roster import Roster

MODEL_PORT = "model port"
LANGFUSE_PORT = "langfuse port"
_ROSTER = "roster"
_PROBES = "probes"
_LOG = "session log"
_SAMPLE = 'Sure: {"a": 1}'
_FOUND = b'"found":true'


def roster(config: Config) -> tuple[Check, Roster | None]:
    """The roster that the harness reads."""
    try:
        found = rosters.load(config.roster)
    except Mistake as mistake:
        return mistaken(_ROSTER, str(mistake), "correct `roster` in the configuration"), None
    if not found.workers:
        return mistaken(_ROSTER, f"{config.roster} has no workers", "name the daemons' own roster"), None
    return good(_ROSTER, f"{len(found.workers)} workers in {config.roster}"), found


def probes(folder: Path, found: Roster | None, config: Config) -> Check:
    """The probes and the known list."""
    if found is None:
        return left(_PROBES, "they need the roster")
    try:
        every = suite.load(folder, found, suite.Names(config.provider, config.ollama_provider))
        entries = known.load(folder / suite.KNOWN_FILE)
    except Mistake as mistake:
        return mistaken(_PROBES, str(mistake), "correct it there; `parity lint` reads them without a daemon")
    return good(_PROBES, f"{len(every)} probes, {len(entries)} known differences")


def session_log(config: Config) -> tuple[Check, Tail | None]:
    """The log, opened at its end."""
    path = config.session_log
    if path is None:
        return unwired(_LOG, "session_log"), None
    if not path.parent.is_dir():
        remedy = "correct `session_log`, or start the daemon that makes the folder"
        return mistaken(_LOG, f"there is no folder {path.parent}", remedy), None
    tail = Tail(path)
    try:
        tail.open()
    except Unobservable as error:
        return mistaken(_LOG, str(error), "let this user read it, or correct `session_log`"), None
    return good(_LOG, f"{path} can be read" if path.exists() else f"{path} is not there yet"), tail


async def ports(config: Config) -> list[Check]:
    """The addresses where the harness plays what the daemons call."""
    langfuse = config.langfuse.listen if config.langfuse else None
    return [
        await _port(MODEL_PORT, "model.listen", config.model),
        await _port(LANGFUSE_PORT, "langfuse.listen", langfuse),
    ]


async def _port(name: str, key: str, address: Address | None) -> Check:
    if address is None:
        return unwired(name, key.partition(".")[0])
    server = Server(key, address, lambda _received: Reply(503))
    try:
        await server.start()
    except Mistake as mistake:
        return mistaken(
            name, str(mistake), "end what listens there, perhaps another run, or name another port"
        )
    server.stop()
    return good(name, f"{address} is free")


async def adapter(runtime: Runtime) -> Check:
    """The runtime's extraction adapter, asked one text."""
    name = f"{runtime.name}: adapter"
    if not runtime.adapter:
        return unwired(name, f"runtimes.{runtime.name}.extract_json")
    program = Adapter(runtime.adapter)
    try:
        answer = await asyncio.wait_for(program.extract(_SAMPLE), 10)
    except (AdapterError, TimeoutError) as error:
        return mistaken(
            name, str(error) or "no answer within 10 s", f"correct `extract_json` near {runtime.place}"
        )
    finally:
        await program.close()
    if _FOUND not in answer.replace(b" ", b""):
        return mistaken(
            name, f"found nothing in {_SAMPLE!r}: {answer!r}", "it is no extraction adapter, or broken"
        )
    return good(name, f"{runtime.adapter[0]} answers")
