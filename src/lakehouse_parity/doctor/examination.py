"""All checks in their order: this side first, then both daemons at once."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity import stage
from lakehouse_parity.collecting import DEADLINE
from lakehouse_parity.doctor import daemon, here
from lakehouse_parity.doctor.call import Around
from lakehouse_parity.doctor.check import Check, State
from lakehouse_parity.targets import children

if TYPE_CHECKING:
    from pathlib import Path

    from lakehouse_parity.config import Config


async def examine(config: Config, probes: Path, seconds: float = DEADLINE) -> list[Check]:
    """Each thing that a run against these daemons needs."""
    children.sweep()
    roster_check, roster = here.roster(config)
    log_check, tail = here.session_log(config)
    ports = await here.ports(config)
    checks = [roster_check, here.probes(probes, roster, config), log_check, *ports]
    try:
        async with stage.live(_usable(config, ports)) as (usable, doubles):
            run = f"{time.time_ns():x}"[-10:]
            around = Around(usable, doubles, tail, run, seconds)
            visits = [daemon.examine(runtime, around, roster) for runtime in config.runtimes.values()]
            for found in await asyncio.gather(*visits):
                checks += found
    finally:
        if tail is not None:
            tail.close()
    return checks


def _usable(config: Config, ports: list[Check]) -> Config:
    """The configuration without the doubles whose ports are taken."""
    taken = {check.name for check in ports if check.state is State.BAD}
    return replace(
        config,
        model=None if here.MODEL_PORT in taken else config.model,
        langfuse=None if here.LANGFUSE_PORT in taken else config.langfuse,
    )
