"""What fails the gate, at its place in the change: annotations that GitHub's and Gitea's runners read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakehouse_parity.reports.wording import describe, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lakehouse_parity.model import Outcome
    from lakehouse_parity.reports.summary import Summary

MOST = 10
"""Annotations of one step that a runner shows."""
LONGEST = 4_000
"""Characters of one message."""

_PLACE = re.compile(r"(.+?):([0-9]+): (.*)", re.DOTALL)
_RUNNERS = ("GITHUB_ACTIONS", "GITEA_ACTIONS")


def are_wanted(choice: str, environment: Mapping[str, str]) -> bool:
    """Whether to print them; `auto` is yes where a runner says that it is one."""
    return choice in ("github", "gitea") or (
        choice == "auto" and any(environment.get(name) == "true" for name in _RUNNERS)
    )


def render(summary: Summary) -> Iterator[str]:
    """One line each; where there are more than MOST, the last says how many."""
    divergences = [_outcome(outcome, summary) for outcome in summary.failing]
    found = [*divergences, *map(_trouble, (*summary.problems, *summary.unseen))]
    if len(found) <= MOST:
        yield from found
    else:
        yield from found[: MOST - 1]
        yield _command("", 0, "lakehouse-parity", f"and {len(found) - MOST + 1} more that fail the gate")


def _outcome(outcome: Outcome, summary: Summary) -> str:
    place = outcome.probe.place
    title = f"{outcome.probe.id}: {outcome.verdict.value}"
    return _command(place.file, place.line, title, "\n".join(describe(outcome, summary.runtimes)))


def _trouble(trouble: str) -> str:
    """A sentence that begins with a place is shown there."""
    match = _PLACE.fullmatch(trouble)
    if match is None:
        return _command("", 0, "lakehouse-parity", safe(trouble))
    return _command(match[1], int(match[2]), "lakehouse-parity", safe(match[3]))


def _command(file: str, line: int, title: str, message: str) -> str:
    properties = {"file": file, "line": str(line or ""), "title": title}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::error {listed}::{_data(message[:LONGEST])}"


def _property(text: str) -> str:
    return _data(safe(text)).replace(":", "%3A").replace(",", "%2C")


def _data(text: str) -> str:
    """Line ends as the runners want them; `##[` would begin a command of the older form anywhere."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace("##[", "##%5B")
