"""What `report.html` draws from: one record per probe, gravest first, values cut around their difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from msgspec import Struct

from lakehouse_parity import lossless
from lakehouse_parity.model import Verdict
from lakehouse_parity.reports import pages
from lakehouse_parity.reports.repeating import command
from lakehouse_parity.reports.summary import COLUMNS, PASSING, column
from lakehouse_parity.reports.wording import first_difference, further
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from lakehouse_parity.model import Difference, Outcome
    from lakehouse_parity.reports.exhibits import Exhibits
    from lakehouse_parity.reports.summary import Summary

LONGEST = 20_000
"""Characters of one value that the page carries."""
_BEFORE = 2_000
"""How many of them stand before the first place where the sides differ."""


def build(summary: Summary, exhibits: Exhibits) -> Markup:
    """The data of the page, as JSON that can stand in a script element."""
    outcomes = sorted(summary.outcomes, key=_gravity)
    used = {clause for outcome in outcomes for clause in _clauses(outcome)}
    told = {
        "clauses": {
            clause.id: {"authority": clause.authority.value, "text": clause.text, "why": clause.why}
            for clause in CLAUSES.values()
            if clause.id in used
        },
        "columns": {verdict.value: column(verdict) for verdict in Verdict},
        "order": COLUMNS,
    }
    probes = ",".join([_probe(outcome, exhibits, summary) for outcome in outcomes])
    text = _with_member(pages.script_text(pages.compact(told)), "probes", f"[{probes}]")
    return Markup(text)  # noqa: S704  nothing in its parts can end the element


def _with_member(members: str, name: str, value: str) -> str:
    """The text of an object that has members, with one more."""
    return f'{members[:-1]},"{name}":{value}}}'


def _gravity(outcome: Outcome) -> tuple[bool, bool, str]:
    return outcome.verdict in PASSING, outcome.verdict is Verdict.PARITY, outcome.probe.id


def _clauses(outcome: Outcome) -> list[str]:
    """The clauses that the probe is for, and those that decided."""
    return [*dict.fromkeys((*outcome.probe.clauses, *(found.clause for found in outcome.differences)))]


class _Record(Struct, omit_defaults=True):
    """What the page has of a probe; what is empty is left out."""

    id: str
    suite: str
    verdict: str
    clauses: list[str]
    place: str
    again: str
    fails: bool = False
    reason: str = ""
    why: str = ""
    differences: list[dict[str, Any]] = []
    further: dict[str, str] = {}


def _probe(outcome: Outcome, exhibits: Exhibits, summary: Summary) -> str:
    """The text of its record; what was kept of it is JSON already, and every part is made safe once."""
    probe, exhibit = outcome.probe, exhibits.of(outcome.probe.id)
    found = _Record(
        id=probe.id,
        suite=probe.suite,
        verdict=outcome.verdict.value,
        clauses=_clauses(outcome),
        place=str(probe.place),
        again=command(probe, summary.runtimes),
        fails=outcome.verdict not in PASSING,
        reason=outcome.reason,
        why=probe.why,
        differences=[_difference(difference) for difference in outcome.differences],
        further=further(outcome),
    )
    text = pages.script_text(pages.compact(found))
    return text if exhibit is None else _with_member(text, "exhibit", pages.script_text(exhibit))


def _difference(difference: Difference) -> dict[str, Any]:
    texts = {side: lossless.write(value) for side, value in difference.values.items()}
    start = max(0, first_difference(list(texts.values())) - _BEFORE)
    return {
        "surface": difference.surface.value,
        "path": difference.path,
        "verdict": difference.verdict.value,
        "clause": difference.clause,
        "sides": {side: _value(text, start) for side, text in texts.items()},
    }


def _value(text: str, start: int) -> dict[str, Any]:
    """The whole text, or a part of it with where that starts and how long the whole is."""
    if len(text) <= LONGEST:
        return {"text": text}
    return {"text": text[start : start + LONGEST], "start": start, "of": len(text)}
