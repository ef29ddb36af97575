"""From the observations of one probe to its outcome: pure, so that a recording can be judged again."""

from __future__ import annotations

from functools import lru_cache
from itertools import compress
from operator import attrgetter
from typing import TYPE_CHECKING

from lakehouse_parity import masks as masking
from lakehouse_parity import paths
from lakehouse_parity.compare import ABSENT, walk
from lakehouse_parity.errors import Mistake
from lakehouse_parity.invariants import blame
from lakehouse_parity.model import RUNTIMES, Difference, Outcome, Surface, Verdict
from lakehouse_parity.normalise import Documents, documents, expected
from lakehouse_parity.verdict import SENTENCES, attribute, combine
from lakehouse_spec.clauses import CLAUSES, Authority, Clause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lakehouse_parity.model import Mask, Observation, Probe, Tree
    from lakehouse_parity.paths import Path

REFERENCES = ("reference", "reference_go")
SIDES = (*RUNTIMES, *REFERENCES)
"""Whose values stand side by side; each runtime has its reference, in its own dialect."""

_SURFACES = tuple(Surface)
_ANSWERED = (Surface.STATUS, Surface.HEADER, Surface.BODY)
"""Always looked at; what is expected of another surface goes unseen where that is not wired."""

_HOMES = {
    Surface.SESSION_ROW: ("SE-", "SE-6"),
    Surface.SPAN: ("SP-", "SP-1"),
    Surface.USAGE: ("US-", "US-2"),
}
"""Surface -> its chapter, and the clause of it that says what every call leaves there."""

_GOVERNED = tuple(
    (surface, paths.parse(f"$.{pattern}" if not pattern.startswith("$") else pattern), clause)
    for clause in CLAUSES.values()
    for surface, _, pattern in (entry.partition(" ") for entry in clause.governs)
)


def judge(probe: Probe, seen: Mapping[str, Observation], masks: Sequence[Mask]) -> Outcome:
    """What the four observations come to; `seen` has a key for each of SIDES."""
    broken = [f"{side}: {seen[side].failure}" for side in SIDES if seen[side].failure]
    if broken:
        return Outcome(probe, Verdict.BROKEN, "; ".join(broken))
    found = _found(probe, seen)
    charged, masked = blame.charges(probe, seen, found), dict[str, int]()
    _prepare(probe, found, (*masks, *probe.masks), masked)
    places = [] if probe.alone else list(_places(probe, found))
    compared = tuple(place for place in places if isinstance(place, Difference))
    differences = (*compared, *blame.differences(charged, compared))
    forms = tuple(place for place in places if isinstance(place, str))
    verdict = combine(difference.verdict for difference in differences)
    sentences = SENTENCES if compared or not (differences or probe.alone) else blame.SENTENCES
    return Outcome(probe, verdict, sentences[verdict], differences, forms, masked, _unwired(seen))


def compared(probe: Probe, seen: Mapping[str, Observation], masks: Sequence[Mask]) -> list[Documents]:
    """The documents that are compared, one of each of SIDES, with what is masked in them."""
    found = _found(probe, seen)
    _prepare(probe, found, (*masks, *probe.masks), {})
    return found


EVIDENCE = {
    Surface.SESSION_ROW: "rows",
    Surface.MODEL_REQUEST: "model_requests",
    Surface.EXTRACTION: "extraction",
    Surface.USAGE: "usage",
    Surface.SPAN: "spans",
}
"""The surfaces beside the answer, and what holds each in an observation: None where it was not looked at."""
_OBSERVED = attrgetter(*EVIDENCE.values(), "in_time")


def _unwired(seen: Mapping[str, Observation]) -> frozenset[Surface]:
    """The surfaces of which no side has anything; Langfuse is looked at also where only its delay is told."""
    nothing = (None,) * len(seen)
    *told, in_time = [side == nothing for side in zip(*map(_OBSERVED, seen.values()), strict=True)]
    told[-1] = told[-1] and in_time
    return _those(tuple(told))


@lru_cache(maxsize=1 << len(EVIDENCE))
def _those(told: tuple[bool, ...]) -> frozenset[Surface]:
    """One set for all outcomes that miss the same: a run keeps them all, and each set would be 700 bytes."""
    return frozenset(compress(EVIDENCE, told))


def _found(probe: Probe, seen: Mapping[str, Observation]) -> list[Documents]:
    refusals = [seen[reference].refusal for reference in REFERENCES] * 2
    return [
        documents(seen[side], refusal, exact=probe.exact)
        for side, refusal in zip(SIDES, refusals, strict=True)
    ]


def _prepare(probe: Probe, found: list[Documents], masks: Sequence[Mask], fired: dict[str, int]) -> None:
    """Put in place what is expected by hand, and then the masks."""
    by_hand = (*probe.expect, *((*place, ABSENT) for place in probe.absent))
    for reference in found[len(RUNTIMES) :] if by_hand else ():
        for surface, path, value in by_hand:
            if surface in reference or surface in _ANSWERED:
                _expected(probe, reference, surface, path, value)
    for runtime, reference in zip(found, found[len(RUNTIMES) :], strict=False):
        masking.apply(runtime, reference, masks, fired)


def _expected(probe: Probe, reference: Documents, surface: Surface, path: str, value: Tree) -> None:
    try:
        expected(reference, surface, paths.parse(path), value)
    except (LookupError, TypeError):
        what = f"{probe.id} expects something at {surface.value} {path}, where the reference has no place"
        raise Mistake(what, probe.place) from None


def _places(probe: Probe, sides: list[Documents]) -> Iterator[Difference | str]:
    """Every place that is not all the same: a Difference, or the text of one that differs in form only."""
    looked_at = set().union(*sides)
    answered_alike = all(side.get(Surface.STATUS) == sides[0].get(Surface.STATUS) for side in sides)
    for surface in filter(looked_at.__contains__, _SURFACES):
        values = [side.get(surface, ABSENT) for side in sides]
        unseen = _unseen(values) if surface is Surface.EXTRACTION else None
        for path, place, only_form in walk(values if unseen is None else _without(unseen, values)):
            if only_form:
                yield f"{surface.value} {paths.render(path)}"
            else:
                clause = _clause(probe, surface, path, answered_alike=answered_alike)
                yield from _difference(clause, surface, path, place, unseen)


def _unseen(values: list[Tree]) -> str | None:
    """The runtime that alone was not looked at: it has no adapter, and its reference answers for none."""
    rust, go, reference, reference_go = (value is ABSENT for value in values)
    if (rust and reference) == (go and reference_go):
        return None
    return "rust" if rust and reference else "go"


def _without(unseen: str, values: list[Tree]) -> list[Tree]:
    """The values with one runtime held to keep to the other's reference, so that only the other can drift."""
    rust, go, reference, reference_go = values
    return [reference_go, go] + [reference_go] * 2 if unseen == "rust" else [rust] + [reference] * 3


def _difference(
    clause: Clause, surface: Surface, path: Path, values: tuple[Tree, ...], unseen: str | None
) -> Iterator[Difference]:
    rust, go, reference, reference_go = values
    verdict = attribute(rust, go, reference, reference_go, clause.authority)
    if verdict is not Verdict.PARITY:
        named = zip(SIDES, values if verdict is Verdict.DIALECT else values[:-1], strict=False)
        present = {side: value for side, value in named if value is not ABSENT and side != unseen}
        yield Difference(surface, paths.render(path), present, verdict, clause.id)


def _clause(probe: Probe, surface: Surface, path: Path, *, answered_alike: bool) -> Clause:
    """The clause that decides here: one that governs the place, else the first that the probe is for.

    An open clause that says what it leaves open decides nothing else. Evidence that every call leaves
    behind is decided by its own chapter, whatever the probe is for; also where an open clause leaves all
    open, which is whether a request is refused, and all answer it alike.
    """
    for governed, pattern, clause in _GOVERNED:
        if governed == surface.value and paths.matches(pattern, path):
            return clause
    clauses = [CLAUSES[clause] for clause in probe.clauses]
    speaking = [clause for clause in clauses if _speaks_of(clause, surface, path)] or clauses[:1]
    is_open = speaking[0].authority is Authority.OPEN
    if surface not in _HOMES or (is_open and (speaking[0].leaves_open or not answered_alike)):
        return speaking[0]
    chapter, general = _HOMES[surface]
    return next((clause for clause in speaking if clause.id.startswith(chapter)), CLAUSES[general])


def _speaks_of(clause: Clause, surface: Surface, path: Path) -> bool:
    return not clause.leaves_open or any(
        entry.partition(" ")[0] == surface.value and paths.matches(paths.parse(entry.partition(" ")[2]), path)
        for entry in clause.leaves_open
    )
