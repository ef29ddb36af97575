"""Whether each runtime asked the scripted model at all: one that never does is wired otherwise, not wrong."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field

from lakehouse_parity.events import Judged
from lakehouse_parity.model import RUNTIMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.events import Event
    from lakehouse_parity.model import Observation

FEWEST = 3
"""Probes that have to call the model before silence tells more about the wiring than about a probe."""


class Unheard(Struct):
    """A listener that counts, of the probes whose reference calls the model, those in which each does."""

    expected: int = 0
    called: Counter[str] = field(default_factory=Counter)

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, Judged) and _calls(event.seen.get("reference")):
            self.expected += 1
            self.called.update(name for name in RUNTIMES if _calls(event.seen.get(name)))

    def hints(self) -> Iterator[str]:
        """A sentence for each runtime that the model never heard of."""
        for name in RUNTIMES:
            if self.expected >= FEWEST and not self.called[name]:
                yield (
                    f"{name} never asked the scripted model, though {self.expected} probes have it do so: "
                    "it may not know the provider, or by another address; parity doctor tells"
                )


def _calls(seen: Observation | None) -> bool:
    return seen is not None and bool(seen.model_requests)
