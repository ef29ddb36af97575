"""One accepted difference: which probes, which place, what stands there, who is right, and until when."""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity import lossless, masks
from lakehouse_parity.asking import RUN_PREFIX
from lakehouse_parity.compare import equal
from lakehouse_parity.model import RUNTIMES, Verdict

if TYPE_CHECKING:
    from datetime import date

    from lakehouse_parity.errors import Place
    from lakehouse_parity.model import Difference, Probe

BOTH = "both"
CONCERNED = (*RUNTIMES, BOTH)
"""Which runtime an entry is about: the one that stands alone, or both where none does."""
RIGHT = (*RUNTIMES, BOTH, "neither")
LONGEST = 200
"""Characters of a value that an entry spells out; a longer one is pinned by its digest."""

ABSENT = "absent"

_ALONE = {Verdict.RUST_DRIFT: "rust", Verdict.GO_DRIFT: "go"}


class Typed(Struct, frozen=True):
    """In the place of a pinned value: any value of this type, as masks name them."""

    type: str

    def __str__(self) -> str:
        return f"any {self.type}"


class Entry(Struct, frozen=True):
    """One accepted difference at one place."""

    probe: str
    """A probe's id; `*` in it stands for any text, and each probe that it names has to differ so."""
    runtime: str
    surface: str
    path: str
    values: tuple[str | Typed, str | Typed]
    """What rust and go have there, each as `pin` writes it or as a type."""
    right: str
    reason: str
    place: Place
    link: str = ""
    expires: date | None = None
    """The last day on which it excuses."""

    def names(self, probe: str) -> bool:
        """Whether the entry is about this probe."""
        return self.probe == probe or ("*" in self.probe and fnmatchcase(probe, self.probe))

    def is_at(self, difference: Difference) -> bool:
        """Whether the entry is about this place, whatever stands there."""
        return (self.surface, self.path) == (difference.surface.value, difference.path)

    def describes(self, probe: Probe, difference: Difference) -> bool:
        """Whether this difference of a probe that the entry names is exactly the accepted one."""
        return (
            self.is_at(difference)
            and self.runtime == concerned(difference)
            and all(
                _holds(value, probe, difference, side)
                for side, value in zip(RUNTIMES, self.values, strict=True)
            )
        )


def concerned(difference: Difference) -> str:
    """The runtime that stands alone at this place, or `both`."""
    return _ALONE.get(difference.verdict, BOTH)


def _holds(value: str | Typed, probe: Probe, difference: Difference, side: str) -> bool:
    if isinstance(value, str):
        return _same(value, pin(probe, difference, side))
    return side in difference.values and masks.holds(value.type, difference.values[side])


def _same(pinned: str, found: str) -> bool:
    """Whether both are the same value, however its numbers are written: the gate does not judge form."""
    if pinned == found:
        return True
    try:
        return equal(lossless.parse(pinned.encode()), lossless.parse(found.encode()))
    except lossless.NotJson:  # absent, or a digest
        return False


def pin(probe: Probe, difference: Difference, side: str) -> str:
    """The value of one side as an entry has it: JSON text, `absent`, or the digest of a long text.

    A trace id that the run made up reads `(trace id)`, since it is another one in every run.
    """
    if side not in difference.values:
        return ABSENT
    text = lossless.write(difference.values[side], sort=True)
    if probe.trace is not None and probe.trace.startswith(RUN_PREFIX):
        text = text.replace(probe.trace, "(trace id)")
    if len(text) <= LONGEST:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
