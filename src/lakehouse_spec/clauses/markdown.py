"""The specification as a document: `docs/specification.md` is what this renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_spec.clauses import CHAPTERS

if TYPE_CHECKING:
    from lakehouse_spec.clauses.model import Chapter, Clause

HEAD = """\
# The specification

What the Rust gateway and the Go stack both have to do, clause by clause. This page is generated
from `src/lakehouse_spec/clauses/` by `parity clauses --markdown`; a test fails when the two differ.

Every clause has an *authority*, which says who has to move when it is not kept:

- **source**: read off the gateway. Where both runtimes agree and differ from it, both have drifted.
- **chosen**: the source is silent, and the reference decides. Where both runtimes agree and differ
  from it, the reference has to move; that is reported and does not fail the gate.
- **open**: unsettled. The runtimes are compared with each other only.

Text in `code` is a wire constant, exact byte for byte; `\\n` in it is a line feed.
"""


def render() -> str:
    """The whole document, ending in one line feed."""
    return HEAD + "".join(_chapter(chapter) for chapter in CHAPTERS)


def _chapter(chapter: Chapter) -> str:
    clauses = "\n".join(_clause(clause) for clause in chapter.clauses)
    return f"\n## {chapter.prefix}: {chapter.title}\n\n{chapter.introduction.strip()}\n\n{clauses}\n"


def _clause(clause: Clause) -> str:
    notes = [f"*{clause.why}*"] if clause.why else []
    notes += [f"*Not probed: {clause.unobserved}.*"] if clause.unobserved else []
    return " ".join([f"- **{clause.id}** ({clause.authority.value}) {clause.text}", *notes])
