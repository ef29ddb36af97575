"""Strategies for what a model may answer."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from lakehouse_parity.fuzz import tokens
from lakehouse_parity.fuzz.replies import reply

if TYPE_CHECKING:
    from random import Random

Texts = st.SearchStrategy[str]

_OPENINGS = (
    "```json\n",
    "```\n",
    "```",
    "``` ",
    "```json ",
    "```JSON\r\n",
    "````\n",
    "```a`b\n",
    "```\u2028",
    "~~~\n",
)
_CLOSINGS = ("\n```", "```", "\n```\n", "\n````", "", "\n``", "\r```", "\n~~~")
_SYNTAX = ("}", "{", "{}", "} {", "```", "````", "``", "\n", "{ x }", "null", "[]", '{"')
_NAMES = ('"a"', '"b"', '"\\u0061"', '""')
_DEPTHS = (126, 127, 128, 129)
_DEEPER = (990, 1001)
_SHALLOWER = (125, 126)
"""Depths that serde_json still takes when a hop wraps them once more; others it refuses in its own words."""


@cache
def prose() -> Texts:
    """Text without structure, with braces and backticks where they do not belong."""
    words = st.sampled_from((*tokens.WORDS, *tokens.SPACES, *tokens.LOOK_ALIKES, *_SYNTAX))
    scalars = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    return st.lists(words | scalars, max_size=5).map("".join)


@cache
def numbers() -> Texts:
    """JSON number texts at the edges of both dialects, and what only looks like a number."""
    edges = st.sampled_from((*tokens.NUMBERS, *tokens.NO_NUMBERS))
    return edges | st.integers().map(str) | _decimals()


@st.composite
def _decimals(draw: st.DrawFn) -> str:
    """Any sign, digits, fraction and exponent."""
    digits = st.integers(0, 10**25).map(str)
    fraction = draw(st.none() | digits)
    exponent = draw(st.none() | st.integers(-345, 320))
    text = draw(st.sampled_from(("", "-"))) + draw(digits)
    text += "" if fraction is None else f".{fraction}"
    return text if exponent is None else f"{text}{draw(st.sampled_from('eE'))}{exponent}"


@cache
def strings() -> Texts:
    """JSON string texts: escapes, surrogates whole and lone, raw characters."""
    edges = (*tokens.WORDS, *tokens.ESCAPES, *tokens.SURROGATES, *tokens.RAW_CHARACTERS, *tokens.BAD_ESCAPES)
    pieces = st.sampled_from(edges) | st.characters(exclude_categories=["Cs"], exclude_characters='"\\')
    return st.lists(pieces, max_size=4).map(lambda found: f'"{"".join(found)}"')


@cache
def values() -> Texts:
    """JSON texts of any value."""
    leaves = numbers() | strings() | st.sampled_from(tokens.CONSTANTS)
    return st.recursive(leaves, lambda inner: _arrays(inner) | _objects(inner), max_leaves=6)


@cache
def objects() -> Texts:
    """JSON texts of objects whose names often fall together."""
    return _objects(values())


def _arrays(inner: Texts) -> Texts:
    return st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")


def _objects(inner: Texts) -> Texts:
    names = st.sampled_from(_NAMES) | strings()
    member = st.tuples(names, st.sampled_from(tokens.SPACES), inner).map(
        lambda part: f"{part[0]}:{part[1]}{part[2]}"
    )
    return st.lists(member, max_size=3).map(lambda members: f"{{{','.join(members)}}}")


@cache
def near_objects() -> Texts:
    """Objects with one mistake."""
    return mutated(objects())


@st.composite
def fences(draw: st.DrawFn, bodies: Texts | None = None) -> str:
    """A body behind and before backticks of every kind, with white space and its look-alikes."""
    margins = st.sampled_from((*tokens.SPACES, *tokens.LOOK_ALIKES))
    body = (
        draw(margins) + draw(bodies if bodies is not None else objects() | values() | prose()) + draw(margins)
    )
    return draw(st.sampled_from(_OPENINGS)) + body + draw(st.sampled_from(_CLOSINGS))


@cache
def replies() -> Texts:
    """Real-looking replies with an artifact of any kind, and talk around it."""
    return st.randoms(use_true_random=False).map(_reply)


def _reply(random: Random) -> str:
    return reply(random)


@st.composite
def mutated(draw: st.DrawFn, texts: Texts) -> str:
    """One character away, one in, or two halves the other way round."""
    text = draw(texts)
    at = draw(st.integers(0, len(text)))
    change = draw(st.sampled_from(("", "away", "in", "turned")))
    if change == "away":
        return text[:at] + text[at + 1 :]
    if change == "in":
        return text[:at] + draw(st.sampled_from(tokens.SYNTAX)) + text[at:]
    return text[at:] + text[:at] if change else text


@st.composite
def deep(draw: st.DrawFn, depths: tuple[int, ...] = (*_DEPTHS, *_DEEPER)) -> str:
    """Objects nested near a limit of either library, or of Python's own."""
    inner = draw(st.sampled_from(depths)) - 1
    opening, closing = draw(st.sampled_from((("[", "]"), ('{"a":', "}"))))
    return f'{{"d":{opening * inner}1{closing * inner}}}'


@cache
def answers(*, deeper: bool = True) -> Texts:
    """Whole model answers: a few parts of every kind, now and then with one wrong character."""
    nested = deep() if deeper else deep(_SHALLOWER)
    parts = st.one_of(fences(), objects(), prose(), near_objects(), replies(), st.sampled_from(_SYNTAX))
    whole = st.lists(parts, min_size=1, max_size=4).map("".join)
    return st.one_of(whole, whole, whole, mutated(whole), nested)
