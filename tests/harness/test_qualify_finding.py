import pytest
from msgspec.structs import replace
from tests.harness.making import difference, outcome
from tests.harness.qualifying import drift, finding, sighting

from lakehouse_parity.model import Stability, Surface, Verdict
from lakehouse_parity.qualify.finding import Sighting, sightings, under_load
from lakehouse_parity.qualify.result import Result
from lakehouse_parity.soak.findings import Finding as Found
from lakehouse_parity.soak.findings import Result as Soaked
from lakehouse_parity.soak.load import Load

DRIFT = drift(spots=("body $.history[*].raw", "usage $.requests"))


def seen(verdict=Verdict.RUST_DRIFT, *differences):
    return sightings(DRIFT, [outcome(verdict, differences=differences)])


@pytest.mark.parametrize("verdict", [Verdict.PARITY, Verdict.KNOWN, Verdict.SKIPPED, Verdict.BROKEN])
def test_what_agrees_or_could_not_be_observed_is_no_sighting(verdict):
    assert seen(verdict) == ()


@pytest.mark.parametrize("verdict", ["rust_drift", "go_drift", "both_drift", "split", "dialect"])
def test_a_divergence_that_fails_the_gate_is_a_catch(verdict):
    found = finding(sighting(verdict=verdict))
    assert (found.caught, found.word) == (True, "caught")


@pytest.mark.parametrize(("verdict", "word"), [("unstable", "unstable"), ("reference_drift", "missed")])
def test_a_divergence_that_names_nobody_is_no_catch(verdict, word):
    found = finding(sighting(verdict=verdict))
    assert (found.caught, found.blamed, found.located, found.word) == (False, False, False, word)


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({}, "missed"),
        ({"broken": ("iterate/one",)}, "broken"),
        ({"unobserved": ("a torn line",)}, "broken"),
        ({"failure": "did not start"}, "broken"),
    ],
)
def test_what_is_not_caught_has_its_own_word(members, word):
    found = finding(**members)
    assert (found.caught, found.word) == (False, word)


def test_a_catch_beside_something_broken_is_a_catch():
    assert finding(sighting(), broken=("iterate/two",)).word == "caught"


@pytest.mark.parametrize(
    "other", ["go_drift", "both_drift", "split", "dialect", "unstable", "reference_drift"]
)
def test_it_is_blamed_only_where_nothing_else_is_said(other):
    assert finding(sighting(), sighting("iterate/two")).blamed
    assert not finding(sighting(), sighting("iterate/two", other)).blamed


@pytest.mark.parametrize(
    ("found", "located"),
    [
        (difference("$.history[3].raw"), True),
        (difference("$.requests", surface=Surface.USAGE), True),
        (difference("$.history[3]"), False),
        (difference("$.history[3].raw", surface=Surface.SESSION_ROW), False),
        (difference("$.history[3].raw", Verdict.DIALECT), False),
        (difference("$.history[3].raw", Verdict.GO_DRIFT), False),
    ],
)
def test_it_is_located_by_a_difference_of_its_own_at_one_of_its_places(found, located):
    [sighted] = seen(Verdict.RUST_DRIFT, difference("$.other"), found)
    assert sighted.located is located
    assert finding(sighted, planted=DRIFT).located is located


def test_a_place_in_a_probe_that_blames_another_does_not_locate():
    [sighted] = seen(Verdict.SPLIT, difference("$.history[3].raw"))
    assert not sighted.located


@pytest.mark.parametrize(
    ("rates", "own"),
    [({"rust": 0.3, "go": 0.0}, True), ({"rust": 0.3, "go": 0.1}, False), ({"rust": 0.0, "go": 0.3}, False)],
)
def test_what_does_not_hold_is_no_catch_and_blamed_where_one_runtime_alone_changed(rates, own):
    unstable = replace(outcome(Verdict.UNSTABLE), stability=Stability(3, rates))
    [sighted] = sightings(DRIFT, [unstable])
    assert sighted.own is own
    assert not finding(sighted).caught
    assert finding(sighting(), sighted).blamed is own


def test_a_sighting_names_every_place():
    [sighted] = seen(Verdict.RUST_DRIFT, difference("$.a"), difference("$", surface=Surface.STATUS))
    assert sighted.places == ("body $.a", "status $")


def soaked(*found, unobserved=()):
    result = Soaked(Load(1, 0))
    for each in found:
        result.add(each)
    result.unobserved += unobserved
    return result


LOST = Found("usage", "US-4", "rust", "gained 1, not 2", place="usage $.requests")


def test_what_is_lost_under_load_is_a_catch_at_its_place():
    found = under_load(finding(planted=DRIFT), soaked(LOST))
    assert found.sightings == (
        Sighting("soak/usage", "rust_drift", ("usage $.requests",), own=True, located=True),
    )
    assert (found.caught, found.blamed, found.located) == (True, True, True)


@pytest.mark.parametrize(("runtime", "verdict"), [("go", "go_drift"), ("", "split")])
def test_what_load_blames_on_another_or_on_nobody_is_neither_blamed_nor_located(runtime, verdict):
    found = under_load(finding(planted=DRIFT), soaked(replace(LOST, runtime=runtime)))
    assert [sighting.verdict for sighting in found.sightings] == [verdict]
    assert (found.caught, found.blamed, found.located) == (True, False, False)


def test_a_rule_that_is_broken_often_is_one_sighting_with_every_place_once():
    row = replace(LOST, rule="row-missing", place="session_row $")
    found = under_load(finding(planted=DRIFT), soaked(LOST, row, LOST, row, replace(LOST, place="usage $")))
    assert [(s.probe, s.places) for s in found.sightings] == [
        ("soak/usage", ("usage $.requests", "usage $")),
        ("soak/row-missing", ("session_row $",)),
    ]


def test_what_could_not_be_observed_under_load_is_told():
    found = under_load(finding(), soaked(unobserved=["rust did not answer 3 calls"]))
    assert (found.word, found.unobserved) == ("broken", ("rust did not answer 3 calls",))


GOOD = finding(sighting())
MISSED = finding()
MISBLAMED = finding(sighting(), sighting("iterate/two", "split"))
MISLAID = finding(sighting(located=False))
FAILED = finding(failure="did not start")
EQUIVALENT = finding(planted=drift(equivalent="Why."))
DISPROVED = finding(sighting(), planted=drift(equivalent="Why."))


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([GOOD], 0),
        ([GOOD, MISSED], 1),
        ([GOOD] * 99 + [MISBLAMED], 1),
        ([GOOD] * 19 + [MISLAID], 0),
        ([GOOD] * 18 + [MISLAID], 1),
        ([GOOD, FAILED, MISSED], 3),
        ([GOOD, EQUIVALENT], 0),
        ([GOOD, DISPROVED], 1),
        ([EQUIVALENT], 0),
    ],
)
def test_the_target_is_all_caught_and_blamed_and_nineteen_of_twenty_located(findings, code):
    assert Result(tuple(findings)).exit_code == code


def test_each_runtime_has_to_meet_the_target_for_itself():
    go = finding(sighting(verdict="go_drift", located=False, own=True), planted=drift(runtime="go"))
    result = Result((*[GOOD] * 99, go))
    assert [(f.runtime, f.drifts, f.caught, f.blamed, f.located) for f in result.figures] == [
        ("rust", 99, 99, 99, 99),
        ("go", 1, 1, 1, 0),
    ]
    assert result.exit_code == 1


def test_an_equivalent_drift_is_not_counted():
    [figures] = Result((GOOD, EQUIVALENT)).figures
    assert figures.drifts == 1
