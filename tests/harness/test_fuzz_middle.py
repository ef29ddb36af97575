"""Our own middle under everything that the strategies draw."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lakehouse_parity import lossless, rosters, suite
from lakehouse_parity.compare import equal, walk
from lakehouse_parity.fuzz import cases, outcomes, strategies
from lakehouse_parity.fuzz.drawing import draw
from lakehouse_parity.judging import REFERENCES, judge
from lakehouse_parity.model import RUNTIMES, Verdict
from lakehouse_parity.targets.bundled import demo_config
from lakehouse_parity.targets.reference import Reference

NAMES = suite.Names("parity", "parity-ollama")
ROSTER = rosters.load(Path("fixtures/roster/workers.parquet"))
CONFIG = demo_config(Path(), dict.fromkeys(RUNTIMES, "daemon"))
OWN = [Reference.of(CONFIG, CONFIG.runtimes[name], ROSTER) for name in RUNTIMES]
FEW = settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@given(strategies.trees())
def test_what_is_written_is_read_again(tree):
    assert lossless.parse(lossless.write(tree).encode()) == tree


@given(strategies.trees(), strategies.trees())
def test_two_trees_are_equal_where_no_place_differs(one, other):
    assert equal(one, other) == all(only_form for _, _, only_form in walk((one, other)))
    assert equal(one, one)


@FEW
@given(strategies.validate_cases() | strategies.iterate_cases(), st.booleans())
def test_runtimes_that_do_as_the_reference_are_at_parity_but_for_dialects(tmp_path, case, swapped):
    chapter = "iterate" if "iterate" in case else "validate"
    for file in tmp_path.glob("*/*.yaml"):
        file.unlink()
    (probe,) = cases.load([case], chapter, tmp_path, ROSTER, NAMES)
    seen = [reference.observe(probe) for reference in OWN]
    runtimes = seen[::-1] if swapped else seen
    outcome = judge(probe, dict(zip((*RUNTIMES, *REFERENCES), (*runtimes, *seen), strict=True)), ())
    if not swapped:
        assert outcome.verdict in (Verdict.PARITY, Verdict.DIALECT)
        assert outcomes.sign(chapter, outcome) is None
    elif outcome.verdict is not Verdict.PARITY:
        assert str(outcomes.sign(chapter, outcome, dialects=False))


@pytest.mark.parametrize("strategy", [strategies.answers(), strategies.validate_cases()])
def test_a_seed_names_what_is_drawn(strategy):
    assert draw(strategy, 20, 5) == draw(strategy, 20, 5)
