"""One timer tells everybody in time that an answer is late, and nobody else."""

import asyncio

from lakehouse_parity.wire.watch import Deadline, Watch


class Waiting:
    def __init__(self):
        self.given_up = []

    def give_up(self, deadline):
        self.given_up.append((deadline.seconds, asyncio.get_running_loop().time() - deadline.at))


def within(seconds):
    return Deadline.within(seconds)


def run(scene):
    asyncio.run(scene())


def test_each_is_told_at_its_own_deadline_whatever_their_order():
    async def scene():
        watch, late, soon, never = Watch(), Waiting(), Waiting(), Waiting()
        watch.begin(never, within(60))
        watch.begin(late, within(0.2))
        watch.begin(soon, within(0.05))
        await asyncio.sleep(0.12)
        assert (len(soon.given_up), late.given_up, never.given_up) == (1, [], [])
        await asyncio.sleep(0.2)
        assert [len(each.given_up) for each in (soon, late, never)] == [1, 1, 0]
        assert all(over >= 0 for each in (soon, late) for _, over in each.given_up)

    run(scene)


def test_who_has_ended_or_begun_anew_is_not_told_of_the_former():
    async def scene():
        watch, ended, again = Watch(), Waiting(), Waiting()
        watch.begin(ended, within(0.05))
        watch.end(ended)
        watch.begin(again, within(0.05))
        watch.end(again)
        watch.begin(again, within(0.3))
        await asyncio.sleep(0.15)
        assert (ended.given_up, again.given_up) == ([], [])
        await asyncio.sleep(0.3)
        assert [seconds for seconds, _ in again.given_up] == [0.3]

    run(scene)


def test_nobody_is_told_behind_the_end():
    async def scene():
        watch, waiting = Watch(), Waiting()
        watch.begin(waiting, within(0.05))
        watch.close()
        await asyncio.sleep(0.15)
        assert waiting.given_up == []

    run(scene)
