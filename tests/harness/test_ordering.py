"""Which probes are asked together, and how many of them meet at the model."""

import pytest
from tests.harness.making import probe

from lakehouse_parity.model import Step
from lakehouse_parity.ordering import parts

ONE, OTHER = probe("iterate/one"), probe("iterate/other", script=(Step(content="no"),))
MANY = probe("iterate/many", script=(Step(content="no"),) * 60)


def meets(name, meeting, steps=1):
    return probe(f"iterate/{name}", script=(Step(content="no", meets=meeting),) * steps)


def ordered(*probes, at_once=16):
    """The ids of each part, and how many were told to meet."""
    told = {}
    return [[each.id for each in part] for part in parts(probes, at_once, told.__setitem__)], told


def test_those_that_take_long_are_asked_behind_all_others():
    assert ordered(ONE, MANY, OTHER) == ([[ONE.id, OTHER.id], [MANY.id]], {})


def test_those_that_meet_are_asked_meeting_by_meeting_and_their_number_is_told():
    probes = (meets("a", "x"), meets("b", "y"), ONE, meets("c", "x"), MANY)
    assert ordered(*probes) == (
        [[ONE.id], ["iterate/a", "iterate/c", "iterate/b", MANY.id]],
        {"x": 2, "y": 1},
    )


@pytest.mark.parametrize(("at_once", "waited_for"), [(1, 0), (2, 2)])
def test_nobody_waits_for_more_than_can_be_in_flight(at_once, waited_for):
    assert ordered(meets("a", "x"), meets("b", "x"), at_once=at_once)[1] == {"x": waited_for}


def test_one_that_meets_and_takes_long_is_asked_once():
    long = meets("long", "x", steps=60)
    assert ordered(long)[0] == [[], [long.id]]
