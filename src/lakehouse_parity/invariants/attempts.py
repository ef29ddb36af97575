"""The spans and the model requests tell the same attempts as the answer (chapters IT and SP)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.compare import ABSENT
from lakehouse_parity.evidence import ORDER
from lakehouse_parity.invariants.model import FAILED_KINDS, Claim, at, number, surplus
from lakehouse_parity.invariants.story import feedback_of
from lakehouse_parity.model import Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.invariants.story import Story, Told
    from lakehouse_parity.model import Tree
    from lakehouse_parity.paths import Path

_IN_ROW = "id stands in the session row"
"""Told by the row's own claims, attempt by attempt."""


def claims(story: Story) -> Iterator[Claim]:
    """The claims about spans and model requests, as far as they are looked at."""
    yield from _spans(story)
    yield from _calls(story)
    yield from _prompts(story)


def _spans(story: Story) -> Iterator[Claim]:
    """SP-5 to SP-9: one span per attempt, in order, with its verdict, error, output and times."""
    if story.spans is None:
        return
    made, there = len(story.attempts), len(story.spans)
    if there < made:
        yield Claim(Surface.SPAN, (there,), "(a span)", "SP-5", story.attempts[there].kind_at)
    yield surplus(Surface.SPAN, (made,), "SP-5", story.attempts[-1].kind_at)
    yield from _trace(story)
    for index, (told, span) in enumerate(zip(story.attempts, story.spans, strict=False)):
        yield Claim(Surface.SPAN, (index, "metadata", "iteration"), number(index), "SP-6")
        yield from _ended(index, told)
        yield from _output(index, told, at(span, ("output", "raw")))
        yield from _request(story, index)
        yield from _times(index, span)


def _trace(story: Story) -> Iterator[Claim]:
    """SP-5: one trace above the spans, made once."""
    if at(story.spans, (0, "trace")) is not ABSENT:
        yield Claim(Surface.SPAN, (0, "trace", 0, "name"), "iterate", "SP-5")
        yield surplus(Surface.SPAN, (0, "trace", 0, "id"), "SP-5", (Surface.SPAN, (0, "traceId")))
        yield surplus(Surface.SPAN, (0, "trace", 1), "SP-5")


def _ended(index: int, told: Told) -> Iterator[Claim]:
    """SP-7, SP-8: the attempt's verdict and error, as the answer tells them."""
    if told.kind_at[0] is Surface.SPAN:
        yield from _ended_by_itself(index, told)
    elif told.kind is not ABSENT:
        clause = "SP-8" if told.kind == "infra_error" else "SP-7"
        yield Claim(Surface.SPAN, (index, "metadata", "verdict"), told.kind, clause, told.kind_at)
        yield Claim(Surface.SPAN, (index, "metadata", "error"), told.error, clause, told.error_at)


def _ended_by_itself(index: int, told: Told) -> Iterator[Claim]:
    """In front of a failed attempt, of which the answer tells nothing, each one failed to pass."""
    yield Claim(Surface.SPAN, (index, "metadata", "verdict"), FAILED_KINDS, "SP-7")
    if told.kind == "no_json":
        yield surplus(Surface.SPAN, (index, "metadata", "error"), "SP-7")
    elif not isinstance(told.error, str):
        yield Claim(Surface.SPAN, (index, "metadata", "error"), "(the error text)", "SP-7")


def _output(index: int, told: Told, raw: Tree) -> Iterator[Claim]:
    """SP-6, SP-8: the raw answer, unless the chat hop failed."""
    if told.kind == "infra_error":
        yield surplus(Surface.SPAN, (index, "output"), "SP-8", told.kind_at)
    elif not isinstance(raw, str):
        yield Claim(Surface.SPAN, (index, "output"), "(the raw answer)", "SP-6")


def _request(story: Story, index: int) -> Iterator[Claim]:
    """SP-1: the model and the provider that were asked for."""
    yield Claim(Surface.SPAN, (index, "metadata", "model"), story.asked.model, "SP-1")
    yield Claim(Surface.SPAN, (index, "metadata", "provider"), story.asked.provider, "SP-1")


def _times(index: int, span: Tree) -> Iterator[Claim]:
    """SP-9: what holds of a span's times."""
    for name in span["holds"]:
        if name != _IN_ROW:
            clause = "SP-5" if name == ORDER else "SP-9"
            yield Claim(Surface.SPAN, (index, "holds", name), True, clause)  # noqa: FBT003  a value


def _calls(story: Story) -> Iterator[Claim]:
    """IT-6: one model request per attempt; where the chat hop failed, the last may not have come so far."""
    if story.calls is None:
        return
    made = len(story.attempts)
    if len(story.calls) < (made - 1 if story.failed else made):
        missing = (len(story.calls),)
        yield Claim(Surface.MODEL_REQUEST, missing, "(a request)", "IT-6", story.attempts[-1].kind_at)
    yield surplus(Surface.MODEL_REQUEST, (made,), "IT-6", story.attempts[-1].kind_at)
    for index, call in enumerate(story.calls):
        if at(call, ("body", "model")) is not ABSENT:
            yield Claim(Surface.MODEL_REQUEST, (index, "body", "model"), story.asked.model, "CH-3")


def _prompts(story: Story) -> Iterator[Claim]:
    """IT-9, IT-13, IT-14: the original prompt with the last attempt's feedback alone, sent and traced."""
    for index, (prompt, before) in enumerate(story.prompts()):
        if prompt is None:
            continue
        for surface, path in _prompt_places(story, index):
            yield _prompt(story, surface, path, prompt, before)


def _prompt_places(story: Story, index: int) -> Iterator[tuple[Surface, Path]]:
    if story.spans is not None and index < len(story.spans):
        yield Surface.SPAN, (index, "input", "prompt")
    messages = at(story.calls, (index, "body", "messages"))
    if isinstance(messages, list) and messages:
        yield Surface.MODEL_REQUEST, (index, "body", "messages", len(messages) - 1, "content")


def _prompt(story: Story, surface: Surface, path: Path, prompt: str, before: Told | None) -> Claim:
    if before is None:
        return Claim(surface, path, prompt, "IT-7")
    no_json = before.kind == "no_json"
    clause, told = ("IT-9", before.kind_at) if no_json else ("IT-13", before.error_at)
    found = at(story.spans if surface is Surface.SPAN else story.calls, path)
    if found != prompt and isinstance(found, str) and _accumulated(found, story.asked.prompt, before):
        clause = "IT-14"
    return Claim(surface, path, prompt, clause, told)


def _accumulated(found: str, original: str, before: Told) -> bool:
    """Whether it is right at both ends and has more between them."""
    return found.startswith(original) and found.endswith(feedback_of(before) or "")
