"""What kind of difference it is: findings are classes, and this is their name.

A signature says who stands apart, what became of the object, which kind of value differs first, and
which clause decides. Shrinking holds all of it but the clause of a drift in extraction, which is only
told from the smallest text: there nothing is left that the difference does not need.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity.compare import ABSENT, equal, walk
from lakehouse_parity.fuzz import blame, traits
from lakehouse_parity.fuzz.answers import tree
from lakehouse_parity.model import Verdict
from lakehouse_parity.verdict import attribute
from lakehouse_spec.clauses import Authority

if TYPE_CHECKING:
    from lakehouse_parity.fuzz.answers import Answers
    from lakehouse_parity.model import Tree

FOUND = b'"found":true'
APART = {
    Verdict.RUST_DRIFT: "rust",
    Verdict.GO_DRIFT: "go",
    Verdict.BOTH_DRIFT: "both",
    Verdict.REFERENCE_DRIFT: "reference",
    Verdict.SPLIT: "split",
    Verdict.DIALECT: "libraries",
}
"""Who stands apart, by the verdict on the first place that differs."""

_UNNAMED = re.compile(r"[^a-z0-9]+")


class Signature(Struct, frozen=True, order=True):
    """One class of differences."""

    chapter: str
    """`extract`, `validate` or `iterate`."""
    apart: str
    outcome: str
    """What happened to what is compared, in words such as `only go finds`."""
    kind: str
    """The kind of the first differing value, or the trait of the text that parts the libraries."""
    clause: str

    def __str__(self) -> str:
        """The name of a probe and of its file."""
        words = (self.apart, self.outcome, self.kind, self.clause)
        return "-".join(_UNNAMED.sub("-", word.lower()).strip("-") for word in words if word)

    def holds(self, other: Signature | None) -> bool:
        """Whether a smaller example is still of this class."""
        if other is None or (self.chapter, self.apart, self.outcome, self.kind) != (
            other.chapter, other.apart, other.outcome, other.kind,
        ):  # fmt: skip
            return False
        return self.clause == other.clause or (self.chapter == "extract" and self.apart != "libraries")


def sign(
    raw: str, answers: Answers, like: Signature | None = None, *, dialects: bool = True
) -> Signature | None:
    """The signature of a text's answers; None where all agree, or only the dialects differ as predicted.

    With `dialects` off nothing is predicted, and what the libraries do differently has signatures too.
    Where only one `like` another is wanted, None saves the search for the clause.
    """
    drifts = answers.rust != answers.reference or answers.go != answers.reference_go
    if not drifts:
        return None if dialects else _library_signature(raw, answers, like)
    verdict, values = _first_place(answers)
    if verdict in (Verdict.PARITY, Verdict.DIALECT):
        return None if dialects else _library_signature(raw, answers, like)
    apart = APART[verdict]
    outcome, kind = _outcome(apart, answers, values)
    if like is not None and (apart, outcome, kind) != (like.apart, like.outcome, like.kind):
        return None
    return Signature("extract", apart, outcome, kind, blame.clause(raw, kind))


def _first_place(answers: Answers) -> tuple[Verdict, tuple[Tree, ...]]:
    """The first place where a runtime drifts and its verdict; parity where only forms or dialects differ."""
    for _, values, only_form in walk(answers.trees()):
        rust, go, reference, reference_go = values
        verdict = attribute(rust, go, reference, reference_go, Authority.SOURCE)
        if not only_form and verdict not in (Verdict.PARITY, Verdict.DIALECT):
            return verdict, values
    return Verdict.PARITY, ()


def _outcome(apart: str, answers: Answers, values: tuple[Tree, ...]) -> tuple[str, str]:
    """What became of the object, and the kind of the first differing value."""
    odd = [name for name in ("rust", "go") if b'"found":' not in getattr(answers, name)[:8]]
    if odd:
        return f"{' and '.join(odd)} gives no answer", ""
    found = {name: getattr(answers, name).startswith(FOUND) for name in ("rust", "go", "reference")}
    if len(set(found.values())) == 1:
        return "differs", _kind(values)
    finders = [name for name, finds in found.items() if finds]
    if apart in finders:
        return "finds something", "object"
    if apart in found:
        return "finds nothing", "object"
    return f"{' and '.join(finders)} finds", "object"


def _kind(values: tuple[Tree, ...]) -> str:
    """The kinds of value that stand there, each once; `member` where a side has none there."""
    if ABSENT in values:
        return "member"
    return " ".join(sorted({_KINDS.get(type(value), "nothing") for value in values}))


_KINDS = {bytes: "number", str: "text", bool: "truth", dict: "object", list: "list"}


def _library_signature(raw: str, answers: Answers, like: Signature | None) -> Signature | None:
    """How the libraries differ: by what is found, and by the trait of the text that makes them."""
    rust, go = (answer.startswith(FOUND) for answer in (answers.rust, answers.go))
    outcome = "differs" if rust and go else "only rust finds" if rust else "only go finds"
    if like is not None and (like.apart, like.outcome) != ("libraries", outcome):
        return None
    if rust == go and not (rust and _values_differ(answers)):
        return None
    trait = traits.trait(raw)
    return Signature("extract", "libraries", outcome, trait.kind, trait.clause)


def _values_differ(answers: Answers) -> bool:
    return answers.rust != answers.go and not equal(tree(answers.rust), tree(answers.go))
