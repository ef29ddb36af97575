"""The row's times enclose those of its attempts, as spans and the model tell them, and of the validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.evidence import instant
from lakehouse_parity.invariants.model import Claim, at
from lakehouse_parity.model import Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.invariants.story import Story
    from lakehouse_parity.model import Tree

_ROW = Surface.SESSION_ROW
_MILLISECOND = 0.001
_PLAY = 0.25
"""Seconds by which the two may differ: what is near the truth on an idle machine is so on a busy one."""
_ROUNDED = 0.01
"""Seconds that a time cut to milliseconds may lack, and a clock that is being set."""
_AROUND = 60.0
"""Seconds that a call may take beside its attempts on a slow machine; in another unit it takes more."""


def claims(story: Story) -> Iterator[Claim]:
    """The claims about the row's times, and about the validation's, where they can be read."""
    if story.row is None:
        return
    lasted = _seconds(at(story.row, ("duration_ms",)))
    elapsed = _seconds(at(story.body, ("validation", "elapsed_ms")))
    if lasted is not None and elapsed is not None and elapsed > lasted + _PLAY:
        text = "(not more than the call took)"
        yield Claim(Surface.BODY, ("validation", "elapsed_ms"), text, "VA-4", (_ROW, ("duration_ms",)))
    if story.spans:
        yield from _beside_spans(story.row, story.spans, lasted)
    if story.held is not None:
        yield from _beside_model(story.row, story.held, lasted)


def _beside_spans(row: Tree, spans: list[Tree], lasted: float | None) -> Iterator[Claim]:
    first, last = (0, "startTime"), (len(spans) - 1, "endTime")
    began, ended = instant(at(spans, first)), instant(at(spans, last))
    if began is None or ended is None:
        return
    arrived = instant(at(row, ("timestamp",)))
    if arrived is not None and arrived > began + _PLAY:
        text = "(not after the first attempt began)"
        yield Claim(_ROW, ("timestamp",), text, "SE-19", (Surface.SPAN, first))
    if arrived is not None and arrived + _AROUND < began:
        text = "(not long before the first attempt began)"
        yield Claim(_ROW, ("timestamp",), text, "SE-19", (Surface.SPAN, first))
    if lasted is not None and lasted + _PLAY < ended - began:
        text = "(not less than the attempts took)"
        yield Claim(_ROW, ("duration_ms",), text, "SE-20", (Surface.SPAN, last))
    if lasted is not None and lasted > ended - began + _AROUND:
        text = "(not far more than the attempts took)"
        yield Claim(_ROW, ("duration_ms",), text, "SE-20", (Surface.SPAN, last))


def _beside_model(row: Tree, held: tuple[float, float], lasted: float | None) -> Iterator[Claim]:
    """What the model knows without any span: the call came before it was asked, and ended behind it."""
    asked, answered = held
    first = (Surface.MODEL_REQUEST, (0,))
    arrived = instant(at(row, ("timestamp",)))
    if arrived is not None and arrived > asked + _PLAY:
        yield Claim(_ROW, ("timestamp",), "(not after the model was asked)", "SE-19", first)
    if lasted is not None and lasted + _ROUNDED < answered - asked:
        yield Claim(_ROW, ("duration_ms",), "(not less than the model took)", "SE-20", first)


def _seconds(duration: Tree) -> float | None:
    """What a number of milliseconds comes to; None where there is none."""
    return int(duration) * _MILLISECOND if isinstance(duration, bytes) and duration.isdigit() else None
