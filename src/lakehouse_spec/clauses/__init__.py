"""The clauses of the specification: id -> sentence, authority and reason, in reading order."""

from lakehouse_spec.clauses.evidence import SESSIONS, SPANS
from lakehouse_spec.clauses.extract import DIALECTS, EXTRACT
from lakehouse_spec.clauses.iterate import CHAT, HTTP, ITERATE, TRACE, USAGE
from lakehouse_spec.clauses.model import Authority, Chapter, Clause
from lakehouse_spec.clauses.validate import EMAIL, FILL, PLAYBOOK, ROSTER, VALIDATE

__all__ = ["CHAPTERS", "CLAUSES", "Authority", "Chapter", "Clause"]

CHAPTERS: tuple[Chapter, ...] = (
    EXTRACT, DIALECTS, ITERATE, TRACE, SESSIONS, SPANS,
    VALIDATE, FILL, EMAIL, PLAYBOOK, ROSTER, CHAT, USAGE, HTTP,
)  # fmt: skip

CLAUSES: dict[str, Clause] = {clause.id: clause for chapter in CHAPTERS for clause in chapter.clauses}
