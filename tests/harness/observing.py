"""What the reference does with probes, in both dialects and with everything wired."""

from functools import cache
from pathlib import Path

from msgspec.structs import replace

from lakehouse_parity import rosters, suite
from lakehouse_parity.config import Address, Config, Langfuse, Runtime
from lakehouse_parity.engine import prepared
from lakehouse_parity.model import RUNTIMES
from lakehouse_parity.targets.reference import Reference
from lakehouse_spec.dialects import Dialect

ROOT = Path(__file__).parents[2]
ROSTER = ROOT / "fixtures/roster/workers.parquet"
NOWHERE = Address("127.0.0.1", 0)

CONFIG = Config(
    runtimes={
        "rust": Runtime("rust", NOWHERE, "gateway", Dialect.SERDE_JSON, ("adapter",)),
        "go": Runtime("go", NOWHERE, "validatord", Dialect.ENCODING_JSON, ("adapter",)),
    },
    roster=ROSTER,
    session_log=ROSTER,
    model=NOWHERE,
    ollama_provider="parity-ollama",
    langfuse=Langfuse(NOWHERE, "", ""),
)


@cache
def roster():
    return rosters.load(ROSTER)


@cache
def references():
    """One reference per runtime, in its dialect."""
    return {name: Reference.of(CONFIG, CONFIG.runtimes[name], roster()) for name in RUNTIMES}


@cache
def every_probe():
    """All probes there are, by their ids, ready to be asked."""
    names = suite.Names(ollama_provider="parity-ollama")
    return {probe.id: prepared(probe, "test") for probe in suite.load(ROOT / "probes", roster(), names)}


@cache
def observed(probe_id, runtime):
    """What the reference of a runtime does with a probe of the project."""
    return references()[runtime].observe(every_probe()[probe_id])


def without(observation, *surfaces):
    """The observation with these surfaces not looked at."""
    return replace(observation, **dict.fromkeys(surfaces))
