"""From a configuration to the work of a campaign, and to what is known before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity.fuzz import knowing
from lakehouse_parity.fuzz.work import Adapters, TextWork

if TYPE_CHECKING:
    from pathlib import Path

    from lakehouse_parity.config import Config
    from lakehouse_parity.fuzz.knowing import Knowledge
    from lakehouse_parity.fuzz.rounds import Runtimes
    from lakehouse_parity.fuzz.shards import Work


class Wanted(Struct, frozen=True):
    """What is asked of whom."""

    chapter: str
    config: Config
    runtimes: Runtimes
    probes: Path
    predictions: bool = True
    hypothesis: bool = False

    @property
    def through_adapters(self) -> bool:
        """Whether texts go through the adapters: else everything goes through the engine."""
        return self.chapter == "extract" and "adapters" in self.config.capabilities

    @property
    def most_workers(self) -> int | None:
        """Live daemons know one address of each double, so that only one shard can play them at a time."""
        return None if self.through_adapters or self.runtimes.plays else 1

    def work(self) -> Work:
        """What a worker does. Raises Mistake where the extra `fuzz` is missing."""
        if self.through_adapters:
            return self._text_work(Adapters.of(self.config))
        from lakehouse_parity.fuzz.request_hunt import RequestWork  # noqa: PLC0415  it needs the extra `fuzz`

        return RequestWork(self.chapter, self.runtimes, str(self.probes), self.predictions)

    def _text_work(self, adapters: Adapters) -> Work:
        if not self.hypothesis:
            return TextWork(adapters, self.predictions)
        from lakehouse_parity.fuzz.deliberate import DeliberateWork  # noqa: PLC0415  likewise

        return DeliberateWork(adapters, self.predictions)

    def knowing(self, knowledge: Knowledge) -> Knowledge:
        """The knowledge, with the classes of its examples, asked anew. Raises Mistake or Unobservable."""
        examples = knowledge.examples(self.probes, self.config, self.chapter)
        if self.through_adapters:
            found = knowing.of_texts(examples, Adapters.of(self.config), dialects=self.predictions)
        else:
            found = knowing.of_requests(
                examples, self.chapter, self.runtimes, self.probes, dialects=self.predictions
            )
        return knowledge.with_classes(found)
