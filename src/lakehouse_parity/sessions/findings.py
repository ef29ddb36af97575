"""What an audit finds, in order and counted, however much of it there is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity.sessions import lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCHEMA = "lakehouse-parity/sessions-audit/v1"


class Fault(Struct, frozen=True):
    """What is wrong with a line."""

    rule: str
    clause: str
    detail: str


class Finding(Struct, frozen=True):
    """One place where the log does not keep to a clause."""

    rule: str
    clause: str
    log: str
    line: int
    """From 1."""
    offset: int
    """Of the line's first byte, from 0, in the unpacked log."""
    detail: str


class Audit:
    """Findings as they come. Each is counted; of one rule and log only so many are kept. Not thread-safe."""

    def __init__(self, limit: int, logs: list[str]) -> None:
        self._limit = limit
        self.logs = logs
        self.kept: list[Finding] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        """How often each rule and clause was broken."""
        self._in_log: Counter[tuple[str, str]] = Counter()
        self.lines = 0
        self.rows = 0
        """Lines that are a JSON object."""

    def add(self, fault: Fault, log: str, line: int, offset: Callable[[], int]) -> None:
        """Take in one finding; the offset is asked for only if it is kept."""
        self.counts[fault.rule, fault.clause] += 1
        self._in_log[fault.rule, log] += 1
        if self._in_log[fault.rule, log] <= self._limit:
            self.kept.append(Finding(fault.rule, fault.clause, log, line, offset(), fault.detail))

    def relocate(self, log: str, path: Path) -> None:
        """Say again where the lines of this log begin: it was looked at in a copy."""
        found = lines.offsets(path, (each.line for each in self.kept if each.log == log))
        self.kept = [
            replace(each, offset=found.get(each.line, each.offset)) if each.log == log else each
            for each in self.kept
        ]

    @property
    def findings(self) -> list[Finding]:
        """The findings that were kept, log by log, in the order of their lines."""
        places = {log: place for place, log in enumerate(self.logs)}
        return sorted(self.kept, key=lambda each: (places[each.log], each.line, each.rule, each.detail))

    def to_json(self) -> dict[str, Any]:
        """Give the result as JSON; members may be added, none goes."""
        return {
            "schema": SCHEMA,
            "logs": self.logs,
            "rows": self.rows,
            "lines": self.lines,
            "counts": {rule: count for (rule, _), count in sorted(self.counts.items())},
            "findings": [
                {
                    "rule": each.rule,
                    "clause": each.clause,
                    "log": each.log,
                    "line": each.line,
                    "offset": each.offset,
                    "detail": each.detail,
                }
                for each in self.findings
            ],
        }
