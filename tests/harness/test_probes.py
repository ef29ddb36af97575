"""The probes that stand in this repository: clauses covered, expectations met, nothing loose."""

from collections import Counter

from lakehouse_parity import rosters, suite
from lakehouse_parity.cli import main
from lakehouse_parity.coverage import cover, gaps
from lakehouse_parity.targets.bundled import ROOT
from lakehouse_spec.clauses import CLAUSES, Authority

PROBES = suite.load(
    ROOT / "probes",
    rosters.load(ROOT / "fixtures" / "roster" / "workers.parquet"),
    suite.Names(ollama_provider="parity-ollama"),
)


def test_every_clause_has_a_probe_and_every_source_clause_one_that_spells_it_out():
    assert gaps(cover(PROBES, {})) == []


def test_a_clause_that_loses_its_probes_is_told():
    without = [probe for probe in PROBES if "IT-14" not in probe.clauses]
    assert [gap.partition(" ")[0] for gap in gaps(cover(without, {}))] == ["IT-14"]


def test_the_reference_meets_every_expectation_and_lint_says_so(capsys):
    assert main(["lint", "--probes", str(ROOT / "probes")]) == 0
    assert f"{len(PROBES)} probes: every clause is covered" in capsys.readouterr().out


def test_there_are_enough_probes_in_each_suite():
    counts = Counter(probe.suite for probe in PROBES)
    least = {
        "extract": 60,
        "validate": 60,
        "iterate": 60,
        "trace": 15,
        "sessions": 25,
        "usage": 5,
        "health": 1,
    }
    assert {name: counts[name] >= least[name] for name in least} == dict.fromkeys(least, True)
    assert len(PROBES) >= 500


def test_every_chosen_and_every_open_clause_says_why():
    assert [c.id for c in CLAUSES.values() if c.authority is not Authority.SOURCE and not c.why] == []
