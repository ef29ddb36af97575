"""The bundled daemons, built from source once, and scratch copies of them with one thing changed."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from lakehouse_parity import known, rosters, stage, suite
from lakehouse_parity.engine import Plan, Run
from lakehouse_parity.events import Judged
from lakehouse_parity.reports.summary import Summary
from lakehouse_parity.select import select
from lakehouse_parity.targets import bundled

ROOT = bundled.ROOT
PROBES = ROOT / "probes"

needs_toolchains = pytest.mark.skipif(
    shutil.which("cargo") is None or shutil.which("go") is None,
    reason="the bundled daemons are built with cargo and go, and one of them is not installed",
)


@dataclass(frozen=True)
class Ran:
    summary: Summary
    judged: dict

    def verdict(self, probe):
        return self.judged[probe].outcome.verdict.value

    def places(self, probe):
        return {(d.surface.value, d.path) for d in self.judged[probe].outcome.differences}


async def _drive(sources, patterns):
    summary, judged = Summary(), {}
    async with stage.demo(lambda _: None, sources) as (config, doubles):
        roster = rosters.load(config.roster)
        probes = suite.load(PROBES, roster, suite.Names(config.provider, config.ollama_provider))
        plan = Plan(
            config=config,
            roster=roster,
            probes=select(probes, [], patterns),
            every_probe=frozenset(probe.id for probe in probes),
            masks=suite.load_masks(PROBES),
            known=known.load(PROBES / suite.KNOWN_FILE),
        )
        async for event in Run(plan, doubles).events():
            summary(event)
            if isinstance(event, Judged):
                judged[event.outcome.probe.id] = event
    return Ran(summary, judged)


@pytest.fixture(scope="session")
def drive():
    """Run probes that match the patterns against the bundled daemons, or those of other sources."""
    return lambda patterns=(), sources=bundled.SOURCES: asyncio.run(_drive(sources, patterns))


@pytest.fixture
def changed_go(tmp_path):
    """The Go daemon's sources with one text replaced in one file; it has to be there exactly once."""

    def change(file, old, new):
        folder = tmp_path / "validatord-go"
        shutil.copytree(bundled.SOURCES["go"].folder, folder, ignore=shutil.ignore_patterns("bin"))
        path = folder / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new))
        source = replace(
            bundled.SOURCES["go"],
            folder=folder,
            daemon=folder / "bin" / "validatord",
            adapter=folder / "bin" / "extractadapter",
        )
        return {**bundled.SOURCES, "go": source}

    return change


@pytest.fixture
def config_file(tmp_path):
    """Write a parity.yaml and give its path."""

    def write(text):
        path = Path(tmp_path) / "parity.yaml"
        path.write_text(text)
        return path

    return write
