import pytest
from tests.harness.making import probe
from tests.harness.qualifying import drift

from lakehouse_parity.errors import Mistake
from lakehouse_parity.qualify.selection import named, sample
from lakehouse_parity.qualify.stages import stages

CHAPTERS = ("EX", "IT", "TR", "SE", "VA")
TABLE = [
    drift(f"{chapter.lower()}-{number}", f"{chapter}-{number}", runtime)
    for runtime in ("rust", "go")
    for chapter in CHAPTERS
    for number in range(1, 9)
]


def names(drifts):
    return [(each.runtime, each.name) for each in drifts]


def test_without_patterns_every_drift_is_wanted():
    assert named(TABLE, []) == TABLE


def test_a_pattern_takes_the_names_that_it_matches_in_both_runtimes():
    assert names(named(TABLE, ["ex-1", "va-*8"])) == [
        ("rust", "ex-1"),
        ("rust", "va-8"),
        ("go", "ex-1"),
        ("go", "va-8"),
    ]


def test_a_pattern_that_matches_nothing_is_a_mistake():
    with pytest.raises(Mistake, match="no drift matches 'zz'"):
        named(TABLE, ["ex-1", "zz"])


def test_a_sample_has_so_many_of_each_runtime_in_the_order_of_the_table():
    found = sample(TABLE, 7, seed=0)
    assert [each.runtime for each in found] == ["rust"] * 7 + ["go"] * 7
    assert found == [each for each in TABLE if each in found]


def test_a_sample_has_every_chapter_before_it_has_one_twice():
    for size, most in ((5, 1), (10, 2), (11, 3)):
        counts = [
            [each.chapter for each in sample(TABLE, size, seed=3) if each.runtime == "go"].count(chapter)
            for chapter in CHAPTERS
        ]
        assert max(counts) == most
        assert min(counts) == size // 5


def test_the_same_seed_gives_the_same_sample_and_another_one_another():
    assert sample(TABLE, 7, seed=1) == sample(TABLE, 7, seed=1)
    assert sample(TABLE, 7, seed=1) != sample(TABLE, 7, seed=2)


def test_a_sample_of_more_than_there_are_is_everything():
    assert sample(TABLE, 1000, seed=0) == TABLE


def test_a_drift_that_is_added_changes_a_sample_by_itself_at_most():
    before = names(sample(TABLE, 7, seed=0))
    after = names(sample([drift("added", "VA-9"), *TABLE], 7, seed=0))
    assert len(set(before) - set(after)) <= 1


def test_the_probes_of_the_clause_come_first_then_its_chapter_then_the_rest_and_each_once():
    probes = [
        probe("chat/a", ("CH-1", "HT-2")),
        probe("iterate/b", ("IT-9",)),
        probe("iterate/c", ("IT-1", "IT-9")),
        probe("extract/d", ("EX-1", "IT-2")),
        probe("iterate/e", ("ITX-1",)),
    ]
    found = [(stage, [each.id for each in part]) for stage, part in stages(probes, "IT-9")]
    assert found == [
        ("clause", ["iterate/b", "iterate/c"]),
        ("chapter", ["extract/d"]),
        ("everything", ["chat/a", "iterate/e"]),
    ]


def test_a_stage_without_probes_is_left_out():
    assert [stage for stage, _ in stages([probe("chat/a", ("CH-1",))], "CH-1")] == ["clause"]
