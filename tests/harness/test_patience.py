"""What is awaited: a turn in which this process was held up counts in part, and what comes begins anew."""

import asyncio
import time

from lakehouse_parity.patience import POLL, Patience


def waited(*, held_up=0.0, turns=3, begins=False):
    """Seconds that count, since something came and in all, of turns that each take so much longer."""

    async def wait():
        patience = Patience()
        for _ in range(turns):
            asyncio.get_running_loop().call_soon(time.sleep, held_up)
            await patience.turn()
        if begins:
            patience.begin()
        return patience.waited, patience.in_all

    return asyncio.run(wait())


def test_every_turn_counts():
    since, in_all = waited()
    assert since == in_all >= 3 * POLL


def test_of_a_turn_in_which_the_process_was_held_up_only_a_part_counts():
    since, in_all = waited(held_up=0.2)
    assert since == in_all <= 3 * 0.05 + 1e-9


def test_what_comes_begins_the_waiting_anew_and_leaves_what_was_waited_in_all():
    since, in_all = waited(begins=True)
    assert since == 0.0
    assert in_all >= 3 * POLL
