"""`report.html`: one self-contained page for people; every value is escaped by the template engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jinja2

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports.summary import COLUMNS, PASSING
from lakehouse_parity.reports.wording import safe, sides
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from lakehouse_parity.model import Difference, Outcome
    from lakehouse_parity.reports.summary import Summary


def render(summary: Summary) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("lakehouse_parity.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html.jinja").render(
        summary=summary,
        columns=COLUMNS,
        runtimes=summary.started.runtimes if summary.started else {},
        outcomes=[_row(outcome) for outcome in sorted(summary.outcomes, key=_gravity)],
        verdicts=[
            verdict.value for verdict in Verdict if any(o.verdict is verdict for o in summary.outcomes)
        ],
    )
    return page.encode(errors="backslashreplace").decode()


def _gravity(outcome: Outcome) -> tuple[bool, bool, str]:
    return outcome.verdict in PASSING, outcome.verdict is Verdict.PARITY, outcome.probe.id


def _row(outcome: Outcome) -> dict[str, Any]:
    probe = outcome.probe
    return {
        "id": probe.id,
        "suite": probe.suite,
        "why": probe.why,
        "place": str(probe.place),
        "verdict": outcome.verdict.value,
        "passing": outcome.verdict in PASSING,
        "reason": safe(outcome.reason),
        "clauses": [{"id": clause, "text": CLAUSES[clause].text} for clause in probe.clauses],
        "differences": [_difference(difference) for difference in outcome.differences],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    shown = sides(difference)
    return {
        "surface": difference.surface.value,
        "path": safe(difference.path),
        "verdict": difference.verdict.value,
        "clause": difference.clause,
        "sides": [(side, _parts(safe(text), [safe(other) for _, other in shown])) for side, text in shown],
    }


def _parts(text: str, all_texts: list[str]) -> tuple[str, str, str]:
    """The text as common head, differing middle, common tail."""
    head = _common(all_texts)
    tail = _common([other[head:][::-1] for other in all_texts])
    end = len(text) - tail
    return text[:head], text[head:end], text[end:]


def _common(texts: list[str]) -> int:
    shortest = min(map(len, texts))
    return next((i for i in range(shortest) if len({text[i] for text in texts}) > 1), shortest)
