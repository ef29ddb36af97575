"""The real engine between two fakes: everything but the runtimes is what a run has."""

import asyncio
import contextlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest import mock

from tests.fakes.lying_daemon import DIALECTS, TAGS, LyingDaemon, Surroundings
from tests.harness.sockets import free_address

from lakehouse_parity import collecting, rosters, suite
from lakehouse_parity.config import Address, Config, Langfuse, Runtime
from lakehouse_parity.confirming import AGAIN
from lakehouse_parity.doubles import Doubles, meetings
from lakehouse_parity.doubles.langfuse import sink
from lakehouse_parity.engine import Plan, Run
from lakehouse_parity.events import Finished, Judged, Started
from lakehouse_parity.reports.summary import Summary

ROOT = Path(__file__).parents[2]
ROSTER = ROOT / "fixtures" / "roster" / "workers.parquet"
PROBES = Path(__file__).parent / "probes"
LOCAL = Address("127.0.0.1", 0)


@dataclass(frozen=True)
class Ran:
    """What a run came to."""

    outcomes: dict
    summary: Summary
    events: list

    def verdicts(self):
        return {id_: outcome.verdict.value for id_, outcome in self.outcomes.items()}

    def drifted(self):
        return {id_: verdict for id_, verdict in self.verdicts().items() if verdict != "parity"}

    def places(self, probe):
        return [f"{d.surface.value} {d.path}" for d in self.outcomes[probe].differences]


@cache
def roster():
    return rosters.load(ROSTER)


@cache
def probes():
    return suite.load(PROBES, roster(), suite.Names("parity", "parity-ollama"))


def _ids():
    return frozenset(probe.id for probe in probes())


def drive(rust, go, log, *, deadline=5.0, **wiring):
    """Run the fakes' probes against two truths, one for each seat.

    Of the wiring, `only` names the probes, `seconds` is the time that an answer may take, `adapters`
    has a command by seat, `known` is the known list on the day `today`, `without` names what is not
    wired, and `masks`, `jobs`, `max_rps`, `again` and `listener` are what they are to every run.
    """
    with (
        mock.patch.object(collecting, "DEADLINE", deadline),
        mock.patch.object(collecting, "QUIET", 0.01),
        mock.patch.object(sink, "SLOW", 4.0),
        mock.patch.object(meetings, "DEADLINE", 1.0),
    ):
        truths = {seat: truth and truth(seat) for seat, truth in (("rust", rust), ("go", go))}
        return asyncio.run(_drive(truths, log, wiring))


async def _drive(truths, log, wiring):
    async with contextlib.AsyncExitStack() as stage:
        doubles = Doubles(_config(dict.fromkeys(truths, LOCAL), log, wiring))
        await doubles.start()
        stage.callback(doubles.stop)
        log = None if "session_log" in wiring.get("without", ()) else log
        around = Surroundings(roster(), doubles.model_address, doubles.langfuse_address, log)
        addresses = {
            seat: await stage.enter_async_context(LyingDaemon(seat, around, truth))
            if truth is not None
            else free_address()
            for seat, truth in truths.items()
        }
        plan = Plan(
            config=_config(addresses, log, wiring),
            roster=roster(),
            probes=[probe for probe in probes() if probe.id in wiring.get("only", _ids())],
            every_probe=_ids(),
            masks=wiring.get("masks", suite.load_masks(PROBES)),
            jobs=wiring.get("jobs", 16),
            known=wiring.get("known", ()),
            today=wiring.get("today"),
            seconds=wiring.get("seconds", 5.0),
            max_rps=wiring.get("max_rps"),
            again=wiring.get("again", AGAIN),
        )
        listener = wiring.get("listener", lambda _event: None)
        events = []
        async for event in Run(plan, doubles).events():
            listener(event)
            events.append(event)
        return _ran(events)


def _ran(events):
    summary = Summary()
    for event in events:
        summary(event)
    assert [type(event) for event in events[:1] + events[-1:]] == [Started, Finished]
    outcomes = {event.outcome.probe.id: event.outcome for event in events if isinstance(event, Judged)}
    assert len(outcomes) == len(events) - 2
    return Ran(outcomes, summary, events)


def _config(addresses, log, wiring):
    adapters, without = wiring.get("adapters", {}), wiring.get("without", ())
    runtimes = {
        seat: Runtime(seat, address, TAGS[seat], DIALECTS[seat], adapters.get(seat, ()))
        for seat, address in addresses.items()
    }
    return Config(
        runtimes=runtimes,
        roster=ROSTER,
        session_log=None if "session_log" in without else log,
        model=None if "model" in without else LOCAL,
        ollama_provider=None if "ollama" in without else "parity-ollama",
        langfuse=None if "langfuse" in without else Langfuse(LOCAL, "pk-parity", "sk-parity"),
    )
