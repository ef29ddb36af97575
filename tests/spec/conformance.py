"""The reference held against a real library: generated texts through an adapter, answers compared.

An adapter reads lines `{"id", "raw"}` and writes lines `{"id", "found", "value"}`. Answers have to be
the same byte for byte: found or not, and the value as the dialect writes it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from lakehouse_spec.dialects import Dialect, serialise
from lakehouse_spec.extract import extract

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNTIMES = Path(__file__).parents[2] / "fixtures" / "runtimes"
BATCH = 1000
"""Texts that are in flight at once, to every adapter."""


@dataclass(frozen=True)
class Build:
    """How an adapter is made, and where it then is."""

    dialect: Dialect
    tool: str
    command: tuple[str, ...]
    directory: Path
    program: Path


BUILDS = (
    Build(
        Dialect.SERDE_JSON,
        "cargo",
        ("cargo", "build", "--release", "--locked", "--bin", "extract-adapter"),
        RUNTIMES / "gateway-rs",
        RUNTIMES / "gateway-rs/target/release/extract-adapter",
    ),
    Build(
        Dialect.ENCODING_JSON,
        "go",
        ("go", "build", "-o", "bin/extractadapter", "./cmd/extractadapter"),
        RUNTIMES / "validatord-go",
        RUNTIMES / "validatord-go/bin/extractadapter",
    ),
)


def missing_tools() -> list[str]:
    """Name the build tools that are not installed."""
    return [build.tool for build in BUILDS if shutil.which(build.tool) is None]


def build_adapters() -> None:
    """Bring both adapters up to date."""
    for build in BUILDS:
        subprocess.run(build.command, cwd=build.directory, check=True, capture_output=True)


@dataclass(frozen=True)
class Mismatch:
    """A text on which an adapter and the reference differ."""

    dialect: Dialect
    raw: str
    adapter: bytes
    reference: bytes


@dataclass
class Outcome:
    """What a run saw."""

    texts: int
    found: dict[Dialect, int]
    seconds: float
    mismatches: list[Mismatch]

    def __str__(self) -> str:
        found = ", ".join(f"{number} found as {dialect.value}" for dialect, number in self.found.items())
        rate = self.texts / self.seconds
        return f"{self.texts} texts, {found}, {len(self.mismatches)} mismatches, {rate:.0f} texts/s"


class Adapter:
    """One adapter process; a batch is written by a thread while its answers are read."""

    def __init__(self, build: Build) -> None:
        self.dialect = build.dialect
        self.process = subprocess.Popen([build.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.threads = ThreadPoolExecutor(2)

    def ask(self, lines: bytes, number: int) -> list[bytes]:
        written = self.threads.submit(self._write, lines)
        answers = [self.process.stdout.readline() for _ in range(number)]
        written.result()
        return answers

    def _write(self, lines: bytes) -> None:
        self.process.stdin.write(lines)
        self.process.stdin.flush()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
        self.threads.shutdown()


def run(texts: Iterator[str], number: int) -> Outcome:
    """Put that many texts to both adapters and the reference, and gather what differs."""
    adapters = [Adapter(build) for build in BUILDS]
    outcome = Outcome(0, dict.fromkeys((build.dialect for build in BUILDS), 0), 0.0, [])
    began = perf_counter()
    try:
        with ThreadPoolExecutor(len(adapters)) as asking:
            while outcome.texts < number and len(outcome.mismatches) < 100:
                _batch(list(islice(texts, min(BATCH, number - outcome.texts))), adapters, asking, outcome)
    finally:
        for adapter in adapters:
            adapter.close()
    outcome.seconds = perf_counter() - began
    return outcome


def _batch(raws: list[str], adapters: list[Adapter], asking: ThreadPoolExecutor, outcome: Outcome) -> None:
    """Let both adapters work on a batch while the reference does."""
    lines = "".join(
        [f'{{"id":{at},"raw":{json.dumps(raw, ensure_ascii=False)}}}\n' for at, raw in enumerate(raws)]
    )
    asked = [asking.submit(adapter.ask, lines.encode(), len(raws)) for adapter in adapters]
    expected = [[answer(at, raw, adapter.dialect) for at, raw in enumerate(raws)] for adapter in adapters]
    for adapter, answers, references in zip(adapters, asked, expected, strict=True):
        for raw, given, reference in zip(raws, answers.result(60), references, strict=True):
            outcome.found[adapter.dialect] += b'"found":true' in reference[:40]
            if given != reference:
                outcome.mismatches.append(Mismatch(adapter.dialect, raw, given, reference))
    outcome.texts += len(raws)


def answer(at: int, raw: str, dialect: Dialect) -> bytes:
    """The line that an adapter of this dialect has to write."""
    value = extract(raw, dialect)
    found = "false" if value is None else "true"
    return f'{{"id":{at},"found":{found},"value":{serialise(value, dialect)}}}\n'.encode()
