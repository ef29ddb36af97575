from itertools import islice
from random import Random

import pytest
from hypothesis import given, settings

from lakehouse_parity.fuzz import strategies, traits
from lakehouse_parity.fuzz.answers import References, tree
from lakehouse_parity.fuzz.mixture import mixed
from lakehouse_parity.fuzz.replies import reply
from lakehouse_spec.dialects import Dialect, serialise
from lakehouse_spec.extract import extract

SERDE, GO = Dialect.SERDE_JSON, Dialect.ENCODING_JSON


def expected(raw, dialect):
    value = extract(raw, dialect)
    return {"found": value is not None, "value": value}, serialise(value, dialect)


def test_a_seed_names_a_sequence_of_texts():
    first, again = ([next(mixed(Random(7))) for _ in range(2)] for _ in range(2))
    assert first == again


def test_every_text_can_be_sent():
    assert all(text.encode() is not None for text in next(mixed(Random(2))))


def test_the_remembering_reference_answers_as_the_specification_does():
    references = References(SERDE, GO)
    for raw in next(mixed(Random(3))):
        for dialect, (value, answer) in zip((SERDE, GO), references.look(raw), strict=True):
            wanted = extract(raw, dialect)
            found = "true" if wanted is not None else "false"
            assert (value is None) == (wanted is None)
            assert answer == f'"found":{found},"value":{serialise(wanted, dialect)}}}'.encode()


@settings(max_examples=60)
@given(strategies.answers())
def test_drawn_answers_are_unicode_and_read_alike_with_and_without_memory(raw):
    assert raw.encode() is not None
    for dialect, (value, _) in zip((SERDE, GO), References(SERDE, GO).look(raw), strict=True):
        assert (value is None) == (extract(raw, dialect) is None)


@settings(max_examples=60)
@given(strategies.answers())
def test_with_all_traits_taken_away_only_depth_parts_the_libraries(raw):
    plain = traits.without(raw, traits.ALONE)
    if raw.count("{") + raw.count("[") < 120:
        assert extract(plain, SERDE) == extract(plain, GO)


@pytest.mark.parametrize(
    ("raw", "trait"),
    [
        ('{"a":"\\ud800"}', traits.SURROGATE),
        ('{"\\ud800":1}', traits.SURROGATE_NAME),
        ('{"a":"\\ud800","a":1}', traits.SURROGATE_DROPPED),
        ('{"a":9007199254740993}', traits.INTEGER),
        ('{"a":0.9331271396309577}', traits.DECIMAL),
        ('{"a":1.7976931348623158e308}', traits.RANGE),
        ('{"a":' + "[" * 127 + "]" * 127 + "}", traits.DEPTH),
        ('{"a":"\\ud800"} {"b":1e-23}', traits.SURROGATE),
    ],
)
def test_the_trait_that_parts_the_libraries_is_named(raw, trait):
    assert traits.trait(raw) == trait


def test_replies_look_like_those_of_models():
    random = Random(1)
    replies = [reply(random) for _ in range(200)]
    assert any("```json" in text for text in replies)
    assert sum(extract(text, SERDE) is not None for text in replies) > 100


def test_an_answer_that_is_no_json_is_text_and_differs_from_every_other():
    assert tree(b'"found":') == '"found":'


def test_the_grammar_reaches_every_phase():
    texts = list(islice((text for batch in mixed(Random(5)) for text in batch), 2000))
    assert sum("```" in text for text in texts) > 500
    assert sum(extract(text, SERDE) is not None for text in texts) > 500
