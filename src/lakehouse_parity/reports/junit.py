"""`junit.xml`: the run for CI viewers. A divergence is a failure, what could not be seen an error.

Nearly every case is one line that says only its name, so the document is put together as text.
"""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports.summary import PASSING
from lakehouse_parity.reports.wording import describe, runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.model import Outcome
    from lakehouse_parity.reports.summary import Summary

_NOT_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}
"""What a case may hold, and the suite's member that counts it."""


_NO_TIME = "0.000"
"""Of a single probe: they fly together, so that none has a time of its own."""
_NEVER = "1970-01-01T00:00:00"


class _Case(NamedTuple):
    """One case, drawn."""

    holds: str
    """The tag of what is in it; empty where it passed."""
    text: str


def render(summary: Summary) -> str:
    """The report as XML with its declaration."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>"]
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in summary.outcomes:
        outcomes[outcome.probe.suite].append(outcome)
    for number, name in enumerate(summary.suites):
        cases = [_case(outcome, summary) for outcome in outcomes[name]]
        lines += _suite(name, number, cases, _NO_TIME, summary)
    lines += _run(summary)
    return "\n".join([*lines, "</testsuites>\n"])


def _suite(name: str, number: int, cases: list[_Case], time: str, summary: Summary) -> Iterator[str]:
    """A suite with who answered; the strictest of the schemas wants every one of these members, in order."""
    started = summary.started
    members = {"name": name, "package": "parity", "id": str(number), "hostname": "localhost"}
    members["timestamp"] = started.at[: len(_NEVER)] if started else _NEVER
    yield f"  <testsuite{_attributes(members | _counts(cases) | {'time': time})}>"
    yield "    <properties>"
    for seat, facts in started.runtimes.items() if started else ():
        yield f"      <property{_attributes({'name': seat, 'value': runtime(seat, facts)})} />"
    yield "    </properties>"
    yield from (case.text for case in cases)
    yield from ("    <system-out />", "    <system-err />", "  </testsuite>")


def _counts(cases: list[_Case]) -> dict[str, str]:
    held = Counter(case.holds for case in cases)
    return {"tests": str(len(cases)), **{members: str(held[tag]) for tag, members in _COUNTED.items()}}


def _case(outcome: Outcome, summary: Summary) -> _Case:
    tag, held = "", ""
    if outcome.verdict is Verdict.SKIPPED:
        tag, held = "skipped", _holding("skipped", {"message": outcome.reason})
    elif outcome.verdict not in PASSING:
        tag = "error" if outcome.verdict is Verdict.BROKEN else "failure"
        members = {"message": outcome.reason, "type": outcome.verdict.value}
        held = _holding(tag, members, "\n".join(describe(outcome, summary.runtimes)))
    return _Case(tag, _case_text(outcome.probe.id, outcome.probe.suite, _NO_TIME, held))


def _run(summary: Summary) -> Iterator[str]:
    """The run itself as a case, so that a run without a verdict, or a stale entry, is seen too."""
    time = f"{summary.finished.duration_ms / 1000:.3f}" if summary.finished else _NO_TIME
    troubles = [*summary.unseen, *summary.problems]
    tag, held = "", ""
    if troubles:
        tag, members = "error", {"message": troubles[0], "type": summary.verdict}
        held = _holding(tag, members, "\n".join(troubles))
    cases = [_Case(tag, _case_text("run/complete", "run", time, held))]
    yield from _suite("run", len(summary.suites), cases, time, summary)


def _case_text(name: str, suite: str, time: str, held: str) -> str:
    members = _attributes({"name": name, "classname": f"parity.{suite}", "time": time})
    return f"    <testcase{members}>\n{held}\n    </testcase>" if held else f"    <testcase{members} />"


def _holding(tag: str, members: dict[str, str], text: str = "") -> str:
    """An element that a case holds."""
    begun = f"      <{tag}{_attributes(members)}"
    return f"{begun}>{_text(text)}</{tag}>" if text else f"{begun} />"


def _attributes(members: dict[str, str]) -> str:
    return "".join([f' {name}="{_text(value)}"' for name, value in members.items()])


def _text(text: str) -> str:
    """Text as XML has it, in an element or quoted; a reader would take an ordinary line break for a space."""
    if text.isprintable():
        return html.escape(text)
    escaped = html.escape(_NOT_XML.sub("\ufffd", text))
    return escaped.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;")
