"""A runtime that never asks the scripted model is told apart from one that asks it wrongly."""

import pytest
from tests.harness.making import call, observed, outcome

from lakehouse_parity.events import Finished, Judged
from lakehouse_parity.model import Verdict
from lakehouse_parity.unheard import Unheard

CALLS, SILENT = observed(model_requests=(call(),)), observed(model_requests=())
BROKEN = observed(model_requests=None)


def hints(*probes):
    """What is said after these probes, each by what rust, go and the reference did."""
    unheard = Unheard()
    for rust, go, reference in probes:
        seen = {"rust": rust, "go": go, "reference": reference}
        unheard(Judged(outcome(Verdict.PARITY), seen))
    unheard(Finished(1))
    return [*unheard.hints()]


def test_a_runtime_that_the_model_never_heard_of_is_named_with_what_to_do():
    [hint] = hints(*[(CALLS, SILENT, CALLS)] * 3)
    assert hint.startswith("go never asked the scripted model, though 3 probes have it do so")
    assert "parity doctor" in hint


def test_both_may_be_wired_otherwise():
    assert [hint.split()[0] for hint in hints(*[(BROKEN, SILENT, CALLS)] * 3)] == ["rust", "go"]


@pytest.mark.parametrize(
    "probes",
    [
        [(CALLS, SILENT, CALLS)] * 2,
        [(CALLS, SILENT, CALLS)] * 9 + [(CALLS, CALLS, CALLS)],
        [(SILENT, SILENT, SILENT)] * 9,
        [],
    ],
    ids=["too few to tell", "it was heard once", "nothing was to be asked", "nothing ran"],
)
def test_otherwise_nothing_is_said(probes):
    assert hints(*probes) == []


def test_a_probe_that_was_skipped_says_nothing():
    unheard = Unheard()
    unheard(Judged(outcome(Verdict.SKIPPED)))
    assert (unheard.expected, [*unheard.hints()]) == (0, [])
