"""Whether what one probe showed holds when it is asked again: pure, from all its observations.

A runtime that is sometimes right, or wrong in several ways, did not drift: it is not stable. Values that
differ every time by their nature (ids, moments, digits in texts) count by their shape alone.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from lakehouse_parity import lossless, paths
from lakehouse_parity.compare import ABSENT
from lakehouse_parity.judging import compared
from lakehouse_parity.model import RUNTIMES, Stability, Surface, Verdict

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from lakehouse_parity.events import Judged
    from lakehouse_parity.model import Difference, Mask, Outcome, Tree

Order = tuple[str, ...]
"""Which runtime is asked first, and which only when that one has answered."""
AT_ONCE: Order = ()

_HOLDS = ".holds["
"""What is told of a span by a clock. Which span, and by which of several clocks, may vary with the machine:
it is all one place, and no part of the story where something else is wrong."""
_TOKEN = re.compile(r"[0-9A-Za-z]+(?:[-_]+[0-9A-Za-z]+)*", re.ASCII)
"""A word, or several that `-` and `_` join to one id."""
_DIGIT = re.compile(r"[0-9]")
_IDS = range(21, 65)
"""Letters that are no word and no text of many, but a random id that happens to have no digit: one of 26
signs in base 32 once in two hundred times. Of UUIDs one in twenty has a part without a digit."""
_INDEX = re.compile(r"\[\d+\]")
_SHOWN = 3
"""Places that a reason names."""

_Place = tuple[str, str]
_Story = frozenset[tuple[str, str, str]]


class Asked(Struct, frozen=True):
    """One time that the probe was asked."""

    order: Order
    judged: Judged


def settle(asked: Sequence[Asked], masks: Sequence[Mask]) -> Judged:
    """What all the times together come to.

    What holds is as it was when the clocks told least beside it: on a busy machine they slip, also the other
    runtime's. What does not hold is `unstable`, as the first time, and says how often; what could not be seen
    again is broken.
    """
    first = asked[0].judged
    for each in asked:
        if each.judged.outcome.verdict is Verdict.BROKEN:
            return each.judged
    stories = [_story(each.judged.outcome) for each in asked]
    answers = _answers(asked, masks)
    if not any(len(set(given)) > 1 for given in answers.values()):
        answers = {runtime: _own_part(runtime, stories) for runtime in RUNTIMES}
    rates = {runtime: _rate(given) for runtime, given in answers.items()}
    stability = Stability(len(asked), rates, tuple(_flips(answers)))
    if len(set(stories)) == 1 and not any(rates.values()):
        calmest = min((each.judged for each in asked), key=lambda judged: len(judged.outcome.differences))
        return replace(calmest, outcome=replace(calmest.outcome, stability=stability))
    unstable = replace(
        first.outcome,
        verdict=Verdict.UNSTABLE,
        reason=_reason(asked, answers, stability),
        differences=tuple(_told(asked, stories)),
        stability=stability,
    )
    return replace(first, outcome=unstable)


def signature(outcome: Outcome) -> Hashable:
    """What outcomes have in common that differ alike: the same in every item of a list."""
    return outcome.verdict, frozenset(
        (surface, _INDEX.sub("[*]", path), verdict) for surface, path, verdict in _story(outcome)
    )


def _story(outcome: Outcome) -> _Story:
    """Where it differs, and who stands alone there."""
    plain = [difference for difference in outcome.differences if not is_by_the_clock(difference)]
    return frozenset(map(_chapter, plain or outcome.differences))


def _chapter(difference: Difference) -> tuple[str, str, str]:
    path = difference.path
    if is_by_the_clock(difference):
        path = _INDEX.sub("[*]", path.partition(_HOLDS)[0]) + _HOLDS
    return difference.surface.value, path, difference.verdict.value


def is_by_the_clock(difference: Difference) -> bool:
    """Whether a clock told it, of a span."""
    return difference.surface is Surface.SPAN and _HOLDS in difference.path


_Answer = frozenset[tuple[_Place, "Hashable"]]
_Answers = dict[str, list[_Answer]]


def _answers(asked: Sequence[Asked], masks: Sequence[Mask]) -> _Answers:
    """Runtime -> what it gave each time, at every place that differed at any time."""
    told = {place[:2] for each in asked for place in _story(each.judged.outcome)}
    places = sorted((surface, path) for surface, path in told if not path.endswith(_HOLDS))
    free = {place for place in places if _is_free(place, (*masks, *asked[0].judged.outcome.probe.masks))}
    answers: _Answers = {runtime: [] for runtime in RUNTIMES}
    for each in asked:
        probe, seen = each.judged.outcome.probe, each.judged.seen
        for runtime, documents in zip(RUNTIMES, compared(probe, seen, masks), strict=False):
            found = {place: _at(documents.get(Surface(place[0]), ABSENT), place[1]) for place in places}
            shapes = (
                (place, _shape(value, probe.trace, free=place in free)) for place, value in found.items()
            )
            answers[runtime].append(frozenset(shapes))
    return answers


def _is_free(place: _Place, masks: Sequence[Mask]) -> bool:
    """Whether the value there is masked where it is of the right type: then it varies in any case."""
    surface, path = place
    return any(
        mask.surface.value == surface and paths.matches(paths.parse(mask.path), paths.parse(path))
        for mask in masks
    )


def _at(tree: Tree, path: str) -> Tree:
    for part in paths.parse(path):
        try:
            tree = tree[part]
        except (LookupError, TypeError):
            return ABSENT
    return tree


def _shape(value: Tree, trace: str | None, *, free: bool) -> str:
    """What varies by its nature, in texts and at free places, is one sign; all else is as it is."""
    if value is ABSENT:
        return "absent"
    text = lossless.write(value, sort=True)
    if isinstance(value, bytes) and not free:
        return text
    return _TOKEN.sub(_varying, text.replace(trace, "(trace id)") if trace else text)


def _varying(token: re.Match[str]) -> str:
    """One sign for an id, a number or a moment; found one by one, in a time linear in the text."""
    text = token.group()
    return "#" if len(text) in _IDS or _DIGIT.search(text) else text


def _own_part(runtime: str, stories: Sequence[_Story]) -> list[_Answer]:
    """Where nothing but invariants changed: those by which this runtime stands alone, or nobody does."""
    alone = {Verdict.RUST_DRIFT.value: "rust", Verdict.GO_DRIFT.value: "go"}
    return [
        frozenset(
            ((surface, path), verdict)
            for surface, path, verdict in story
            if alone.get(verdict, runtime) == runtime
        )
        for story in stories
    ]


def _rate(given: list[_Answer]) -> float:
    """The share of the answers that are not the most frequent one."""
    [(_, most)] = Counter(given).most_common(1)
    return round(1 - most / len(given), 4)


def _flips(answers: _Answers) -> Iterator[tuple[str, str, str]]:
    for runtime, given in answers.items():
        always = frozenset.intersection(*given)
        for surface, path in sorted({place for answer in given for place, _ in answer - always}):
            yield runtime, surface, path


def _told(asked: Sequence[Asked], stories: Sequence[_Story]) -> Iterator[Difference]:
    """Every difference that was seen, once; one that did not hold is nobody's drift."""
    flipping = frozenset.union(*stories) - frozenset.intersection(*stories)
    told: set[_Place] = set()
    for each in asked:
        for difference in each.judged.outcome.differences:
            place = (difference.surface.value, difference.path)
            if place not in told:
                told.add(place)
                flips = _chapter(difference) in flipping
                yield replace(difference, verdict=Verdict.UNSTABLE) if flips else difference


def _reason(asked: Sequence[Asked], answers: _Answers, stability: Stability) -> str:
    times = len(asked)
    return "; ".join(
        f"{runtime} does not hold to its own answer: {round(rate * times)} of {times} were otherwise"
        f" (flip rate {rate:.2f}) at {_where(stability, runtime)}{_pattern(asked, answers[runtime])}"
        for runtime, rate in stability.flip_rate.items()
        if rate
    )


def _where(stability: Stability, runtime: str) -> str:
    places = [f"{surface} {path}" for flipping, surface, path in stability.flips if flipping == runtime]
    more = f" and {len(places) - _SHOWN} more places" if len(places) > _SHOWN else ""
    return ", ".join(places[:_SHOWN]) + more


def _pattern(asked: Sequence[Asked], given: list[_Answer]) -> str:
    """What the flips go by, where that is plain."""
    if len(set(given[1:])) == 1:
        return "; only its first answer was otherwise"
    by_order: dict[Order, set[_Answer]] = {}
    for each, answer in zip(asked[1:], given[1:], strict=True):
        by_order.setdefault(each.order, set()).add(answer)
    if all(len(answers) == 1 for answers in by_order.values()):
        return "; it goes by which runtime was asked first"
    return ""
