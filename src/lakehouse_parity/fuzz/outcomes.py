"""The signature of a judged probe: of its first drift, or of any first difference, with predictions off."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.compare import ABSENT
from lakehouse_parity.fuzz.signature import APART, Signature
from lakehouse_parity.model import Verdict
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from lakehouse_parity.model import Difference, Outcome, Tree

_INDEX = re.compile(r"\[[0-9]+\]")
_ARTIFACT = re.compile(r"(\.artifact|\.context|\.content).*")
_QUOTED = re.compile(r"'[^']*'")
_FREE = re.compile(r"[^a-z]+")
_TEMPLATE = re.compile(r"`([^`]+)`")
_WORDS = 6
_OWN_WORDS = " parse: "
_APART = {
    Verdict.RUST_DRIFT: ("rust",),
    Verdict.GO_DRIFT: ("go",),
    Verdict.SPLIT: ("rust", "go"),
    Verdict.BOTH_DRIFT: ("rust", "go"),
}
_KINDS = {bytes: "number", str: "text", bool: "truth", dict: "object", list: "list", type(None): "nothing"}


def first(outcome: Outcome, *, dialects: bool) -> Difference | None:
    """The difference that an outcome is about; None where there is none that is not predicted."""
    drifts = [each for each in outcome.differences if not _predicted(each)]
    libraries = [] if dialects else [each for each in outcome.differences if each.verdict is Verdict.DIALECT]
    return next(iter(drifts + libraries), None)


def _predicted(difference: Difference) -> bool:
    """Whether it is the dialects', or only in a library's own words behind `parse: ` (IT-12, IT-22)."""
    if difference.verdict is Verdict.DIALECT:
        return True
    apart = _APART.get(difference.verdict, ())
    texts = [difference.values.get(side) for side in (*apart, "reference")]
    begun = {text.partition(_OWN_WORDS)[0] if isinstance(text, str) else None for text in texts}
    return len(begun) == 1 and all(isinstance(text, str) and _OWN_WORDS in text for text in texts)


def sign(chapter: str, outcome: Outcome, *, dialects: bool = True) -> Signature | None:
    """The signature of an outcome; None where all agree, or only the dialects differ as predicted."""
    if outcome.verdict is Verdict.BROKEN:
        return Signature(chapter, _broken(outcome.reason), "gives no answer", "", outcome.probe.clauses[0])
    if outcome.verdict is Verdict.UNSTABLE:
        return Signature(chapter, "unstable", "answers differently", "", outcome.probe.clauses[0])
    difference = first(outcome, dialects=dialects)
    if difference is None:
        return None
    path = _INDEX.sub("", _ARTIFACT.sub(r"\1", difference.path)).strip("$.")
    kind, clause = _kind(difference), _reason_clause(difference) or difference.clause
    apart = APART.get(difference.verdict, difference.verdict.value)
    return Signature(chapter, apart, f"{difference.surface.value} {path}".strip(), kind, clause)


def _broken(reason: str) -> str:
    return reason.partition(":")[0] if reason.startswith(("rust:", "go:")) else "both"


def _kind(difference: Difference) -> str:
    """The kinds of value that stand there, and the words of a reason."""
    values = [difference.values.get(side, ABSENT) for side in ("rust", "go", "reference")]
    kinds = " ".join(sorted({"absent" if value is ABSENT else _KINDS[type(value)] for value in values}))
    reason = _reason(difference)
    return f"{kinds} {' '.join(_words(reason).split()[:_WORDS])}" if reason else kinds


def _reason(difference: Difference) -> str:
    """The reference's own words, where it is a reason that differs."""
    value = difference.values.get("reference")
    return value if difference.path.endswith(".reason") and isinstance(value, str) else ""


def _words(text: str) -> str:
    """What is the same in all texts of one form: no quoted values, no digits, no capitals."""
    return _FREE.sub(" ", _QUOTED.sub(" ", text)).strip()


def _reason_clause(difference: Difference) -> str:
    """The clause that spells the reason out, if one does."""
    reason = _reason(difference)
    return _clauses_of_reasons().get(_words(reason), "") if reason else ""


@cache
def _clauses_of_reasons() -> dict[str, str]:
    """From the words of a reason to the clause in which they stand as a constant."""
    found: dict[str, str] = {}
    for clause in CLAUSES.values():
        for constant in _TEMPLATE.findall(clause.text):
            if len(_words(constant).split()) > 1:
                found.setdefault(_words(constant), clause.id)
    return found


def shown(difference: Difference | None, side: str) -> str:
    """One side's value, as a report has it."""
    if difference is None:
        return ""
    value: Tree = difference.values.get(side, ABSENT)
    return "(absent)" if value is ABSENT else lossless.write(value)
