"""A summary for pull requests, in Markdown that no value can break out of, of bounded size."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakehouse_parity.model import Verdict
from lakehouse_parity.reports.summary import COLUMNS
from lakehouse_parity.reports.wording import NAMES, SENTENCES, repeat_line, runtime, safe, sentence, sides

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from lakehouse_parity.model import Difference, Outcome
    from lakehouse_parity.reports.summary import Summary

LONGEST = 30_000
"""Characters: a comment on GitHub may have 65,536."""
MOST_DIFFERENCES = 3
"""Of one probe; further ones are counted."""

_SIGNS = {"parity": "✅", "divergence": "❌", "no_verdict": "⚠️"}
_MARKUP = re.compile(r"[\\`*_\[\]<>|~!&$]|:(?=//)|(?<=www)\.")
_REFERENCE = re.compile("[@#]")


def render(summary: Summary) -> str:
    """The summary; what does not fit is counted at its end."""
    text = "\n".join(_head(summary))
    failing = [outcome for outcome in summary.failing if outcome.verdict is not Verdict.BROKEN]
    for number, outcome in enumerate(failing):
        part = "\n".join(_outcome(outcome, summary))
        if len(text) + len(part) > LONGEST:
            return text + f"\n\n…and {len(failing) - number:,} more divergences, in `report.html`.\n"
        text += "\n" + part
    return text + "\n"


def _head(summary: Summary) -> Iterator[str]:
    verdict = summary.verdict.replace("_", " ").capitalize()
    yield f"## {_SIGNS[summary.verdict]} {verdict}: {SENTENCES[summary.verdict]}"
    yield ""
    yield from (f"- {_plain(runtime(name, facts))}" for name, facts in summary.runtimes.items())
    for trouble in (*summary.unseen, *summary.problems)[:20]:
        yield f"- **{_plain(trouble)}**"
    yield ""
    if summary.suites:
        yield from _table(summary)


def _table(summary: Summary) -> Iterator[str]:
    yield "| suite | " + " | ".join(COLUMNS) + " |"
    yield "| --- |" + " ---: |" * len(COLUMNS)
    for suite, counts in summary.suites.items():
        yield _row(_plain(suite), counts)
    yield _row("**all**", summary.total)


def _row(name: str, counts: Counter[str]) -> str:
    cells = [f"{counts[column]:,}" if counts[column] else "·" for column in COLUMNS]
    return f"| {name} | " + " | ".join(cells) + " |"


def _outcome(outcome: Outcome, summary: Summary) -> Iterator[str]:
    yield ""
    yield f"### {code(outcome.probe.id)}: {outcome.verdict.value.replace('_', ' ')}"
    yield ""
    yield _plain(outcome.reason)
    for found in outcome.differences[:MOST_DIFFERENCES]:
        yield from _difference(found)
    more = len(outcome.differences) - MOST_DIFFERENCES
    yield ""
    again = code(repeat_line(outcome.probe, summary.runtimes))
    yield (f"{more} more places differ. " if more > 0 else "") + again


def _difference(found: Difference) -> Iterator[str]:
    yield ""
    yield f"{found.surface.value.replace('_', ' ')} {code(found.path)}"
    yield ""
    yield from _fenced([f"{NAMES[side]:>15}  {safe(text)}" for side, text in sides(found)])
    yield ""
    yield f"> {sentence(found.clause)}"


def _fenced(lines: list[str]) -> Iterator[str]:
    """A block whose fence is longer than any run of backticks in it."""
    fence = "`" * max(3, _longest_run("\n".join(lines)) + 1)
    yield from (f"{fence}text", *lines, fence)


def code(text: str) -> str:
    """The text as a code span, which nothing in it can end."""
    shown = safe(text)
    fence = "`" * (_longest_run(shown) + 1)
    padding = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{padding}{shown}{padding}{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _plain(text: str) -> str:
    """The text without any meaning as markup; a comment behind `@` and `#` makes them no references."""
    return _REFERENCE.sub(r"\g<0><!-- -->", _MARKUP.sub(r"\\\g<0>", safe(text)))
