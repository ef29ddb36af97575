"""Who answers at a runtime's address: the first thing that a run asks, and the last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity import lossless
from lakehouse_parity.events import RuntimeFacts
from lakehouse_parity.model import Request
from lakehouse_parity.wire.client import Client, WireError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lakehouse_parity.config import Config, Runtime
    from lakehouse_parity.model import Tree
    from lakehouse_parity.rosters import Begun

HEALTH = Request("GET", "/health")
PATIENCE = 2.0
"""Seconds for which a runtime that does not answer is asked again."""
_MOMENT = 0.05
"""Seconds that a run gives its runtimes to answer before it loads the rest of itself."""
_OK = 200


class Greeted(Struct, frozen=True):
    """A configuration, who of its runtimes has answered at once, and the roster, which is being read."""

    config: Config
    facts: Mapping[str, RuntimeFacts]
    roster: Begun


async def facts(client: Client, runtime: Runtime, seconds: float = PATIENCE) -> RuntimeFacts:
    """Who answers at the address, asked until it does or the time is up. Raises WireError."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            answer = await client.ask(HEALTH)
            break
        except WireError:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.1)
    if answer.status != _OK:
        raise WireError(f"GET /health answered {answer.status}")
    return _facts(runtime, _version(answer.body))


def silent(runtime: Runtime) -> RuntimeFacts:
    """What is known of a runtime though it does not answer."""
    return _facts(runtime, "")


async def at_once(runtimes: Mapping[str, Runtime]) -> dict[str, RuntimeFacts]:
    """The facts of those that answer within a moment; the others are to be asked again, with patience."""
    clients = {name: Client(runtime.address) for name, runtime in runtimes.items()}
    asked = {name: asyncio.create_task(facts(clients[name], runtime)) for name, runtime in runtimes.items()}
    await asyncio.wait(asked.values(), timeout=_MOMENT)
    told = {name: task.result() for name, task in asked.items() if task.done() and not task.exception()}
    for name, task in asked.items():
        task.cancel()
        clients[name].close()
    await asyncio.gather(*asked.values(), return_exceptions=True)
    return told


def _facts(runtime: Runtime, version: str) -> RuntimeFacts:
    return RuntimeFacts(
        url=runtime.url,
        daemon=runtime.daemon,
        dialect=runtime.dialect.value,
        version=version,
        bundled=runtime.bundled,
    )


def _version(body: bytes) -> str:
    try:
        health: Tree = lossless.parse(body)
    except lossless.NotJson:
        return ""
    version = health.get("version") if isinstance(health, dict) else None
    return version if isinstance(version, str) else ""
