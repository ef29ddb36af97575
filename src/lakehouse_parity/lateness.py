"""Whether what clocks told against a runtime was there when it was asked again: pure.

A machine that is busy elsewhere may hold up an honest answer once by a good part of a second; what waits for
Langfuse does so each time. Who was in time once was not late otherwise (SP-3), but where nothing else
explains it. And where nothing but a clock told against a runtime, once and in none of many times since, it
was the machine's: a runtime whose times are wrong shows that in more than one call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity.events import Judged
from lakehouse_parity.judging import judge
from lakehouse_parity.model import RUNTIMES, Surface, Verdict
from lakehouse_parity.normalise import IN_TIME
from lakehouse_parity.stability import is_by_the_clock

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lakehouse_parity.model import Mask, Outcome
    from lakehouse_parity.stability import Asked


OFTEN = 10
"""So often has a probe to be at parity before a clock that slipped the first time counts for nothing. It is
asked again no more often, so that nothing is excused where it is asked less."""


def excused(asked: Sequence[Asked], masks: Sequence[Mask]) -> list[Asked]:
    """All the times that one probe was asked, without what clocks told that was not there otherwise."""
    prompt = {name for name in RUNTIMES if any(_in_time(each.judged, name) for each in asked)}
    told = [replace(each, judged=_excused(each.judged, prompt, masks)) for each in asked]
    return told[1:] if _slipped_once(told) else told


def _slipped_once(asked: Sequence[Asked]) -> bool:
    first, *since = [each.judged for each in asked]
    surely = any(observation.surely_late for observation in first.seen.values())
    at_parity = [judged.outcome.verdict is Verdict.PARITY for judged in since]
    return len(since) >= OFTEN and all(at_parity) and not surely and _by_the_clock(first.outcome)


def _by_the_clock(outcome: Outcome) -> bool:
    return bool(outcome.differences) and all(map(is_by_the_clock, outcome.differences))


def _in_time(judged: Judged, name: str) -> bool | None:
    return judged.seen[name].in_time if name in judged.seen else None


def _excused(judged: Judged, prompt: Collection[str], masks: Sequence[Mask]) -> Judged:
    late = [name for name in prompt if _in_time(judged, name) is False and not judged.seen[name].surely_late]
    if not late or not _lateness_alone(judged.outcome):
        return judged  # beside a difference of another kind no clock is part of the story
    seen = {**judged.seen, **{name: replace(judged.seen[name], in_time=True) for name in late}}
    return Judged(judge(judged.outcome.probe, seen, masks), seen)


def _lateness_alone(outcome: Outcome) -> bool:
    return all(
        difference.surface is Surface.SPAN and IN_TIME in difference.path
        for difference in outcome.differences
    )
