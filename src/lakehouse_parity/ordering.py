"""Which probes of a round are asked together: most first, then those that meet and those that take long."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lakehouse_parity.model import Probe

_LONG = 50
"""Answers of the model in one probe from which on it is asked when hardly another is in flight."""


def parts(
    probes: Sequence[Probe], at_once: float, call_meeting: Callable[[str, int], None]
) -> Iterator[list[Probe]]:
    """The parts, one to be asked behind the other; of probes that meet, how many do is told first.

    At most `at_once` are in flight: where those of a meeting are more, the model waits for nobody.
    """
    meetings: dict[str, list[Probe]] = defaultdict(list)
    for probe in probes:
        meetings[probe.meets].append(probe)
    alone = meetings.pop("", [])
    yield [probe for probe in alone if not _is_long(probe)]
    for name, meeting in meetings.items():
        call_meeting(name, len(meeting) if len(meeting) <= at_once else 0)
    yield [*chain.from_iterable(meetings.values()), *filter(_is_long, alone)]


def _is_long(probe: Probe) -> bool:
    """Whether it asks the model so often that each turn of it would wait for the others' too long."""
    return len(probe.script) >= _LONG
