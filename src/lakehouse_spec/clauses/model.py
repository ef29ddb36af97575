"""What a clause is: one testable sentence, who stands behind it, and what it governs."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Authority(Enum):
    """Who decides what a clause says, and so who has to move when it is not kept."""

    SOURCE = "source"
    """Read off the gateway: where both runtimes differ from it, both have drifted."""
    CHOSEN = "chosen"
    """The source is silent and the reference decides: where both differ, the reference moves."""
    OPEN = "open"
    """Unsettled: the runtimes are compared with each other only."""


class Clause(NamedTuple):
    """One numbered sentence of the specification."""

    id: str
    authority: Authority
    text: str
    why: str = ""
    """Why it is so; every chosen and open clause says."""
    governs: tuple[str, ...] = ()
    """Surface and path patterns (`header content-type`, `session_row $.schema`) for which this
    clause answers in every probe, whichever clause the probe was written for."""
    leaves_open: tuple[str, ...] = ()
    """The only surfaces and paths that an open clause leaves open; empty where it leaves all open."""
    unobserved: str = ""
    """Why no probe can see it; empty when one must."""


class Chapter(NamedTuple):
    """Clauses that share a prefix, and the paragraph that introduces them."""

    prefix: str
    title: str
    introduction: str
    clauses: tuple[Clause, ...]


def source(id: str, text: str, why: str = "", **rest: object) -> Clause:
    """A clause read off the gateway's source or its commit record."""
    return Clause(id, Authority.SOURCE, text, why, **rest)  # type: ignore[arg-type]  # checked by the record


def chosen(id: str, text: str, why: str, **rest: object) -> Clause:
    """A clause that this project decides, for the reason given."""
    return Clause(id, Authority.CHOSEN, text, why, **rest)  # type: ignore[arg-type]  # checked by the record


def unsettled(id: str, text: str, why: str, **rest: object) -> Clause:
    """A clause on which the runtimes are only compared with each other."""
    return Clause(id, Authority.OPEN, text, why, **rest)  # type: ignore[arg-type]  # checked by the record
