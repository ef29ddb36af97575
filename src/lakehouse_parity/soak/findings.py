"""What a soak comes to: findings, each with the runtime that is to blame, and the figures around them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import asdict

if TYPE_CHECKING:
    from lakehouse_parity.events import RuntimeFacts
    from lakehouse_parity.soak.load import Load

SCHEMA = "lakehouse-parity/soak/v1"
MOST_KEPT = 1000
"""Findings of one rule that are kept; all are counted."""


class Finding(Struct, frozen=True):
    """One place where a clause is not kept."""

    rule: str
    clause: str
    runtime: str
    """Who is to blame: `rust`, `go`, or empty where nothing tells."""
    detail: str
    call: int | None = None
    line: int | None = None
    """From 1, counted from where the log ended before the soak."""
    offset: int | None = None
    """Of the line's first byte in the file."""
    place: str = ""
    """Surface and path, as a run would name the place, where there is one."""


class Seen(Struct):
    """What one runtime did."""

    answered: int = 0
    lost: int = 0
    """Calls without an answer; the daemon was ended under them, or there is no verdict."""
    left: int = 0
    """Calls whose caller went away while the model was thinking."""
    rows: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    minted: int = 0
    """Different ids that it minted."""


class Log(Struct):
    """The log, as far as it was written meanwhile."""

    lines: int = 0
    bytes: int = 0
    smallest: int = 0
    largest: int = 0
    strangers: int = 0
    """Rows of calls that are not of this soak."""


class Result(Struct):
    """What a soak comes to."""

    load: Load
    facts: dict[str, RuntimeFacts] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    log: Log = field(default_factory=Log)
    restarts: list[dict[str, object]] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=list)
    """What a kill left behind and is nobody's fault."""
    unobserved: list[str] = field(default_factory=list)
    """Why there is no verdict, if there is none."""
    unlooked: list[str] = field(default_factory=list)
    """What was not looked at because it is not wired."""
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """How often each rule and clause was broken, by whom."""
    asking: float = 0.0
    """Seconds in which the calls were asked."""
    seconds: float = 0.0

    def add(self, finding: Finding) -> None:
        """Take in one finding."""
        key = (finding.rule, finding.clause, finding.runtime)
        self.counts[key] += 1
        if self.counts[key] <= MOST_KEPT:
            self.findings.append(finding)

    @property
    def exit_code(self) -> int:
        """0 where all was kept, 1 with findings, 3 where a daemon did not answer by itself; 3 beats 1."""
        if self.unobserved:
            return 3
        return 1 if self.counts else 0

    @property
    def verdict(self) -> str:
        """The same in a word."""
        return {0: "sound", 1: "findings", 3: "no_verdict"}[self.exit_code]

    def to_json(self) -> dict[str, Any]:
        """Give the result as JSON; members may be added, none goes."""
        return {
            "schema": SCHEMA,
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "load": {name: value for name, value in asdict(self.load).items() if name != "seconds"},
            "asking_seconds": round(self.asking, 3),
            "seconds": round(self.seconds, 3),
            "runtimes": {name: self._runtime(name) for name in self.seen},
            "log": asdict(self.log),
            "restarts": self.restarts,
            "tolerated": self.tolerated,
            "unobserved": self.unobserved,
            "not_wired": self.unlooked,
            "counts": [
                {"rule": rule, "clause": clause, "runtime": runtime, "times": times}
                for (rule, clause, runtime), times in sorted(self.counts.items())
            ],
            "findings": [asdict(finding) for finding in self.findings],
        }

    def _runtime(self, name: str) -> dict[str, Any]:
        facts, seen = self.facts.get(name), self.seen[name]
        about = {"url": facts.url, "daemon": facts.daemon, "version": facts.version} if facts else {}
        statuses = {str(status): times for status, times in sorted(seen.statuses.items())}
        return {**about, **asdict(seen), "statuses": statuses}
