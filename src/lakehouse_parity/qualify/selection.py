"""Which drifts are examined: by runtime, by name, or a sample that a seed decides."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from fnmatch import fnmatchcase
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from lakehouse_parity.errors import Mistake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lakehouse_parity.qualify.table import Drift


def named(drifts: Sequence[Drift], patterns: Sequence[str]) -> list[Drift]:
    """The drifts whose names match one of the patterns; all of them where there is none. Raises Mistake."""
    for pattern in patterns:
        if not any(fnmatchcase(drift.name, pattern) for drift in drifts):
            raise Mistake(f"no drift matches {pattern!r}; `parity qualify --list` shows them")
    return [
        drift
        for drift in drifts
        if not patterns or any(fnmatchcase(drift.name, pattern) for pattern in patterns)
    ]


def sample(drifts: Sequence[Drift], size: int, seed: int) -> list[Drift]:
    """As many of each runtime, in table order: one of each chapter in turn, until there are enough.

    Which ones depends on the seed and on each drift's own name, so that a drift that is added to the table
    changes the sample by itself at most.
    """
    wanted = set[tuple[str, str]]()
    for runtime in dict.fromkeys(drift.runtime for drift in drifts):
        chapters: dict[str, list[Drift]] = defaultdict(list)
        for drift in sorted((d for d in drifts if d.runtime == runtime), key=lambda d: _lot(seed, d.name)):
            chapters[drift.chapter].append(drift)
        piles = sorted(chapters.values(), key=lambda pile: _lot(seed, pile[0].chapter))
        dealt = [drift for drift in chain.from_iterable(zip_longest(*piles)) if drift is not None]
        wanted |= {(drift.runtime, drift.name) for drift in dealt[:size]}
    return [drift for drift in drifts if (drift.runtime, drift.name) in wanted]


def _lot(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}/{name}".encode()).digest()
