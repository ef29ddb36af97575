"""`parity up`: the bundled daemons on the addresses of a configuration, until told to stop."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from lakehouse_parity import config as configuration
from lakehouse_parity.targets import bundled

if TYPE_CHECKING:
    import argparse

    from lakehouse_parity.targets.bundled import Source


def run(options: argparse.Namespace) -> int:
    """Build, start, wait for Ctrl-C or SIGTERM, stop."""
    asyncio.run(_up(options))
    return 0


async def _up(options: argparse.Namespace) -> None:
    screen = Console(highlight=False)
    config = configuration.load(options.config)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    plays = await bundled.build(_wanted(options.runtimes), lambda line: screen.print(line, soft_wrap=True))
    with tempfile.TemporaryDirectory(prefix="parity-") as work:
        fleet = bundled.Fleet(config, None, Path(work))
        try:
            started = await fleet.start(plays)
            for name in plays:
                screen.print(
                    f"{name}: {started.runtimes[name].daemon} at {started.runtimes[name].url}", soft_wrap=True
                )
            await stopped.wait()
        finally:
            await fleet.stop()


def _wanted(names: list[str]) -> dict[str, Source]:
    return {name: source for name, source in bundled.SOURCES.items() if not names or name in names}
