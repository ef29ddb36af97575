"""What an answer says of itself: iterations, history, and the sentence with the maximum (chapter IT)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_parity.invariants.model import FAILED_KINDS, Claim, at, number, surplus
from lakehouse_parity.invariants.story import ACCEPTED, EXHAUSTED
from lakehouse_parity.model import Surface
from lakehouse_spec.responses import RAW_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.invariants.story import Story

_HOP_TEXTS = ("validate hop: ", "validate parse: ")


def claims(story: Story) -> Iterator[Claim]:
    """The claims about the body of a 200 or 422."""
    if not story.failed:
        yield from _counts(story)
        yield from _history(story)


def _counts(story: Story) -> Iterator[Claim]:
    """IT-15, IT-16: the number of attempts made, and the sentence with the maximum."""
    made, maximum = len(story.attempts), story.asked.maximum
    history = (Surface.BODY, ("history",))
    if story.status == ACCEPTED:
        yield Claim(Surface.BODY, ("iterations",), number(made), "IT-15", history)
    else:
        sentence = f"max iterations reached ({maximum}) without passing validation"
        yield Claim(Surface.BODY, ("error",), sentence, "IT-16")
        yield Claim(Surface.BODY, ("iterations",), number(maximum), "IT-16")
    if made > maximum:
        yield surplus(Surface.BODY, ("history", maximum), "IT-4")
    elif story.status == EXHAUSTED and made < maximum:
        yield Claim(Surface.BODY, ("history", made, "iteration"), number(made), "IT-16")


def _history(story: Story) -> Iterator[Claim]:
    """IT-17, IT-18: numbered from 0, accepted by the last attempt of a 200 alone, raw as the span has it."""
    last = len(story.attempts) - 1 if story.status == ACCEPTED else None
    for index, told in enumerate(story.attempts):
        yield Claim(Surface.BODY, ("history", index, "iteration"), number(index), "IT-17")
        kind = "accepted" if index == last else FAILED_KINDS
        yield Claim(Surface.BODY, ("history", index, "status", "kind"), kind, "IT-18", (Surface.STATUS, ()))
        if told.kind == "validation_failed" and not _serialised(told.error):
            yield Claim(Surface.BODY, ("history", index, "status", "error"), "(JSON)", "IT-18")
        yield from _raw(story, index)


def _serialised(error: object) -> bool:
    """Whether an error text is JSON, or says why the hop gave none (IT-11, IT-12)."""
    if not isinstance(error, str) or error.startswith(_HOP_TEXTS):
        return True  # the schema has its type
    try:
        lossless.parse(error.encode("utf-8", "replace"))
    except lossless.NotJson:
        return False
    return True


def _raw(story: Story, index: int) -> Iterator[Claim]:
    """IT-17, SP-7: the span has the whole of it, the history the first 2000 characters."""
    raw = at(story.spans, (index, "output", "raw"))
    if isinstance(raw, str):
        told = (Surface.SPAN, (index, "output", "raw"))
        yield Claim(Surface.BODY, ("history", index, "raw"), raw[:RAW_LENGTH], "IT-17", told)
