"""New divergences asked again before they are believed: in both orders, several times, within bounds.

Every one is asked once in each order. Of those that differ alike only a few are asked on, unless one of
them does not hold: then all of them are.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lakehouse_parity.lateness import excused
from lakehouse_parity.model import RUNTIMES, Verdict
from lakehouse_parity.stability import AT_ONCE, Asked, Order, settle, signature

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable, Iterable, Sequence

    from lakehouse_parity.events import Judged
    from lakehouse_parity.model import Mask

    Ask = Callable[[Sequence[str], int, Order], AsyncIterator[Judged]]
    """Asks probes, by their ids, for the n-th time again in an order."""

AGAIN = 10
"""How often a new divergence is asked again: what is right in seven of ten answers passes for a drift once
in half a million."""
SAMPLE = 4
"""Of probes that differ alike, how many are asked more often than once in each order."""

ORDERS: tuple[Order, ...] = (RUNTIMES, RUNTIMES[::-1])


async def confirm(
    doubtful: Sequence[Judged], ask: Ask, masks: Sequence[Mask], again: int = AGAIN
) -> list[Judged]:
    """The doubtful as they are when asked again: what holds stays, and what does not is unstable."""
    asking = _Asking(doubtful, ask, masks)
    await asking.rounds(asking.all, range(min(len(ORDERS), again)))
    more = range(len(ORDERS), again)
    await asking.rounds(asking.sample(), more)
    await asking.rounds(asking.like_what_did_not_hold(), more)
    return asking.settled()


class _Asking:
    """What was asked of each doubtful probe so far."""

    def __init__(self, doubtful: Sequence[Judged], ask: Ask, masks: Sequence[Mask]) -> None:
        self._ask = ask
        self._masks = masks
        self._asked = {judged.outcome.probe.id: [Asked(AT_ONCE, judged)] for judged in doubtful}
        self._alike: dict[Hashable, list[str]] = defaultdict(list)
        for judged in doubtful:
            self._alike[signature(judged.outcome)].append(judged.outcome.probe.id)

    @property
    def all(self) -> list[str]:
        return list(self._asked)

    async def rounds(self, ids: Iterable[str], numbers: range) -> None:
        """Ask these again, once for each number, all of them together, so that a deadline is awaited once."""
        for number in numbers:
            seen = [id_ for id_ in ids if not self._is_broken(id_)]
            order = ORDERS[number % len(ORDERS)]
            if not seen:
                return
            async for judged in self._ask(seen, number, order):
                self._asked[judged.outcome.probe.id].append(Asked(order, judged))

    def _is_broken(self, id_: str) -> bool:
        return self._asked[id_][-1].judged.outcome.verdict is Verdict.BROKEN

    def sample(self) -> list[str]:
        """A few of each kind, and whatever has not held already."""
        few = [id_ for alike in self._alike.values() for id_ in alike[:SAMPLE]]
        return list(dict.fromkeys([*few, *filter(self._unstable, self._asked)]))

    def like_what_did_not_hold(self) -> list[str]:
        """The rest of each kind of which one did not hold."""
        doubted = (alike for alike in self._alike.values() if any(map(self._unstable, alike)))
        fewest = len(ORDERS) + 1
        return [id_ for alike in doubted for id_ in alike if len(self._asked[id_]) <= fewest]

    def _unstable(self, id_: str) -> bool:
        return self._settled(id_).outcome.verdict is Verdict.UNSTABLE

    def _settled(self, id_: str) -> Judged:
        return settle(excused(self._asked[id_], self._masks), self._masks)

    def settled(self) -> list[Judged]:
        """What all of them come to."""
        return [self._with_bounds(self._settled(id_)) for id_ in self._asked]

    def _with_bounds(self, judged: Judged) -> Judged:
        """Says where it was not asked as often as others that differ alike."""
        first = self._asked[judged.outcome.probe.id][0].judged
        alike = self._alike[signature(first.outcome)]
        times = len(self._asked[judged.outcome.probe.id]) - 1
        most = max(len(self._asked[id_]) for id_ in alike) - 1
        if times == most or judged.outcome.verdict is Verdict.BROKEN:
            return judged
        reason = (
            f"{judged.outcome.reason} (asked again {times} times, {SAMPLE} that differ alike {most} times)"
        )
        return replace(judged, outcome=replace(judged.outcome, reason=reason))
