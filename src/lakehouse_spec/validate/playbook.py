"""Validator `playbook`: an endorsement of workers for an operation (chapter PL)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lakehouse_spec.requests import LARGEST_U32
from lakehouse_spec.validate.matching import matches
from lakehouse_spec.validate.report import Finding, Severity, incomplete, inconsistent
from lakehouse_spec.validate.shape import Context, a_string, an_array, an_object, required

if TYPE_CHECKING:
    from lakehouse_spec.dialects import Json
    from lakehouse_spec.roster import Roster

_BEGINNING = "fill: "
_COUNT = re.compile(r" x([0-9]+) in(?= )")


class Playbook(NamedTuple):
    """The endorsement."""

    operation: str
    """What was done, such as `fill: Welder x2 in Toledo, OH`."""
    endorsed_names: tuple[str, ...]
    """Who did it well."""
    fingerprint: str
    """The key under which it is found."""


class Operation(NamedTuple):
    """The parts of an operation's text (PL-5)."""

    role: str
    """What the workers do."""
    places: int
    """How many places there were, from 0 to 4294967295."""
    city: str
    """Where."""
    state: str
    """In which state."""


def validate(artifact: Json, context: Context, roster: Roster) -> tuple[Finding, ...]:  # noqa: ARG001
    """Judge an endorsement; raises `Invalid` at the first failing check (PL-1 to PL-7).

    The roster is not asked: names are endorsed, not ids. There is no Policy check.
    """
    playbook = _schema(artifact)
    _completeness(playbook, context)
    _consistency(playbook.operation, context)
    return _repetitions(playbook.endorsed_names)


def _schema(artifact: Json) -> Playbook:
    """Check the shape, in the order of PL-1."""
    members = an_object(artifact, "artifact")
    operation = a_string(required(members, "operation"), "operation")
    names = an_array(required(members, "endorsed_names"), "endorsed_names")
    endorsed = tuple(a_string(name, f"endorsed_names[{index}]") for index, name in enumerate(names))
    return Playbook(operation, endorsed, a_string(required(members, "fingerprint"), "fingerprint"))


def _completeness(playbook: Playbook, context: Context) -> None:
    """Check the number of names, and that there is a fingerprint (PL-2, PL-3, PL-4)."""
    number, target = len(playbook.endorsed_names), context.target_count()
    if number == 0:
        raise incomplete("endorsed_names is empty")
    if target is not None and number > 2 * target:
        raise incomplete(f"endorsed_names has {number} names, at most {2 * target} allowed")
    if not playbook.fingerprint:
        raise incomplete("fingerprint is empty")


def operation(text: str) -> Operation | None:
    r"""Take an operation's text apart; None where it has not the form (PL-5).

    The form is `fill: (.+) x([0-9]+) in (.+), (.+)`, greedy from the left and without line feeds.
    Greedy means: the last `, ` with something behind it, and of the counts in front of that the
    last one that leaves a role and a city.
    """
    comma = text.rfind(", ", 0, len(text) - 1)
    if not text.startswith(_BEGINNING) or "\n" in text or comma < 0:
        return None
    counts = _COUNT.finditer(text, len(_BEGINNING) + 1)
    last = max((found for found in counts if found.end() + 1 < comma), key=re.Match.start, default=None)
    digits = "" if last is None else last[1].lstrip("0")
    if last is None or len(digits) > len(str(LARGEST_U32)) or int(digits or "0") > LARGEST_U32:
        return None
    role, city = text[len(_BEGINNING) : last.start()], text[last.end() + 1 : comma]
    return Operation(role, int(digits or "0"), city, text[comma + 2 :])


def _consistency(text: str, context: Context) -> None:
    """Check the operation's form, and its parts against the contract's, where given (PL-5, PL-6)."""
    parts = operation(text)
    if parts is None:
        raise inconsistent(
            f"operation '{text}' is not of the form 'fill: ROLE xCOUNT in CITY, STATE'",
        )
    _agree("role", parts.role, context)
    target = context.target_count()
    if target is not None and parts.places != target:
        raise inconsistent(f"operation count {parts.places} doesn't match contract count {target}")
    _agree("city", parts.city, context)
    _agree("state", parts.state, context)


def _agree(name: str, own: str, context: Context) -> None:
    """Check one part of the operation against the context's member of that name."""
    wanted = context.text(name)
    if wanted is not None and not matches(own, wanted):
        raise inconsistent(f"operation {name} '{own}' doesn't match contract {name} '{wanted}'")


def _repetitions(names: tuple[str, ...]) -> tuple[Finding, ...]:
    """Find each name that exactly equals an earlier one (PL-7)."""
    seen: set[str] = set()
    findings = []
    for index, name in enumerate(names):
        if name in seen:
            field = f"endorsed_names[{index}]"
            findings.append(Finding(field, Severity.WARNING, f"name '{name}' is repeated"))
        seen.add(name)
    return tuple(findings)
