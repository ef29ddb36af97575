"""What the daemons under test call out to, played by the harness: the model provider and Langfuse."""

from __future__ import annotations

import contextlib
from operator import attrgetter
from typing import TYPE_CHECKING

from lakehouse_parity.doubles.langfuse import LangfuseSink
from lakehouse_parity.doubles.provider import ScriptedModel
from lakehouse_parity.wire.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from lakehouse_parity.config import Address, Config
    from lakehouse_parity.model import ModelRequest, Probe


class Doubles:
    """Both doubles on their addresses, as far as the configuration wires them."""

    def __init__(self, config: Config) -> None:
        self.model = ScriptedModel() if config.model is not None else None
        self.langfuse = (
            LangfuseSink(config.langfuse.public_key, config.langfuse.secret_key) if config.langfuse else None
        )
        self._model_server: Server | None = None
        self._langfuse_server: Server | None = None
        if self.model is not None and config.model is not None:
            self._model_server = Server("the scripted model (model.listen)", config.model, self.model.handle)
        if self.langfuse is not None and config.langfuse is not None:
            self._langfuse_server = Server(
                "Langfuse (langfuse.listen)", config.langfuse.listen, self.langfuse.handle
            )

    async def start(self) -> None:
        """Listen. Raises Mistake where an address is taken."""
        for server in self._servers():
            await server.start()

    def stop(self) -> None:
        """Stop listening."""
        for server in self._servers():
            server.stop()

    def _servers(self) -> list[Server]:
        return [server for server in (self._model_server, self._langfuse_server) if server is not None]

    @property
    def model_address(self) -> Address | None:
        """Where the scripted model listens, once started."""
        return self._model_server.address if self._model_server else None

    @property
    def langfuse_address(self) -> Address | None:
        """Where Langfuse listens, once started."""
        return self._langfuse_server.address if self._langfuse_server else None

    def expect(self, probe: Probe) -> None:
        """Have the model play the probe's script, and Langfuse fail where the probe says so."""
        if self.model is not None and probe.converses:
            self.model.expect(probe.model, probe.script)
        failing = probe.outage if probe.langfuse_fails else None
        if self.langfuse is not None and failing is not None and probe.trace is not None:
            self.langfuse.fail(probe.trace, failing)

    def call_meeting(self, name: str, size: int) -> None:
        """Have so many calls of each runtime meet at the model."""
        if self.model is not None:
            self.model.meetings.call(name, size)

    def hang_up_langfuse(self) -> None:
        """Close the connections to Langfuse, so that a slow answer is awaited no longer."""
        if self._langfuse_server is not None:
            self._langfuse_server.hang_up()

    @contextlib.asynccontextmanager
    async def langfuse_down(self) -> AsyncIterator[None]:
        """Nothing listens at Langfuse's address meanwhile. Raises Mistake where it is taken afterwards."""
        assert self._langfuse_server is not None
        self._langfuse_server.stop()
        try:
            yield
        finally:
            await self._langfuse_server.start()

    def calls(self, runtime: str, model: str, traces: Collection[str]) -> tuple[ModelRequest, ...] | None:
        """What one runtime asked the model for this probe; None where the model is not wired.

        Calls under a name that no probe has are the probe's if they carry one of its trace ids.
        """
        if self.model is None:
            return None
        calls = (*self.model.take(runtime, model), *self.model.claim(runtime, traces))
        return tuple(sorted(calls, key=attrgetter("received")))
