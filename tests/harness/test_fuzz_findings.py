from itertools import permutations
from random import Random

import pytest
from tests.fakes import extractions
from tests.fakes.extractions import LIES, NEEDS_DEPTH

from lakehouse_parity.fuzz.batch import Function
from lakehouse_parity.fuzz.findings import Finding, Harvest
from lakehouse_parity.fuzz.hunt import Budget, TextHunt
from lakehouse_parity.fuzz.mixture import mixed
from lakehouse_parity.fuzz.shrink import shrink
from lakehouse_parity.fuzz.sides import Sides
from lakehouse_parity.fuzz.signature import Signature, sign
from lakehouse_spec.dialects import Dialect
from lakehouse_spec.extract import extract

SERDE, GO = Dialect.SERDE_JSON, Dialect.ENCODING_JSON


def sides(rust=extractions.honest, go=lambda raw: extract(raw, GO)):
    return Sides({"rust": Function(rust, SERDE), "go": Function(go, GO)}, {"rust": SERDE, "go": GO})


def hunted(lie, examples=20_000, seed=1, **options):
    hunt = TextHunt(sides(lie), seed, **options)
    small = (batch[at : at + 100] for batch in mixed(Random(seed)) for at in range(0, len(batch), 100))
    return hunt.run(small, Budget(examples=examples), lambda: bool(hunt.harvest.findings))


def signed(raw, dialects=True, **runtimes):
    (answers,) = sides(**runtimes).answers([raw])
    return sign(raw, answers, dialects=dialects)


def finding(example="{}", signature=None, **members):
    signature = signature or Signature("extract", "rust", "finds nothing", "object", "EX-1")
    return Finding(
        signature, example, "", "", "", members.pop("seed", 1), members.pop("seconds", 1.0), **members
    )


def test_honest_runtimes_leave_nothing_to_find():
    assert hunted(extractions.honest, 6000).findings == ()


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_every_lie_is_found_blamed_on_who_tells_it_and_shrunk(lie):
    found = hunted(lie, 200_000).findings
    assert {each.signature.apart for each in found} == {"rust"}
    smallest = min(found, key=lambda each: len(each.example))
    assert len(smallest.example) <= 40 or lie in NEEDS_DEPTH
    assert signed(smallest.example, rust=lie) is not None


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ('{"a":1e-23}', "libraries-differs-decimal-js-6"),
        ('{"a":"\\ud800"}', "libraries-only-go-finds-surrogate-js-4"),
        ('{"a":1.79769313486231581e308}', "libraries-only-rust-finds-range-js-6"),
    ],
)
def test_what_the_dialects_predict_has_a_signature_only_where_nothing_is_predicted(raw, name):
    assert signed(raw) is None
    assert str(signed(raw, dialects=False)) == name


def test_a_form_is_no_difference():
    assert signed('{"a":1.0}', dialects=False) is None


def test_a_lie_of_go_is_held_against_gos_own_dialect():
    signature = signed('{"a":1e-23}', go=lambda _: None)
    assert (signature.apart, signature.outcome) == ("go", "finds nothing")


def test_both_apart_is_told_from_one_apart():
    assert signed("{}", rust=lambda _: None, go=lambda _: None).apart == "both"


def test_shrinking_keeps_what_holds_and_never_grows():
    raw = 'talk ```json\n{"a": [1, 2, {"poison": "x\\ud800"}], "b": 12345678901234567890}\n``` more }{'
    smallest = shrink(raw, lambda texts: ["poison" in text and text.count("{") > 1 for text in texts])
    assert sorted(smallest) == sorted("poison{{")


def test_shrinking_a_nested_text_goes_through_its_pairs():
    raw = '{"d":' + '{"a":[' * 200 + "]}" * 200 + "}"

    def holds(texts):
        return [extract(text, GO) is not None and extract(text, SERDE) is None for text in texts]

    assert shrink(raw, holds) == '{"":' + "[" * 127 + "]" * 127 + "}"


def two_lies(raw):
    """Finds nothing behind a fence that holds `one`, and something where there is a `two`."""
    if "one" in raw and "```" in raw:
        return None
    return {"two": 2} if "two" in raw else extractions.honest(raw)


def test_a_bug_does_not_slide_into_another_while_it_is_shrunk():
    hunt = TextHunt(sides(two_lies), 1)
    texts = ['two ```{"one":[1,{"two":2}]}``` tail', "prose two } prose", '```\n{"x":"one"}\n```']
    found = hunt.run([texts], Budget(examples=3)).findings
    by_outcome = {each.signature.outcome: each.example for each in found}
    assert "one" in by_outcome["finds nothing"]
    assert by_outcome["finds something"] == "two"


def test_the_search_goes_on_behind_a_finding():
    hunt = TextHunt(sides(two_lies), 1)
    found = hunt.run(
        [["two"], ["two"], ["two two"], ["two"], ['```{"one":1}```']], Budget(examples=5)
    ).findings
    assert len(found) == 2
    assert sum(each.count for each in found) == 5


def test_the_same_seed_and_number_of_examples_give_the_same_findings():
    first, again = (
        [(each.signature, each.example, each.count) for each in hunted(extractions.ascii_trim).findings]
        for _ in range(2)
    )
    assert first == again


def test_harvests_merge_to_the_same_in_any_order():
    other = Signature("extract", "go", "differs", "number", "JS-6")
    harvests = [
        Harvest(10, 1, (finding("{ }", seed=1, seconds=3.0),)),
        Harvest(20, 2, (finding("{}", seed=2, seconds=5.0), finding("1", other))),
        Harvest(30, 3, (finding("[]", seed=3, seconds=4.0),), interrupted=True),
    ]
    merged = {a.merged(b).merged(c) for a, b, c in permutations(harvests)}
    assert len(merged) == 1
    (whole,) = merged
    assert (whole.executed, whole.predicted, whole.interrupted) == (60, 6, True)
    assert [(each.example, each.count, each.seconds) for each in whole.findings] == [
        ("1", 1, 1.0),
        ("[]", 3, 3.0),
    ]


def test_ctrl_c_keeps_what_was_found():
    def texts():
        yield ["two"]
        raise KeyboardInterrupt

    harvest = TextHunt(sides(two_lies), 1).run(texts(), Budget())
    assert harvest.interrupted
    assert [each.example for each in harvest.findings] == ["two"]
