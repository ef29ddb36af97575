"""Which characters of a value differ: ranges to be marked, for terminals as the page has them."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from lakehouse_parity.reports.wording import first_difference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Range = tuple[int, int]

_LONGEST = 1000
"""Characters up to which the shortest edit is worth its time; of longer middles all is marked."""
_NEAR = 3
"""Marks with fewer equal characters between them become one, so that words stay readable."""


def differing(text: str, others: Iterable[str]) -> list[Range]:
    """The ranges of a text that at least one of the others does not have; an empty range is a gap."""
    return _joined(sorted(found for other in others for found in _against(text, other)))


def _against(text: str, other: str) -> Iterator[Range]:
    head = first_difference([text, other])
    tail = first_difference([text[head:][::-1], other[head:][::-1]])
    middle, against = text[head : len(text) - tail], other[head : len(other) - tail]
    if not middle and not against:
        return
    if max(len(middle), len(against)) > _LONGEST:
        yield head, head + len(middle)
        return
    for tag, start, end, _, _ in SequenceMatcher(None, middle, against, autojunk=False).get_opcodes():
        if tag != "equal":
            yield head + start, head + end


def _joined(ranges: list[Range]) -> list[Range]:
    found: list[Range] = []
    for start, end in ranges:
        if found and start - found[-1][1] < _NEAR:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
