"""A runtime over HTTP, with its adapter: what it answers, told from what could not be observed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from lakehouse_parity import lossless
from lakehouse_parity.model import Observation, Request
from lakehouse_parity.targets import health
from lakehouse_parity.targets.adapter import Adapter, AdapterError
from lakehouse_parity.wire.client import Client, WireError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator

    from lakehouse_parity.config import Runtime
    from lakehouse_parity.events import RuntimeFacts
    from lakehouse_parity.model import Answer, Probe, Tree
    from lakehouse_parity.wire.pace import Pace

Usage = dict[tuple[str, str], dict[str, "Tree"]]

USAGE = Request("GET", "/v1/usage")
OUT_OF_ORDER = "out of order"
"""A member that no daemon sends: of an entry that stands in the wrong place of the list."""
_LONGEST_COUNT = 100
"""Digits of a count; what is longer counts nothing, and is left as it is."""


class DaemonTarget:
    """One runtime under test. Close it when done."""

    def __init__(self, runtime: Runtime, seconds: float = 30.0, pace: Pace | None = None) -> None:
        self.runtime = runtime
        self._client = Client(runtime.address, seconds, pace)
        self._adapter = Adapter(runtime.adapter, seconds) if runtime.adapter else None

    async def close(self) -> None:
        """Close connections and end the adapter."""
        self._client.close()
        if self._adapter is not None:
            await self._adapter.close()

    async def facts(self) -> RuntimeFacts:
        """Who answers at the address, asked until it does or the time is up. Raises WireError."""
        return await health.facts(self._client, self.runtime)

    async def changed(self, before: RuntimeFacts) -> str:
        """What is told of a runtime that is not what it was when the run began; empty where it is."""
        runtime = self.runtime
        try:
            now = await health.facts(self._client, self.runtime, 0)
        except WireError as error:
            return (
                f"{runtime.name} at {runtime.url} was there at the beginning and is not at the end: {error}"
            )
        if now.version != before.version:
            what = f"changed its version during the run, from {before.version!r} to {now.version!r}"
            return f"{runtime.name} {what}: which of them a probe met cannot be told"
        return ""

    async def observe(self, probe: Probe) -> Observation:
        """The answer and the extraction; evidence that arrives on other ways is added later."""
        return await self.begin(probe)

    def begin(self, probe: Probe) -> Awaitable[Observation]:
        """Ask at once, and give the observation to come: whoever waits for it can do something meanwhile."""
        request = probe.request
        answer = _Answering(self._client.begin(request), request, self.runtime.url)
        if self._adapter is None or probe.raw is None:
            return answer
        return asyncio.ensure_future(self._with_extraction(answer, probe.raw))

    async def _with_extraction(self, answer: Awaitable[Observation], raw: str) -> Observation:
        extraction = await self._extraction(raw)
        observation = await answer
        if isinstance(extraction, str):
            return replace(observation, failure=observation.failure or extraction)
        return replace(observation, extraction=extraction)

    async def _extraction(self, raw: str) -> bytes | str:
        assert self._adapter is not None
        try:
            return await self._adapter.extract(raw)
        except AdapterError as error:
            return f"adapter {error}"

    async def ping(self) -> float:
        """Seconds that the least answer takes now; none where it does not come."""
        began = time.monotonic()
        with contextlib.suppress(WireError):
            await self._client.ask(health.HEALTH)
        return time.monotonic() - began

    async def usage(self) -> Usage | None:
        """The counts by provider and model; None where the endpoint does not give them."""
        try:
            answer = await self._client.ask(USAGE)
            return _by_pair(_parsed(answer.body)["usage"])
        except (WireError, KeyError, TypeError, AttributeError):
            return None


class _Answering:
    """An answer on its way, as the observation that it will be. It costs no task."""

    __slots__ = ("_answer", "_request", "_url")

    def __init__(self, answer: asyncio.Future[Answer], request: Request, url: str) -> None:
        self._answer, self._request, self._url = answer, request, url

    def __await__(self) -> Generator[Any, None, Observation]:
        try:
            return Observation(answer=(yield from self._answer))
        except WireError as error:
            asked = f"{self._request.method} {self._url}{self._request.path}"
            return Observation(failure=f"{asked}: {error}")


def _by_pair(entries: Tree) -> Usage:
    """The counts by pair; one that is not behind the pair before it, as US-1 orders them, says so."""
    usage: Usage = {}
    before = None
    for entry in entries:
        pair = (entry.pop("provider"), entry.pop("model"))
        if before is not None and pair <= before:
            entry[OUT_OF_ORDER] = True
        usage[pair] = entry
        before = pair
    return usage


def _parsed(body: bytes) -> Tree:
    try:
        return lossless.parse(body)
    except lossless.NotJson:
        return None


def gained(before: Usage | None, after: Usage | None, pair: tuple[str, str]) -> bytes | None:
    """What a pair's counts grew by, as JSON; `null` where there is no entry or it did not change.

    None where the runtime gives no counts: then the reference's stand alone, since US-1 asks for them.
    """
    if before is None or after is None:
        return None
    entry = after.get(pair)
    if entry is None or entry == before.get(pair):
        return b"null"
    earlier = before.get(pair, {})
    return lossless.write({key: _less(value, earlier.get(key)) for key, value in entry.items()}).encode()


def _less(value: Tree, earlier: Tree) -> Tree:
    if not _is_count(value):
        return value
    return str(int(value) - (int(earlier) if _is_count(earlier) else 0)).encode()


def _is_count(value: Tree) -> bool:
    return isinstance(value, bytes) and value.removeprefix(b"-").isdigit() and len(value) <= _LONGEST_COUNT
