"""Whether an answer that came late was late each time it was asked for (SP-3): pure.

A machine that is busy elsewhere may hold up an honest answer once by a good part of a second; what waits for
Langfuse does so each time. Who was in time once was not late otherwise, but where nothing else explains it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity.events import Judged
from lakehouse_parity.judging import judge
from lakehouse_parity.model import RUNTIMES, Surface
from lakehouse_parity.normalise import IN_TIME

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lakehouse_parity.model import Mask, Outcome
    from lakehouse_parity.stability import Asked


def excused(asked: Sequence[Asked], masks: Sequence[Mask]) -> list[Asked]:
    """All the times that one probe was asked, without the lateness that was not always there."""
    prompt = {name for name in RUNTIMES if any(_in_time(each.judged, name) for each in asked)}
    return [replace(each, judged=_excused(each.judged, prompt, masks)) for each in asked]


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
