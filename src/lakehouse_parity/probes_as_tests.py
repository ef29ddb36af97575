"""Probes as items of pytest: the same engine, one run for all that were selected, the same verdicts.

Parity passes, a known difference is an expected failure with its reason, what is not wired is skipped, a
divergence fails with the words of the console, and what could not be observed is an error, never a failure.
"""

from __future__ import annotations

import asyncio
import fcntl
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from lakehouse_parity import config as configuration
from lakehouse_parity import loading, stage
from lakehouse_parity.engine import Run
from lakehouse_parity.errors import Mistake, ParityError, Unobservable
from lakehouse_parity.events import Judged, Started
from lakehouse_parity.model import Verdict
from lakehouse_parity.recording import Recorder
from lakehouse_parity.redaction import Redactor
from lakehouse_parity.rejudging import rejudged
from lakehouse_parity.reports import files
from lakehouse_parity.reports.wording import describe
from lakehouse_parity.targets import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractAsyncContextManager

    from lakehouse_parity.config import Config
    from lakehouse_parity.doubles import Doubles
    from lakehouse_parity.engine import Plan
    from lakehouse_parity.events import Event, RuntimeFacts
    from lakehouse_parity.model import Outcome, Probe


class ProbeFile(pytest.File):
    """A file of probes."""

    def collect(self) -> Iterator[ProbeItem]:
        """One item a probe."""
        gate: Gate = self.config.pluginmanager.getplugin("parity-gate")
        for probe in gate.probes_of(self.path):
            yield ProbeItem.from_parent(self, name=probe.id, probe=probe, gate=gate)


class ProbeItem(pytest.Item):
    """One probe."""

    def __init__(self, *, probe: Probe, gate: Gate, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]  # pytest's own: name and parent
        self.probe = probe
        self._gate = gate

    def setup(self) -> None:
        """See what it came to; what could not be observed is an error here and no failure."""
        try:
            self._outcome = self._gate.outcome(self)
        except ParityError as error:
            pytest.fail(str(error), pytrace=False)
        if self._outcome.verdict is Verdict.BROKEN:
            pytest.fail("\n".join(describe(self._outcome, self._gate.runtimes)), pytrace=False)

    def runtest(self) -> None:
        """Pass, fail, be skipped or fail as expected."""
        verdict, reason = self._outcome.verdict, self._outcome.reason
        if verdict is Verdict.SKIPPED:
            pytest.skip(reason)
        if verdict is Verdict.KNOWN:
            pytest.xfail(reason)
        if verdict not in (Verdict.PARITY, Verdict.REFERENCE_DRIFT):
            pytest.fail("\n".join(describe(self._outcome, self._gate.runtimes)), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the probe stands; pytest counts lines from 0."""
        return self.path, max(0, self.probe.place.line - 1), self.name


class Heard(Struct):
    """A listener that keeps what items need."""

    runtimes: Mapping[str, RuntimeFacts] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    failure: str = ""
    """Why the run did not take place; empty if it did."""

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, Started):
            self.runtimes = event.runtimes
        elif isinstance(event, Judged):
            self.outcomes[event.outcome.probe.id] = event.outcome
        else:
            self.problems = (*event.problems, *event.unobserved)


class Gate:
    """The one run behind all items, also where several workers share them."""

    def __init__(self, config: pytest.Config) -> None:
        self._options = config.option
        self._shared: str | None = getattr(config, "workerinput", {}).get("testrunuid")
        try:
            self._config = self._configured()
            self._plan = loading.load(self._config, self._options.parity_probes)
        except Mistake as error:
            raise pytest.UsageError(str(error)) from None
        self._heard: Heard | None = None

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.File | None:
        """Take files of probes, and those alone."""
        root = self._options.parity_probes.resolve()
        folder = file_path.resolve().parent
        if file_path.suffix != ".yaml" or root not in folder.parents:
            return None
        return ProbeFile.from_parent(parent, path=file_path)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what fails the run beside its probes."""
        for problem in self._troubles():
            terminalreporter.write_line(f"parity: {problem}", red=True)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run with a known entry that no longer occurs, or a mask that never fired."""
        if self._troubles() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @property
    def runtimes(self) -> Mapping[str, RuntimeFacts]:
        """What is known of the runtimes; empty where nothing was asked."""
        return self._heard.runtimes if self._heard is not None else {}

    def _troubles(self) -> tuple[str, ...]:
        return self._heard.problems if self._heard is not None else ()

    def probes_of(self, path: Path) -> list[Probe]:
        """The probes of one file, in order."""
        wanted = str(path.resolve())
        return [probe for probe in self._plan.probes if _resolved(probe) == wanted]

    def _configured(self) -> Config:
        if self._options.parity_bundled:
            return bundled.demo_config(self._options.parity_out, dict.fromkeys(bundled.SOURCES, "daemon"))
        return configuration.load(self._options.parity_config)

    def outcome(self, item: ProbeItem) -> Outcome:
        """What the item's probe came to; the first call asks all that were selected. Raises ParityError."""
        if self._heard is None:
            wanted = {each.probe.id for each in item.session.items if isinstance(each, ProbeItem)}
            self._heard = self._hear(wanted)
        found = self._heard.outcomes.get(item.probe.id)
        if found is None:
            raise Unobservable(
                self._heard.failure or f"{item.probe.id} was not asked: the run ended before it"
            )
        return found

    def _hear(self, wanted: set[str]) -> Heard:
        """Run, or read what another worker of the same session has recorded."""
        files.prepare(self._options.parity_out)
        heard, recording = Heard(), self._options.parity_out / "recording.jsonl"
        with _alone(self._options.parity_out / ".pytest") as marker:
            if self._shared is not None and marker.read() == self._shared:
                for event in rejudged(recording, self._plan.masks, self._plan.known):
                    heard(event)
                return heard
            try:
                self._record(recording, wanted, heard)
            except Unobservable as error:
                heard.failure = Redactor(self._config.secrets).clean(str(error))
            marker.truncate(0)
            marker.write(self._shared or "")
        return heard

    def _record(self, path: Path, wanted: set[str], heard: Heard) -> None:
        probes = [probe for probe in self._plan.probes if probe.id in wanted]
        plan = replace(self._plan, probes=probes, today=datetime.now(UTC).date())
        with files.writing(path) as file:
            recorder = Recorder(file, Redactor(self._config.secrets))
            asyncio.run(self._drive(plan, recorder, heard))

    async def _drive(self, plan: Plan, recorder: Recorder, heard: Heard) -> None:
        """Nobody behind the recorder hears of secrets."""
        async with self._stage() as (config, doubles):
            async for event in Run(replace(plan, config=config), doubles).events():
                heard(recorder(event))

    def _stage(self) -> AbstractAsyncContextManager[tuple[Config, Doubles]]:
        if self._options.parity_bundled:
            return stage.demo(lambda _line: None)
        return stage.live(self._config)


def _resolved(probe: Probe) -> str:
    return str(Path(probe.place.file).resolve())


@contextmanager
def _alone(path: Path) -> Iterator[IO[str]]:
    """The file, held by this process alone for as long as the block takes."""
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        yield file
