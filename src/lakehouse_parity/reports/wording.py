"""How a divergence reads, on every report alike: who stands alone, where, the values, how to repeat it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_parity import lossless
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.model import Difference, Outcome

LONGEST = 300
"""Characters of a value that are shown around the first place where the sides differ."""

_NAMES = {"rust": "rust", "go": "go", "reference": "reference", "reference_go": "reference as go"}


def describe(outcome: Outcome) -> Iterator[str]:
    """The lines of one outcome, plain text, safe for a terminal."""
    probe = outcome.probe
    yield f"{probe.id}: {outcome.verdict.value}: {safe(outcome.reason)}"
    for difference in outcome.differences:
        yield from _difference(difference)
    yield f"  probe {safe(str(probe.place))}; again: parity run --probe {probe.id}"


def _difference(difference: Difference) -> Iterator[str]:
    place = f"{difference.surface.value} {safe(difference.path)}"
    yield f"  {place}  ({difference.verdict.value}, {difference.clause})"
    for side, shown in sides(difference):
        yield f"    {_NAMES[side]:>15}  {safe(shown)}"
    yield f"    {'clause':>15}  {difference.clause}: {safe(CLAUSES[difference.clause].text)}"


def sides(difference: Difference) -> list[tuple[str, str]]:
    """Each side's value as text, long ones cut to the same window around the first difference."""
    expected = [name for name in _NAMES if name in difference.values or name != "reference_go"]
    texts = {
        name: lossless.write(difference.values[name]) if name in difference.values else "(absent)"
        for name in expected
    }
    start = _first_difference(list(texts.values()))
    return [(name, _window(text, start)) for name, text in texts.items()]


def _first_difference(texts: list[str]) -> int:
    shortest = min(map(len, texts))
    return next((i for i in range(shortest) if len({text[i] for text in texts}) > 1), shortest)


def _window(text: str, place: int) -> str:
    if len(text) <= LONGEST:
        return text
    start = max(0, place - LONGEST // 3)
    end = start + LONGEST
    return "…" * (start > 0) + text[start:end] + (f"… ({len(text)} characters)" if end < len(text) else "")


def safe(text: str) -> str:
    """The text with everything that a terminal would act on made visible."""
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()
