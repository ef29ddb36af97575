"""The smallest case that is still of its class: a round tries many smaller trees at once."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from lakehouse_parity.fuzz.cases import written
from lakehouse_parity.fuzz.simpler import tokens_out

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from lakehouse_parity.fuzz.cases import Case
    from lakehouse_parity.model import Tree

    Holds = Callable[[Sequence[Case]], Awaitable[Sequence[bool]]]

WINDOW = 48
"""Cases that are tried in one round."""
ROUNDS = 60
"""Rounds that are spent on one case."""
_NEEDED = {"kind": str, "prompt": str}
_TYPED = {"system": str, "max_iterations": bytes, "max_tokens": bytes, "temperature": bytes}
_SHORT = 40


async def smallest(case: Case, holds: Holds) -> Case:
    """The smallest case found."""
    left = ROUNDS
    found: Case | None = case
    while found is not None and left > 0:
        case, found = found, None
        candidates = (each for each in _smaller_cases(case) if _size(each) < _size(case))
        while left > 0 and found is None and (window := list(islice(candidates, WINDOW))):
            left -= 1
            held = await holds(window)
            found = next((each for each, good in zip(window, held, strict=True) if good), None)
    return case if found is None else found


def _size(case: Case) -> tuple[int, str]:
    text = written(case)
    return len(text), text


def _smaller_cases(case: Case) -> Iterator[Case]:
    """One step smaller, and still a probe that can be loaded."""
    for key, value in case.items():
        for smaller in _steps(value) if key == "model" else _smaller(value):
            if key != "iterate" or _well_formed(smaller):
                yield {**case, key: smaller}


def _well_formed(request: Tree) -> bool:
    """Whether it can stand under `iterate`: malformed requests are spelled out otherwise."""
    if not isinstance(request, dict) or not all(
        isinstance(request.get(name), kind) for name, kind in _NEEDED.items()
    ):
        return False
    return all(isinstance(request.get(name), kind | None) for name, kind in _TYPED.items())


def _steps(script: Tree) -> Iterator[Tree]:
    """A script without a step, or with a smaller reply."""
    for at, step in enumerate(script):
        yield [*script[:at], *script[at + 1 :]]
        for key in ("reply", "content"):
            if key in step:
                for smaller in _smaller(step[key]):
                    yield [*script[:at], {**step, key: smaller}, *script[at + 1 :]]


def _smaller(tree: Tree) -> Iterator[Tree]:
    """One step smaller: a part of it, without a part, or with a smaller part."""
    if isinstance(tree, dict):
        yield from _smaller_dict(tree)
    elif isinstance(tree, list):
        yield from _smaller_list(tree)
    elif isinstance(tree, str):
        yield from _smaller_text(tree)
    elif isinstance(tree, bytes):
        yield from (number for number in (b"0", b"1") if number != tree)


def _smaller_dict(tree: dict[str, Any]) -> Iterator[Tree]:
    for name in tree:
        yield {key: value for key, value in tree.items() if key != name}
    for name, value in tree.items():
        for smaller in _replacements(value):
            yield {**tree, name: smaller}


def _smaller_list(tree: list[Any]) -> Iterator[Tree]:
    for at, value in enumerate(tree):
        yield [*tree[:at], *tree[at + 1 :]]
        for smaller in _replacements(value):
            yield [*tree[:at], smaller, *tree[at + 1 :]]


def _replacements(value: Tree) -> Iterator[Tree]:
    """What may stand in a value's place: nothing, one of its parts, or something smaller."""
    if value not in (None, [], {}, ""):
        yield None
    if isinstance(value, dict | list):
        yield from value.values() if isinstance(value, dict) else value
    yield from _smaller(value)


def _smaller_text(text: str) -> Iterator[Tree]:
    """Nothing, a half, or without a few tokens or characters."""
    half = len(text) // 2
    if text:
        yield from ("", text[:half], text[half:])
    for step in (4, 2, 1):
        yield from (shorter for _, shorter in tokens_out(text, step, 0))
    if len(text) <= _SHORT:
        yield from (text[:at] + text[at + 1 :] for at in range(len(text)))
