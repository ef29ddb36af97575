"""The minefield: texts on which extractions differ, with what the real libraries made of each."""

from __future__ import annotations

from collections import Counter

import pytest
from fixtures.minefield.build import HERE, answered, classes, load, raw_of, recorded, written

from lakehouse_spec.dialects import Dialect, serialise
from lakehouse_spec.extract import extract

CLASSES = classes()
FEWEST = {
    "answers": 110,
    "braces": 90,
    "depth": 50,
    "dialects": 40,
    "duplicates": 25,
    "fences": 120,
    "numbers": 160,
    "size": 30,
    "strings": 120,
    "white-space": 110,
}
"""Cases that a class has at least: a file that was cut short is noticed."""


def test_every_class_has_its_cases():
    assert CLASSES.keys() == FEWEST.keys()
    assert {name: len(cases) for name, cases in CLASSES.items() if len(cases) < FEWEST[name]} == {}


def test_there_are_at_least_four_hundred_cases():
    assert sum(map(len, CLASSES.values())) >= 400


def test_every_name_is_used_once():
    names = Counter(case["name"] for cases in CLASSES.values() for case in cases)
    assert [name for name, times in names.items() if times > 1] == []


def test_every_case_has_one_text_a_reason_and_both_answers():
    for cases in CLASSES.values():
        for case in cases:
            assert ("raw" in case) != ("raw_repeat" in case), case["name"]
            assert case["why"], case["name"]
            assert {dialect.value for dialect in Dialect} <= case.keys(), case["name"]


@pytest.mark.parametrize("name", CLASSES)
def test_a_file_is_as_its_script_writes_it(name):
    path = HERE / f"{name}.jsonl"
    assert written(load(path)) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("dialect", Dialect, ids=lambda dialect: dialect.value)
@pytest.mark.parametrize("name", CLASSES)
def test_the_reference_answers_as_the_library_did(name, dialect):
    answers = {case["name"]: _by_the_reference(case, dialect) for case in CLASSES[name]}
    assert answers == {case["name"]: case[dialect.value] for case in CLASSES[name]}


def _by_the_reference(case, dialect):
    return recorded(serialise(extract(raw_of(case), dialect), dialect))


@pytest.mark.parametrize("name", CLASSES)
def test_the_libraries_still_answer_so(name, adapters):
    programs = {dialect.value: program for dialect, program in adapters.items()}
    assert answered(CLASSES[name], programs) == CLASSES[name]
