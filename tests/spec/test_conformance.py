"""The reference against the real libraries: generated texts, no mismatch (chapters EX and JS)."""

from random import Random

from tests.spec.conformance import run
from tests.spec.generated_texts import texts

SEED = 20_260_301
NUMBER = 200_000


def test_the_reference_answers_as_both_libraries_do(adapters, capsys):
    outcome = run(texts(Random(SEED)), NUMBER)
    with capsys.disabled():
        print(f"\nconformance: {outcome}")
    assert outcome.mismatches == []
    assert outcome.texts == NUMBER
    assert min(outcome.found.values()) > NUMBER // 2
    assert max(outcome.found.values()) < NUMBER * 3 // 4


def test_a_seed_names_a_sequence_of_texts():
    first, again = texts(Random(1)), texts(Random(1))
    assert [next(first) for _ in range(100)] == [next(again) for _ in range(100)]


def test_every_text_can_be_sent():
    generated = texts(Random(2))
    assert all(next(generated).encode() is not None for _ in range(2000))
