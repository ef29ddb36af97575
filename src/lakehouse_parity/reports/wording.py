"""How a divergence reads, on every report alike: who stands alone, where, the values, how to repeat it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lakehouse_parity import lossless
from lakehouse_parity.model import Outcome, Stability
from lakehouse_parity.reports.repeating import command
from lakehouse_spec.clauses import CLAUSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lakehouse_parity.events import RuntimeFacts
    from lakehouse_parity.model import Difference, Probe

LONGEST = 300
"""Characters of a value that are shown around the first place where the sides differ."""

NAMES = {"rust": "rust", "go": "go", "reference": "reference", "reference_go": "reference as go"}
"""The sides as people read them."""

SENTENCES = {
    "parity": "the runtimes behave the same, but for what the known list explains",
    "divergence": "the runtimes do not behave the same",
    "no_verdict": "something needed could not be observed",
}
"""What each verdict of a run means."""

_KINDS = {"": "live", "daemon": "bundled", "reference": "the reference in its place"}


def runtime(name: str, facts: RuntimeFacts) -> str:
    """Who sits in a seat. It quotes what the daemon says of itself, so it is not safe yet."""
    kind = _KINDS[facts.bundled]
    return f"{name}: {facts.daemon} {facts.version} at {facts.url} ({kind}, JSON as {facts.dialect})"


def describe(outcome: Outcome, runtimes: Mapping[str, RuntimeFacts]) -> Iterator[str]:
    """The lines of one outcome, plain text, safe for a terminal."""
    probe = outcome.probe
    yield f"{probe.id}: {outcome.verdict.value}: {safe(outcome.reason)}"
    for difference in outcome.differences:
        yield from _difference(difference)
    yield f"  {repeat_line(probe, runtimes)}"


def repeat_line(probe: Probe, runtimes: Mapping[str, RuntimeFacts]) -> str:
    """Where a probe stands and how to ask it again."""
    return f"probe {safe(str(probe.place))}; again: {safe(command(probe, runtimes))}"


def _difference(difference: Difference) -> Iterator[str]:
    place = f"{difference.surface.value} {safe(difference.path)}"
    yield f"  {place}  ({difference.verdict.value}, {difference.clause})"
    for side, shown in sides(difference):
        yield f"    {NAMES[side]:>15}  {safe(shown)}"
    yield f"    {'clause':>15}  {sentence(difference.clause)}"


def sentence(clause: str) -> str:
    """A clause's id and what it says."""
    return f"{clause}: {safe(CLAUSES[clause].text)}"


def sides(difference: Difference, longest: int = LONGEST) -> list[tuple[str, str]]:
    """Each side's value as text, longer ones cut to the same window around the first difference."""
    expected = [name for name in NAMES if name in difference.values or name != "reference_go"]
    texts = {
        name: lossless.write(difference.values[name]) if name in difference.values else "(absent)"
        for name in expected
    }
    start = first_difference(list(texts.values()))
    return [(name, _window(text, start, longest)) for name, text in texts.items()]


def first_difference(texts: list[str]) -> int:
    """How many characters at their beginning all of the texts share."""
    shared, most = 0, min(map(len, texts), default=0)
    while shared < most:
        middle = (shared + most + 1) // 2
        if all(text[shared:middle] == texts[0][shared:middle] for text in texts):
            shared = middle
        else:
            most = middle - 1
    return shared


def _window(text: str, place: int, longest: int) -> str:
    if len(text) <= longest:
        return text
    start = max(0, place - longest // 3)
    end = start + longest
    return "…" * (start > 0) + text[start:end] + (f"… ({len(text)} characters)" if end < len(text) else "")


def further(outcome: Outcome) -> dict[str, str]:
    """What else an outcome says, by name: members that it may gain are told without being known here."""
    return {called: _listed(value) for name, called in _FURTHER.items() if (value := getattr(outcome, name))}


_TOLD = ("probe", "verdict", "reason", "differences")
_MEMBERS = {
    "forms": "written differently",
    "masked": "masked, how often",
    "unwired": "not looked at",
    "stability": "asked",
}
_FURTHER = {
    name: _MEMBERS.get(name, name.replace("_", " "))
    for name in Outcome.__struct_fields__
    if name not in _TOLD
}


def _listed(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Stability):
        return "; flips at ".join([str(value), *(" ".join(flip) for flip in value.flips)])
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_listed(item)}" for name, item in value.items())
    if isinstance(value, frozenset):
        return _those(value)
    if isinstance(value, tuple | list):
        return ", ".join(sorted(map(_listed, value)))
    return str(value)


@lru_cache(maxsize=256)
def _those(values: frozenset[Any]) -> str:
    """Most outcomes have the same set."""
    return ", ".join(sorted(map(_listed, values)))


def safe(text: str) -> str:
    """The text with everything that a terminal would act on made visible."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()
