"""What stands around a run: the doubles, and the bundled daemons where wanted; up before, down after."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from lakehouse_parity.doubles import Doubles
from lakehouse_parity.targets import bundled, children
from lakehouse_parity.workplace import workplace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from lakehouse_parity.config import Config
    from lakehouse_parity.targets.bundled import Fleet, Source


@contextlib.asynccontextmanager
async def live(config: Config) -> AsyncIterator[tuple[Config, Doubles]]:
    """The doubles of a configuration whose daemons somebody else runs. Raises Mistake for a port in use.

    What a harness that was killed has left running is ended first: it may be in the way.
    """
    children.sweep()
    doubles = Doubles(config)
    try:
        await doubles.start()
        yield config, doubles
    finally:
        doubles.stop()


@contextlib.asynccontextmanager
async def demo(
    say: Callable[[str], None], sources: Mapping[str, Source] = bundled.SOURCES
) -> AsyncIterator[tuple[Config, Doubles]]:
    """The bundled daemons on free ports with a fresh log, built first. Raises Unobservable."""
    async with standing(await bundled.build(sources, say), sources) as stood:
        yield stood


@contextlib.asynccontextmanager
async def standing(
    plays: dict[str, str], sources: Mapping[str, Source] = bundled.SOURCES
) -> AsyncIterator[tuple[Config, Doubles]]:
    """Bundled daemons that are built, with a log and doubles of their own. Raises Unobservable."""
    async with fleet(plays, sources) as (config, doubles, _):
        yield config, doubles


@contextlib.asynccontextmanager
async def fleet(
    plays: dict[str, str], sources: Mapping[str, Source] = bundled.SOURCES
) -> AsyncIterator[tuple[Config, Doubles, Fleet]]:
    """The same with the fleet, for who restarts its daemons on the way. Raises Unobservable."""
    with workplace() as work:
        async with live(bundled.demo_config(work, plays, sources)) as (config, doubles):
            daemons = bundled.Fleet(config, doubles, work, sources)
            try:
                yield await daemons.start(plays), doubles, daemons
            finally:
                await daemons.stop()
