"""The session row tells the same call as the answer (chapter SE)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity.compare import ABSENT
from lakehouse_parity.invariants.model import Claim, at, number, surplus
from lakehouse_parity.invariants.story import ACCEPTED, EXHAUSTED, FAILED
from lakehouse_parity.model import Surface
from lakehouse_spec.session import PROMPT_LENGTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.invariants.story import Story, Told
    from lakehouse_parity.model import Tree

_VERDICTS = {ACCEPTED: "accepted", EXHAUSTED: "max_iter_exhausted", FAILED: "infra_error"}
_ROW = Surface.SESSION_ROW
_STATUS = (Surface.STATUS, ())
_HISTORY = (Surface.BODY, ("history",))


def claims(story: Story) -> Iterator[Claim]:
    """The claims about the row, where there is one."""
    if story.row is None:
        return
    yield from _request(story)
    yield Claim(_ROW, ("final_verdict",), _VERDICTS[story.status], "SE-10", _STATUS)
    yield from _ended(story)
    yield from _failed(story) if story.failed else _attempts(story)


def _request(story: Story) -> Iterator[Claim]:
    """SE-7, SE-8: what the row repeats of the request."""
    asked = story.asked
    yield Claim(_ROW, ("kind",), asked.kind, "SE-7")
    yield Claim(_ROW, ("model",), asked.model, "SE-7")
    yield Claim(_ROW, ("provider",), asked.provider, "SE-7")
    yield Claim(_ROW, ("max_iterations",), number(asked.maximum), "SE-7")
    yield Claim(_ROW, ("prompt",), asked.prompt[:PROMPT_LENGTH], "SE-8")


def _ended(story: Story) -> Iterator[Claim]:
    """SE-11 to SE-13, SE-17: iterations and artifact as answered."""
    if story.status == ACCEPTED:
        artifact = at(story.body, ("artifact",))
        yield Claim(_ROW, ("artifact",), artifact, "SE-11", (Surface.BODY, ("artifact",)))
        yield Claim(_ROW, ("iterations",), number(len(story.attempts)), "SE-11", _HISTORY)
    else:
        clause = "SE-13" if story.failed else "SE-12"
        made = 0 if story.failed else story.asked.maximum
        yield surplus(_ROW, ("artifact",), clause, _STATUS)
        yield Claim(_ROW, ("iterations",), number(made), clause, _STATUS)
    yield from _grounded(story)


def _grounded(story: Story) -> Iterator[Claim]:
    """SE-17, as far as it can be told without the roster."""
    place, artifact = ("grounded_in_roster",), (Surface.BODY, ("artifact",))
    fills = at(story.body, ("artifact", "fills"))
    if story.status != ACCEPTED or story.asked.kind != "fill":
        yield surplus(_ROW, place, "SE-17", _STATUS)
    elif not isinstance(fills, list):
        yield surplus(_ROW, place, "SE-17", artifact)
    elif not all(map(_named, fills)):
        yield Claim(_ROW, place, False, "SE-17", artifact)  # noqa: FBT003  a value
    elif not fills or at(story.row, place) is ABSENT:
        yield Claim(_ROW, place, True, "SE-17", artifact)  # noqa: FBT003  a value


def _named(fill: Tree) -> bool:
    candidate = at(fill, ("candidate_id",))
    return isinstance(candidate, str) and candidate != ""


def _attempts(story: Story) -> Iterator[Claim]:
    """SE-15, SE-16: one entry per attempt, with the history's verdict and error."""
    for index, told in enumerate(story.attempts):
        if at(story.row, ("attempts", index)) is ABSENT:
            yield Claim(_ROW, ("attempts", index), "(an attempt)", "SE-15", _HISTORY)
            return
        yield Claim(_ROW, ("attempts", index, "iteration"), number(index), "SE-15")
        yield from _attempt(index, told)
        yield from _span_id(story, index, index)
    yield surplus(_ROW, ("attempts", len(story.attempts)), "SE-15", _HISTORY)


def _attempt(index: int, told: Told) -> Iterator[Claim]:
    clause = "SE-16" if told.error is ABSENT else "SE-15"
    yield Claim(_ROW, ("attempts", index, "verdict_kind"), told.kind, "SE-15", told.kind_at)
    yield Claim(_ROW, ("attempts", index, "error"), told.error, clause, told.error_at)


def _failed(story: Story) -> Iterator[Claim]:
    """SE-13, SE-14: one entry alone, which has the whole text of the answer."""
    yield Claim(_ROW, ("attempts", 0, "iteration"), number(0), "SE-13")
    yield Claim(_ROW, ("attempts", 0, "verdict_kind"), "infra_error", "SE-13", _STATUS)
    yield Claim(_ROW, ("attempts", 0, "error"), story.body, "SE-14", (Surface.BODY, ()))
    yield from _span_id(story, 0, len(story.attempts) - 1)
    yield surplus(_ROW, ("attempts", 1), "SE-13", _STATUS)


def _span_id(story: Story, index: int, span: int) -> Iterator[Claim]:
    """SP-2, SP-8: the id of the attempt's span."""
    found = at(story.spans, (span, "id"))
    if found is not ABSENT:
        yield Claim(_ROW, ("attempts", index, "span_id"), found, "SP-2", (Surface.SPAN, (span, "id")))
