"""`parity doctor` finds nothing wrong with what `parity up` starts, and tells when it is stopped."""

import asyncio

from msgspec.structs import replace
from tests.end_to_end.conftest import PROBES, needs_toolchains
from tests.harness.sockets import free_address

from lakehouse_parity.doctor.check import State
from lakehouse_parity.doctor.examination import examine
from lakehouse_parity.targets import bundled

pytestmark = needs_toolchains


async def _examined(work):
    plays = await bundled.build(bundled.SOURCES, lambda _line: None)
    config = bundled.demo_config(work, plays)
    langfuse = replace(config.langfuse, listen=free_address())
    config = replace(config, model=free_address(), langfuse=langfuse)
    fleet = bundled.Fleet(config, None, work)
    try:
        started = await fleet.start(plays)
        up = await examine(started, PROBES)
    finally:
        await fleet.stop()
    return up, await examine(started, PROBES)


def test_bundled_daemons_that_are_up_are_as_a_run_needs_them_and_are_missed_when_they_are_down(tmp_path):
    up, down = asyncio.run(_examined(tmp_path))
    assert {check.name: check.told for check in up if check.state is not State.GOOD} == {}
    assert [check.name for check in down if check.state is State.BAD] == ["rust: up", "go: up"]
