"""One id joins the answer, the row, the spans and the model requests of a call (chapter TR)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.invariants.model import Claim, at
from lakehouse_parity.model import Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.compare import Missing
    from lakehouse_parity.invariants.model import Where
    from lakehouse_parity.invariants.story import Story
    from lakehouse_parity.model import Tree


def claims(story: Story) -> Iterator[Claim]:
    """The claims about the id, wherever it stands."""
    trace, told = _trace(story)
    if trace is None:
        return
    if told is not None and trace in story.asked.borrowed:
        yield Claim(*told, "(a minted id, and no other header's)", "TR-3")
    if not story.failed:
        yield Claim(Surface.BODY, ("trace_id",), trace, "TR-5" if told else "TR-1", told)
    if story.row is not None:
        yield Claim(Surface.SESSION_ROW, ("session_id",), trace, "SE-7", told)
    for index in range(len(story.spans or ())):
        yield Claim(Surface.SPAN, (index, "traceId"), trace, "TR-8", told)
    yield from _own(story.spans or [])
    for index in range(len(story.calls or ())):
        path = (index, "headers", "x-lakehouse-trace-id")
        yield Claim(Surface.MODEL_REQUEST, path, trace, "TR-7", told)


def _own(spans: list[Tree]) -> Iterator[Claim]:
    """SP-2: no two attempts are told by one id."""
    seen: list[Tree | Missing] = []
    for index, span in enumerate(spans):
        span_id = at(span, ("id",))
        if span_id in seen:
            yield Claim(Surface.SPAN, (index, "id"), "(an id of its own)", "SP-2")
        seen.append(span_id)


def _trace(story: Story) -> tuple[str | None, Where | None]:
    """The id that was sent; else the one that the answer gives, else the row, else the first span."""
    if story.asked.trace:
        return story.asked.trace, None
    documents = {Surface.BODY: story.body, Surface.SESSION_ROW: story.row, Surface.SPAN: story.spans}
    for where in _PLACES:
        found = at(documents[where[0]], where[1])
        if isinstance(found, str):
            return found, where
    return None, None


_PLACES: tuple[Where, ...] = (
    (Surface.BODY, ("trace_id",)),
    (Surface.SESSION_ROW, ("session_id",)),
    (Surface.SPAN, (0, "traceId")),
)
