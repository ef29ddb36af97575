"""`parity up`: the bundled daemons on the addresses of a configuration, until told to stop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lakehouse_parity import config as configuration
from lakehouse_parity.interruption import Interruption
from lakehouse_parity.redaction import Redactor
from lakehouse_parity.reports import terminal
from lakehouse_parity.targets import bundled, children
from lakehouse_parity.workplace import workplace

if TYPE_CHECKING:
    import argparse

    from lakehouse_parity.targets.bundled import Source


def run(options: argparse.Namespace) -> int:
    """Build, start, wait for Ctrl-C or SIGTERM, stop."""
    try:
        asyncio.run(_up(options))
    except asyncio.CancelledError:
        return 0
    return 0


async def _up(options: argparse.Namespace) -> None:
    screen = terminal.screen()
    config = configuration.load(options.config)
    Interruption().heed()
    children.sweep()
    plays = await bundled.build(_wanted(options.runtimes), lambda line: screen.print(line, soft_wrap=True))
    with workplace() as work:
        fleet = bundled.Fleet(config, None, work)
        try:
            started = await fleet.start(plays)
            redactor = Redactor(config.secrets)
            for name in plays:
                runtime = started.runtimes[name]
                line = redactor.clean(f"{name}: {runtime.daemon} at {runtime.url}")
                screen.print(line, soft_wrap=True, markup=False)
            await asyncio.Event().wait()
        finally:
            await fleet.stop()


def _wanted(names: list[str]) -> dict[str, Source]:
    return {name: source for name, source in bundled.SOURCES.items() if not names or name in names}
