"""The soak between two fakes on one log: everything but the runtimes is what it has with daemons."""

import asyncio
import contextlib
from unittest import mock

from msgspec.structs import replace
from tests.fakes.driving import LOCAL, PROBES, ROSTER, roster
from tests.fakes.lying_daemon import DIALECTS, TAGS, LyingDaemon, Surroundings

from lakehouse_parity import suite
from lakehouse_parity.config import Config, Langfuse, Runtime
from lakehouse_parity.doubles import Doubles
from lakehouse_parity.soak import collecting
from lakehouse_parity.soak.driving import Standing, soak
from lakehouse_parity.soak.load import Load

LOAD = Load(calls=40, minted=20, concurrency=12)


def drive(rust, go, log, load=LOAD, **wiring):
    """Soak two truths, one for each seat.

    Of the wiring, `without` names what is not wired, and `secrets` has what is never told, by name.
    """
    with mock.patch.object(collecting, "DEADLINE", 0.5), mock.patch.object(collecting, "QUIET", 0.05):
        return asyncio.run(_drive({"rust": rust("rust"), "go": go("go")}, log, load, wiring))


async def _drive(truths, log, load, wiring):
    without = wiring.get("without", ())
    async with contextlib.AsyncExitStack() as stage:
        doubles = Doubles(_config(dict.fromkeys(truths, LOCAL), log, without))
        await doubles.start()
        stage.callback(doubles.stop)
        log = None if "session_log" in without else log
        around = Surroundings(roster(), doubles.model_address, doubles.langfuse_address, log)
        addresses = {
            seat: await stage.enter_async_context(LyingDaemon(seat, around, truth))
            for seat, truth in truths.items()
        }
        config = replace(_config(addresses, log, without), secrets=wiring.get("secrets", {}))
        return await soak(Standing(config, doubles, roster(), suite.load_masks(PROBES)), load)


def _config(addresses, log, without):
    runtimes = {
        seat: Runtime(seat, address, TAGS[seat], DIALECTS[seat]) for seat, address in addresses.items()
    }
    return Config(
        runtimes=runtimes,
        roster=ROSTER,
        session_log=None if "session_log" in without else log,
        model=None if "model" in without else LOCAL,
        langfuse=None if "langfuse" in without else Langfuse(LOCAL, "pk-parity", "sk-parity"),
    )
