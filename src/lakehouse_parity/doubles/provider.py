"""The scripted model: the path says which runtime asks, the model's name which script is played.

The calls seen for that pair say which step. Every request is kept whole.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity import lossless
from lakehouse_parity.doubles.meetings import Meetings
from lakehouse_parity.model import RUNTIMES, ModelRequest
from lakehouse_parity.normalise import TRACE_HEADER
from lakehouse_parity.script import PATHS, play
from lakehouse_parity.wire.server import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from lakehouse_parity.model import Step
    from lakehouse_parity.wire.server import Received

    Conversation = tuple[Sequence[Step], list[ModelRequest]]
    """A script, and the calls of it that have been made: the next is added there."""
    Casting = Callable[[str, bytes], Conversation | None]
    """From a runtime and the body of its call to the conversation that the call belongs to, if any."""


class ScriptedModel:
    """Scripts by model name; calls by runtime and model name."""

    def __init__(self) -> None:
        self._scripts: dict[str, Sequence[Step]] = {}
        self._castings: dict[str, Casting] = {}
        self._calls: dict[tuple[str, str], list[ModelRequest]] = defaultdict(list)
        self._strays: list[tuple[str, str, ModelRequest]] = []
        self.meetings = Meetings()
        self.busy = 0.0
        """Seconds spent answering."""

    def expect(self, model: str, script: Sequence[Step]) -> None:
        """Play `script` to every runtime that asks for `model`, each from its first step."""
        self._scripts[model] = script

    def cast(self, model: str, casting: Casting) -> None:
        """Have `casting` find the conversation of each call for `model`: many go on under one name."""
        self._castings[model] = casting

    def take(self, runtime: str, model: str) -> tuple[ModelRequest, ...]:
        """The calls of one runtime for one model, which are then forgotten."""
        return tuple(self._calls.pop((runtime, model), ()))

    def answered(self, runtime: str, model: str) -> float | None:
        """When the last call of one runtime for one model was answered, in seconds since the epoch."""
        calls = self._calls.get((runtime, model))
        return calls[-1].answered if calls else None

    def claim(self, runtime: str, traces: Collection[str]) -> tuple[ModelRequest, ...]:
        """The calls of one runtime under a name that no probe has, with one of these trace ids."""
        ours = [
            stray for stray in self._strays if stray[0] == runtime and stray[2].header(TRACE_HEADER) in traces
        ]
        self._strays = [stray for stray in self._strays if stray not in ours]
        return tuple(call for _, _, call in ours)

    @property
    def strays(self) -> list[str]:
        """A sentence for each call that no probe answers for and nobody claimed."""
        return [
            f"{runtime} asked {call.path} for the model {model!r}, a name that no probe has"
            for runtime, model, call in self._strays
        ]

    def forget(self, model: str) -> None:
        """Play this model no more."""
        self._scripts.pop(model, None)
        self._castings.pop(model, None)

    def handle(self, received: Received) -> Reply:
        """Answer one call."""
        started = time.time()
        runtime, _, rest = received.path.removeprefix("/").partition("/")
        path = f"/{rest}"
        if received.method != "POST" or runtime not in RUNTIMES or path not in PATHS:
            return Reply(
                404, b"the scripted model answers POST /rust|go " + " or ".join(PATHS).encode(), "text/plain"
            )
        reply = self._played(runtime, path, received, started)
        self.busy += time.time() - started
        return reply

    def _played(self, runtime: str, path: str, received: Received, started: float) -> Reply:
        model = _model(received.body)
        conversation = self._conversation(runtime, model, received.body)
        if conversation is None:
            call = ModelRequest(path, received.headers, received.body, started, started)
            self._strays.append((runtime, model, call))
            return Reply(404, b"no script for this model", "text/plain")
        script, calls = conversation
        played = play(script, len(calls), path, model)
        calls.append(ModelRequest(path, received.headers, received.body, started, started))
        index = len(calls) - 1

        over = self.meetings.come(runtime, played.meets, id(calls)) if played.meets else None

        def sending() -> None:
            alone = over is not None and not over.result()
            calls[index] = replace(calls[index], answered=time.time(), alone=alone)

        sent = (played.status, played.body, played.content_type, played.headers)
        return Reply(*sent, played.fault, played.delay, sending, over, played.chunked)

    def _conversation(self, runtime: str, model: str, body: bytes) -> Conversation | None:
        if model in self._castings:
            return self._castings[model](runtime, body)
        if model in self._scripts:
            return self._scripts[model], self._calls[runtime, model]
        return None


def _model(body: bytes) -> str:
    try:
        model = lossless.parse(body)["model"]
    except (lossless.NotJson, KeyError, TypeError):
        return ""
    return model if isinstance(model, str) else ""
