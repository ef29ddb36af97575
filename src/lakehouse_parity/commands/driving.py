"""What `parity run` does once its runtimes are greeted: drive them, report, keep evidence."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity import config as configuration
from lakehouse_parity import effects, loading, ready, stage
from lakehouse_parity.commands import known_list
from lakehouse_parity.engine import Run
from lakehouse_parity.errors import Mistake, Unobservable
from lakehouse_parity.interruption import Interruption
from lakehouse_parity.live import LiveModel, Reached, cast
from lakehouse_parity.recording import Recorder
from lakehouse_parity.redaction import Redactor
from lakehouse_parity.reports import console, files, terminal, writing
from lakehouse_parity.select import shuffled
from lakehouse_parity.targets.bundled import ROSTER
from lakehouse_parity.unheard import Unheard

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path
    from types import ModuleType

    from rich.console import Console

    from lakehouse_parity.config import Config
    from lakehouse_parity.doubles import Doubles
    from lakehouse_parity.engine import Plan
    from lakehouse_parity.events import Event
    from lakehouse_parity.reports.summary import Summary
    from lakehouse_parity.rosters import Begun
    from lakehouse_parity.targets.health import Greeted


def drive(options: argparse.Namespace, runner: asyncio.Runner, greeted: Greeted | None) -> int:
    """Run the plan; the exit code is the verdict's, or 3 where a file of the run could not be written."""
    screen = terminal.screen()
    if options.dry_run:
        return _dry_run(options, screen)
    writing.prepare(options.out, options)
    if options.shuffle is not None:
        screen.print(f"order: shuffled; the same order again: --shuffle {options.shuffle}")
    if options.evidence is not None:
        _bundle().prepare(options.evidence)
    reports, reached, unheard = writing.Reports(frozenset(options.require)), Reached(), Unheard()
    summary, interruption = reports.summary, Interruption()
    redactor = Redactor(greeted.config.secrets if greeted else {})
    with files.lines(options.out / "recording.jsonl") as file, console.ProgressListener(screen) as progress:
        tell = _telling(Recorder(file, redactor), [reports, progress, reached, unheard])
        try:
            runner.run(_drive(options, greeted, _flushing(tell, file), screen, interruption))
        except Unobservable as error:
            summary.failure = redactor.clean(str(error))
        except asyncio.CancelledError:
            summary.failure = _ended(summary, interruption)
    summary.failure = summary.failure or "; ".join(reached.complaints())
    lost = [*filter(None, [file.failure]), *reports.write(options.out, options)]
    console.show(summary, screen)
    console.hint(unheard.hints(), screen)
    lost += reports.tell(options, os.environ, console.plain(screen))
    if not summary.unseen and not lost:
        screen.print(f"reports: {options.out / 'report.html'}", soft_wrap=True)
    lost += [] if lost else keep_evidence(summary, options)
    return writing.complain(lost) or summary.exit_code


def _ended(summary: Summary, interruption: Interruption) -> str:
    """What is said of a run that was ended; one that had not begun leaves the last reports alone."""
    if summary.started is None:
        raise KeyboardInterrupt
    return f"the run was ended by {interruption.by}"


def keep_evidence(summary: Summary, options: argparse.Namespace) -> list[str]:
    """A sentence where it cannot be kept: then nothing backs the verdict, as where a report is lost."""
    if options.evidence is None:
        return []
    bundle = _bundle()
    try:
        inputs = bundle.Inputs(options.probes, known_list.text(options), _named(options))
        bundle.write(options.evidence, summary, options.out, inputs)
    except Mistake as mistake:
        return [str(mistake)]
    return []


def _bundle() -> ModuleType:
    """What only runs that keep evidence pay for."""
    return importlib.import_module("lakehouse_parity.claims.bundle")


def _named(options: argparse.Namespace) -> dict[str, Path]:
    """The files beside probes and known list that the run depended on."""
    if options.bundled:
        return {"roster": ROSTER}
    return {"configuration": options.config, "roster": configuration.load(options.config).roster}


def _telling(recorder: Recorder, listeners: list[Callable[[Event], None]]) -> Callable[[Event], None]:
    """What tells an event to all: nobody behind the recorder hears of secrets."""

    def tell(event: Event) -> None:
        recorded = recorder(event)
        for listener in listeners:
            listener(recorded)

    return tell


def _flushing(tell: Callable[[Event], None], file: files.Lines) -> Callable[[Event], None]:
    """What tells an event, and has all those of one turn of the loop written when the turn is over."""
    waiting: list[asyncio.Handle] = []

    def flush() -> None:
        waiting.clear()
        file.flush()

    def flushing(event: Event) -> None:
        tell(event)
        if not waiting:
            waiting.append(asyncio.get_running_loop().call_soon(flush))

    return flushing


async def _drive(
    options: argparse.Namespace,
    greeted: Greeted | None,
    tell: Callable[[Event], None],
    screen: Console,
    interruption: Interruption,
) -> None:
    interruption.heed()
    async with _stage(options, greeted, screen) as (config, doubles):
        plan = make_plan(options, config, screen, greeted.roster if greeted else None)
        facts = greeted.facts if greeted else {}
        async with contextlib.aclosing(Run(plan, doubles, facts=facts).events()) as events:
            async for event in events:
                tell(event)


def _stage(
    options: argparse.Namespace, greeted: Greeted | None, screen: Console
) -> AbstractAsyncContextManager[tuple[Config, Doubles]]:
    if greeted is None:
        return stage.demo(lambda line: screen.print(line, soft_wrap=True))
    config = greeted.config
    return stage.live(replace(config, model=None) if options.live_model else config)


def make_plan(
    options: argparse.Namespace,
    config: Config,
    screen: Console,
    roster: Begun | None = None,
) -> Plan:
    """Load everything that a run needs; the roster may be on its way. Raises Mistake."""
    plan = _scripted(options, config, screen, roster)
    return cast(plan, LiveModel.of(options.live_model)) if options.live_model else plan


def _scripted(
    options: argparse.Namespace,
    config: Config,
    screen: Console,
    roster: Begun | None = None,
) -> Plan:
    """The plan as the probes have it, before a real model takes the scripted one's place."""
    entries = known_list.entries(options, screen)
    ahead = loading.Ahead(ready.keeping(os.environ), roster)
    plan = loading.load(config, options.probes, entries, loading.Wanted(options.suite, options.probe), ahead)
    today = datetime.now(UTC).date()
    plan = replace(plan, jobs=options.jobs, max_rps=options.max_rps, today=today)
    if options.shuffle is not None:
        plan = replace(plan, probes=shuffled(plan.probes, options.shuffle))
    return effects.read_only(plan) if options.read_only else plan


def _dry_run(options: argparse.Namespace, screen: Console) -> int:
    from lakehouse_parity.commands import dry_run  # noqa: PLC0415  a run that sends something has no need of it

    scripted = _scripted(options, dry_run.config_of(options), screen)
    plan = cast(scripted, LiveModel.of(options.live_model)) if options.live_model else scripted
    return dry_run.show(plan, effects.of(scripted), options, screen)
