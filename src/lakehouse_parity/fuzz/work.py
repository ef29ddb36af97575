"""What a worker does with a shard, told in plain data so that it can be sent anywhere."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity.fuzz.batch import Pipes
from lakehouse_parity.fuzz.hunt import Budget, TextHunt
from lakehouse_parity.fuzz.mixture import mixed
from lakehouse_parity.fuzz.sides import Sides
from lakehouse_parity.model import RUNTIMES
from lakehouse_spec.dialects import Dialect

if TYPE_CHECKING:
    from lakehouse_parity.config import Config
    from lakehouse_parity.fuzz.findings import Harvest
    from lakehouse_parity.fuzz.shards import Shard


class Adapters(Struct, frozen=True):
    """Both extraction adapters: their commands and dialects, in the order of the seats."""

    commands: tuple[tuple[str, ...], ...]
    dialects: tuple[str, ...]

    @classmethod
    def of(cls, config: Config) -> Adapters:
        """Those of a configuration."""
        runtimes = [config.runtimes[name] for name in RUNTIMES]
        return cls(
            tuple(runtime.adapter for runtime in runtimes),
            tuple(runtime.dialect.value for runtime in runtimes),
        )

    def sides(self) -> Sides:
        """Both of them, with the reference, ready to be asked. Close them when done."""
        dialects = {name: Dialect(text) for name, text in zip(RUNTIMES, self.dialects, strict=True)}
        return Sides(self.pipes(), dialects)

    def pipes(self) -> dict[str, Pipes]:
        """Both of them, alone."""
        return {name: Pipes(command) for name, command in zip(RUNTIMES, self.commands, strict=True)}


class TextWork(Struct, frozen=True):
    """Texts through the pipes."""

    adapters: Adapters
    predictions: bool = True

    def __call__(self, shard: Shard) -> Harvest:
        """Run a shard."""
        sides = self.adapters.sides()
        try:
            hunt = TextHunt(sides, shard.seed, dialects=self.predictions)
            random = Random(shard.seed)  # noqa: S311  a sequence, no secret
            return hunt.run(mixed(random), Budget(shard.seconds, shard.examples))
        finally:
            sides.close()
