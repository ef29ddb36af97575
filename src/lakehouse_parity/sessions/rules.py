"""What one row has to be: every rule names its clause, looks at one row alone, and says what is wrong.

What the rules look at is exactly what `shapes` tells rows apart by; who adds a rule here looks there too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity.lossless import Repeated
from lakehouse_parity.sessions import attempt_rules, row_rules
from lakehouse_parity.sessions.members import DAEMONS, KINDS, VERDICTS
from lakehouse_spec.session import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lakehouse_parity.model import Tree
    from lakehouse_parity.sessions.members import Row


class Rule(Struct, frozen=True):
    """One thing that holds for every row."""

    name: str
    clause: str
    check: Callable[[Row], Iterator[str]]
    """Yields a sentence for every way in which the row does not keep it."""


def broken(row: Row) -> Iterator[tuple[Rule, str]]:
    """Give every rule that the row breaks, with what is wrong."""
    repeated = [*_repetitions(row)]
    yield from ((_REPEATED, f"member {name} stands {times} times") for name, times in repeated)
    once = _once(row) if repeated else row
    for rule in RULES:
        for detail in rule.check(once):
            yield rule, detail


def _repetitions(row: Row) -> Iterator[tuple[str, int]]:
    """Find repeated members at every depth, of which there is no end in an artifact."""
    waiting: list[tuple[str, Tree]] = [("", row)]
    while waiting:
        path, tree = waiting.pop()
        if isinstance(tree, Repeated):
            yield path, len(tree)
        elif isinstance(tree, dict):
            waiting.extend((f"{path}.{name}".removeprefix("."), value) for name, value in tree.items())
        elif isinstance(tree, list):
            waiting.extend((f"{path}[{index}]", value) for index, value in enumerate(tree))


def _once(row: Row) -> Row:
    """Take the first of repeated members wherever the other rules look."""
    row = _firsts(row)
    if isinstance(row.get("attempts"), list):
        row["attempts"] = [_firsts(each) if isinstance(each, dict) else each for each in row["attempts"]]
    if isinstance(row.get("artifact"), dict):
        row["artifact"] = _firsts(row["artifact"])
    return row


def _firsts(members: Row) -> Row:
    return {name: value[0] if isinstance(value, Repeated) else value for name, value in members.items()}


_REPEATED = Rule("repeated-member", "SE-4", lambda _: iter(()))
"""Looked at before all others, in the row as it stands."""

RULES = (
    Rule("row-in-row", "SE-4", row_rules.nested),
    Rule("unknown-member", "SE-6", row_rules.unknown),
    Rule("missing-member", "SE-6", row_rules.missing),
    Rule("mistyped-member", "SE-6", row_rules.mistyped),
    Rule("schema", "SE-18", row_rules.one_of("schema", (SCHEMA,))),
    Rule("daemon", "SE-3", row_rules.one_of("daemon", DAEMONS)),
    Rule("kind", "SE-7", row_rules.one_of("kind", KINDS)),
    Rule("session-id", "TR-1", row_rules.session_id),
    Rule("timestamp", "SE-19", row_rules.timestamp),
    Rule("duration", "SE-20", row_rules.duration),
    Rule("prompt-length", "SE-9", row_rules.prompt),
    Rule("max-iterations", "IT-4", row_rules.maximum_is),
    Rule("iterations", "SE-11", row_rules.whole),
    Rule("final-verdict", "SE-10", row_rules.one_of("final_verdict", VERDICTS)),
    Rule("accepted", "SE-11", row_rules.accepted),
    Rule("exhausted", "SE-12", row_rules.exhausted),
    Rule("infra-error", "SE-13", row_rules.failed),
    Rule("infra-error-text", "SE-14", attempt_rules.failure_text),
    Rule("attempts", "SE-15", attempt_rules.numbered),
    Rule("attempts-end", "SE-15", attempt_rules.ending),
    Rule("attempt-verdict", "SE-10", attempt_rules.attempt_verdict),
    Rule("error-missing", "SE-15", attempt_rules.error_there),
    Rule("error-idle", "SE-16", attempt_rules.error_idle),
    Rule("span-id", "SP-6", attempt_rules.span_id),
    Rule("grounded", "SE-17", row_rules.grounded),
)
