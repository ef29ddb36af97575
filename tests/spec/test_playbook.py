"""Chapter PL: validator `playbook`."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lakehouse_spec.roster import Roster
from lakehouse_spec.validate.playbook import Operation, operation, validate
from lakehouse_spec.validate.report import Finding, Invalid, Severity
from lakehouse_spec.validate.shape import context

FORM = re.compile("fill: (.+) x([0-9]+) in (.+), (.+)")


def judge(given=None, **members):
    artifact = {
        "operation": "fill: Welder x2 in Toledo, OH",
        "endorsed_names": ["Ada"],
        "fingerprint": "f",
        **members,
    }
    try:
        return validate(artifact, context(given), Roster(()))
    except Invalid as invalid:
        return invalid.body()


@pytest.mark.parametrize(
    ("members", "field", "reason"),
    [
        ({"operation": None, "endorsed_names": 1}, "operation", "required member is missing"),
        ({"operation": 1, "endorsed_names": 1}, "operation", "expected a string"),
        ({"endorsed_names": None, "fingerprint": 1}, "endorsed_names", "required member is missing"),
        ({"endorsed_names": {}, "fingerprint": 1}, "endorsed_names", "expected an array"),
        ({"endorsed_names": ["a", None], "fingerprint": 1}, "endorsed_names[1]", "expected a string"),
        ({"endorsed_names": [1]}, "endorsed_names[0]", "expected a string"),
        ({"fingerprint": None, "endorsed_names": []}, "fingerprint", "required member is missing"),
        ({"fingerprint": 1}, "fingerprint", "expected a string"),
    ],
)
def test_the_shape_is_checked_in_order_pl_1(members, field, reason):
    assert judge(**members) == {"Schema": {"field": field, "reason": reason}}


def test_somebody_is_endorsed_pl_2():
    assert judge(endorsed_names=[], fingerprint="") == {"Completeness": {"reason": "endorsed_names is empty"}}


def test_at_most_two_for_each_place_pl_3():
    given = {"target_count": 2}
    assert judge(given, endorsed_names=list("abcd")) == ()
    assert judge(given, endorsed_names=list("abcde"), fingerprint="") == {
        "Completeness": {"reason": "endorsed_names has 5 names, at most 4 allowed"}
    }


def test_the_fingerprint_is_not_empty_pl_4():
    assert judge(fingerprint="", operation="x") == {"Completeness": {"reason": "fingerprint is empty"}}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("fill: Welder x2 in Toledo, OH", Operation("Welder", 2, "Toledo", "OH")),
        ("fill: a x1 in b x2 in c, d, e", Operation("a x1 in b", 2, "c, d", "e")),
        ("fill: a x1 in x2 in c, d", Operation("a x1 in", 2, "c", "d")),
        ("fill: a x007 in b, c", Operation("a", 7, "b", "c")),
        ("fill: a x4294967295 in b, c", Operation("a", 2**32 - 1, "b", "c")),
    ],
)
def test_an_operation_has_its_parts_pl_5(text, parts):
    assert operation(text) == parts


@pytest.mark.parametrize(
    "text",
    ["", "x", "fill: a x2 in b", "Fill: a x2 in b, c", " fill: a x2 in b, c", "fill:  x2 in b, c",
     "fill: a x in b, c",
     "fill: a x2 in , c", "fill: a x2 in b, ", "fill: a x٢ in b, c", "fill: a\nb x2 in c, d",
     "fill: a x2 in b, c\n",
     "fill: a x4294967296 in b, c", "fill: a x" + "9" * 5000 + " in b, c"],
)  # fmt: skip
def test_another_form_is_reported_as_it_is_pl_5(text):
    reason = f"operation '{text}' is not of the form 'fill: ROLE xCOUNT in CITY, STATE'"
    assert judge(operation=text) == {"Consistency": {"reason": reason}}


@given(
    st.lists(
        st.sampled_from(["fill: ", " x", " x1", " x12 in ", " in ", ", ", "a", " ", "\n", "3"]), max_size=9
    ).map("".join)
)
@example("fill: a x1 in x2 in b, c")
@example("fill: a x1 in , x2 in b, c, ")
def test_the_parts_are_those_of_the_regular_expression_pl_5(text):
    for candidate in (text, f"fill: a{text}", f"fill: a{text}, b"):
        found = FORM.fullmatch(candidate)
        expected = Operation(found[1], int(found[2]), found[3], found[4]) if found else None
        assert operation(candidate) == expected


def test_the_parts_suit_the_contract_in_order_pl_6():
    given = {"role": "Driver", "target_count": 3, "city": "Reno", "state": "NV"}
    for name, own, wanted in (
        ("role", "'Welder'", "'Driver'"), ("count", "2", "3"), ("city", "'Toledo'", "'Reno'"),
        ("state", "'OH'", "'NV'")
    ):  # fmt: skip
        reason = f"operation {name} {own} doesn't match contract {name} {wanted}"
        assert judge(given) == {"Consistency": {"reason": reason}}
        del given["target_count" if name == "count" else name]
    assert judge({"role": "WELDER ", "target_count": 2.0, "city": "toledo", "state": "oh"}) == ()


def test_a_repeated_name_is_worth_a_look_pl_7():
    assert judge(endorsed_names=["a", "A", "a", "", "a", ""]) == tuple(
        Finding(f"endorsed_names[{index}]", Severity.WARNING, f"name '{name}' is repeated")
        for index, name in ((2, "a"), (4, "a"), (5, ""))
    )
