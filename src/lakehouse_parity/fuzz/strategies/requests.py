"""Strategies for requests: artifacts, contexts, scripts, and whole cases in the form of a probe file.

JSON is drawn as the harness holds it: numbers are the bytes of their lexeme.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from lakehouse_parity import lossless
from lakehouse_parity.fuzz.replies import WORKERS
from lakehouse_parity.fuzz.strategies.texts import answers

if TYPE_CHECKING:
    from lakehouse_parity.model import Tree

    Trees = st.SearchStrategy[Tree]

KINDS = ("fill", "email", "playbook")
IDS = tuple(key for key, _ in WORKERS)
NAMES = tuple(name for _, name in WORKERS)
CITIES = ("Toledo", "toledo ", "\u2003Toledo", "Louisville", "", "TOLEDO\x1c", "Tolédo")
STATES = ("OH", "oh", "KY", "")
ROLES = ("Welder", "WELDER", "Driver", "", "Welder\u200b")
CLIENTS = ("C-1", "C-9", "c-9", "")
COUNTS = (
    b"0",
    b"1",
    b"2",
    b"2.0",
    b"2e0",
    b"3",
    b"-1",
    b"-0",
    b"1.5",
    b"4294967295",
    b"4294967296",
    b"1e400",
)
BODIES = (
    "", "Hello Ada", "Hello Ada Okafor, you start on Monday.", "Ben Ortiz!", "adaokafor", "ada OKAFOR\u00e9",
    "Ada Okafor\u2003and Ben Ortiz", "pay is $ 31", "$31", "31/hr", "31 per hour", "31 an hourly", "9 a year",
    "123-45-6789", "123 45 6789", "1123-45-6789", "123-45 6789", "x" * 160, "x" * 161, "\U0001f642" * 160,
)  # fmt: skip
SUBJECTS = ("", "Shift", "x" * 78, "x" * 79, "\U0001f642" * 78, "\u00e9" * 79, "123-45-6789", "$5")
OPERATIONS = (
    "fill: Welder x2 in Toledo, OH", "fill: Welder x02 in Toledo, OH", "fill: a x1 in b x2 in c, d, e",
    "fill: Welder x2 in Toledo,OH", "fill:  x2 in , ", "fill: Welder x4294967296 in Toledo, OH", "",
    "fill: Welder x2 in Toledo, OH\n", "Fill: Welder x2 in Toledo, OH", "fill: Welder x\u0662 in Toledo, OH",
)  # fmt: skip
SMALL_COUNTS = (None, b"0", b"1", b"2", b"3", b"4")


@cache
def trees() -> Trees:
    """Any JSON."""
    scalars = (
        st.none()
        | st.booleans()
        | st.sampled_from((*COUNTS, b"9007199254740993", b"1e-23", b"1.0"))
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
    )
    names = st.sampled_from(("a", "fills", "to", "", "Fills", "candidate_id"))
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=6,
    )


@cache
def artifacts(kind: str) -> Trees:
    """Artifacts of a kind that are right, nearly right, or anything."""
    return st.one_of(_ARTIFACTS[kind], _ARTIFACTS[kind], _ARTIFACTS[kind], trees())


def _mostly(texts: tuple[str, ...]) -> Trees:
    """One of these; sometimes any text, seldom anything."""
    chosen = st.sampled_from(texts)
    return st.one_of(
        chosen,
        chosen,
        chosen,
        st.text(max_size=8, alphabet=st.characters(exclude_categories=["Cs"])),
        trees(),
    )


def _members(needed: dict[str, Trees], optional: dict[str, Trees]) -> Trees:
    """An object with all needed members, or one without some of them."""
    whole = st.fixed_dictionaries(needed, optional=optional)
    return st.one_of(whole, whole, st.fixed_dictionaries({}, optional={**needed, **optional}))


def _texts(texts: tuple[str, ...]) -> Trees:
    return st.one_of(*[st.sampled_from(texts)] * 4, trees())


_FILLS = _members({"candidate_id": _texts(IDS), "name": _texts(NAMES)}, {"remark": trees()})
_PEOPLE = st.lists(
    st.one_of(*[st.sampled_from(WORKERS)] * 3).map(lambda one: {"candidate_id": one[0], "name": one[1]}),
    max_size=3,
)
_ARTIFACTS: dict[str, Trees] = {
    "fill": _members(
        {"fills": st.one_of(_PEOPLE, _PEOPLE, st.lists(_FILLS, max_size=3), trees())}, {"note": trees()}
    ),
    "email": _members(
        {"to": _texts(("ada@example.test", "")), "body": _mostly(BODIES)},
        {"subject": _mostly(SUBJECTS), "channel": _texts(("email", "sms", "SMS", ""))},
    ),
    "playbook": _members(
        {
            "operation": _mostly(OPERATIONS),
            "endorsed_names": st.one_of(
                st.lists(st.sampled_from(NAMES), max_size=5), st.lists(_texts(NAMES), max_size=5)
            ),
            "fingerprint": _texts(("f", "", "0")),
        },
        {"note": trees()},
    ),
}


@cache
def contexts() -> Trees:
    """Contexts that are right, nearly right, or anything."""
    members = {
        "target_count": st.one_of(st.sampled_from(COUNTS), st.sampled_from(COUNTS), trees()),
        "city": _texts(CITIES),
        "state": _texts(STATES),
        "role": _texts(ROLES),
        "client_id": _texts(CLIENTS),
        "candidate_id": _texts(IDS),
    }
    some = st.fixed_dictionaries({}, optional=members)
    return st.one_of(some, some, some, trees())


@st.composite
def validate_cases(draw: st.DrawFn) -> dict[str, Tree]:
    """A request to `/v1/validate`."""
    kind = draw(st.sampled_from(KINDS))
    request: dict[str, Tree] = {"kind": kind, "artifact": draw(artifacts(kind))}
    if draw(st.booleans()):
        request["context"] = draw(contexts())
    request.update(draw(st.one_of(st.just({}), st.just({}), st.just({}), _odd_members())))
    return {"validate": request}


@cache
def _odd_members() -> st.SearchStrategy[dict[str, Tree]]:
    """Members that nobody asked for, or in place of those that somebody did."""
    names = st.sampled_from(("Kind", "kind", "artifact", "extra", ""))
    return st.dictionaries(names, trees(), max_size=2)


@cache
def scripts(kind: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    """What a model says over several iterations: answers of every kind, and artifacts plain and fenced."""
    plain = artifacts(kind).map(lossless.write)
    said = st.one_of(answers(deeper=False), plain, plain.map(lambda text: f"Here:\n```json\n{text}\n```"))
    steps = said.map(lambda text: {"reply": text})
    odd = st.one_of(
        trees().map(lambda content: {"content": content}),
        st.sampled_from((200, 204, 400, 429, 500, 503)).map(
            lambda status: {"answer": {"status": str(status).encode(), "body": "boom"}}
        ),
    )
    return st.lists(st.one_of(steps, steps, steps, odd), max_size=4)


@st.composite
def iterate_cases(draw: st.DrawFn) -> dict[str, Tree]:
    """A request to `/v1/iterate`, with what the model answers."""
    kind = draw(st.sampled_from(KINDS))
    request: dict[str, Tree] = {"kind": kind, "prompt": draw(_prompts())}
    optional = {
        "system": st.sampled_from((None, "", "Be brief.")),
        "context": contexts(),
        "max_iterations": st.sampled_from((*SMALL_COUNTS, b"4294967295", b"4294967296", b"1.0", b"-1")),
        "max_tokens": st.sampled_from((None, b"0", b"1", b"4294967295", b"4294967296")),
        "temperature": st.sampled_from((None, b"0", b"-0", b"0.2", b"1e-7", b"1e400", b"9007199254740993")),
    }
    request.update(draw(st.fixed_dictionaries({}, optional=optional)))
    return {"iterate": request, "model": draw(scripts(kind))}


@cache
def _prompts() -> st.SearchStrategy[str]:
    """Prompts, short ones and those at the length where the log cuts them."""
    long = st.sampled_from((3999, 4000, 4001)).map(lambda count: "\U0001f642" * count)
    some = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    return st.one_of(*[st.just("Write it.")] * 4, some, some, some, long)


@cache
def extract_cases() -> st.SearchStrategy[dict[str, Tree]]:
    """A text for the extraction, asked through `/v1/iterate` where there are no adapters."""
    return answers().map(lambda text: {"extract": text})
