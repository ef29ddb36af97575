"""Chapter FI: validator `fill`."""

import pytest

from lakehouse_spec.roster import Roster, Worker
from lakehouse_spec.validate.fill import validate
from lakehouse_spec.validate.report import Finding, Invalid, Severity
from lakehouse_spec.validate.shape import context

ADA = Worker("W-1", "Ada Okafor", "Welder", "Toledo", "OH", "active", "", "", ("C-9",))
CARA = ADA._replace(
    worker_id="W-2", name="Cara Lund", city="Louisville", state="KY", role="Driver", status=" Active "
)
GONE = ADA._replace(worker_id="W-3", status="on leave")
ROSTER = Roster((ADA, CARA, GONE))
MISSING, STRING = "required member is missing", "expected a string"


def judge(*fills, **given):
    """The findings of a list of fills, or its error; a text stands for a fill with this id."""
    entries = [{"candidate_id": fill} if isinstance(fill, str) else fill for fill in fills]
    return judge_artifact({"fills": entries}, given)


def judge_artifact(artifact, given=None):
    try:
        return validate(artifact, context(given), ROSTER)
    except Invalid as invalid:
        return invalid.body()


def schema(field, reason):
    return {"Schema": {"field": field, "reason": reason}}


def inconsistent(reason):
    return {"Consistency": {"reason": reason}}


@pytest.mark.parametrize(
    ("fills", "reason"), [(None, MISSING), ({}, "expected an array"), ("x", "expected an array")]
)
def test_fills_is_there_and_an_array_fi_1(fills, reason):
    assert judge_artifact({"fills": fills}) == schema("fills", reason)


@pytest.mark.parametrize(
    ("fill", "field", "reason"),
    [
        (None, "", "expected an object"),
        ([], "", "expected an object"),
        ({}, ".candidate_id", MISSING),
        ({"candidate_id": None}, ".candidate_id", MISSING),
        ({"candidate_id": 1}, ".candidate_id", STRING),
        ({"candidate_id": ""}, ".candidate_id", "must not be empty"),
        ({"candidate_id": "W-1", "name": 1}, ".name", STRING),
    ],
)
def test_each_fill_has_its_shape_fi_2(fill, field, reason):
    assert judge("X", fill) == schema(f"fills[1]{field}", reason)


def test_the_number_of_fills_is_the_target_fi_3():
    assert judge("X", target_count=2) == {"Completeness": {"reason": "expected 2 fills, got 1"}}
    assert judge("W-1", target_count=1) == ()


def test_the_first_wrong_fill_is_reported_with_its_first_fault_fi_4():
    wrong = {"candidate_id": "W-2", "name": "Nobody"}
    assert judge(wrong, "X", city="Toledo") == inconsistent(
        "city 'Louisville' doesn't match contract city 'Toledo'"
    )
    assert judge("X", wrong, city="Toledo") == inconsistent("candidate 'X' is not in the roster")


def test_the_candidate_is_in_the_roster_fi_5():
    assert judge("it's") == inconsistent("candidate 'it's' is not in the roster")


def test_nobody_is_used_twice_fi_6():
    assert judge("W-1", "W-2", "W-1") == inconsistent("candidate 'W-1' is used more than once")


def test_the_worker_is_active_fi_7():
    assert judge("W-3") == inconsistent("candidate 'W-3' is not active (status 'on leave')")
    assert judge("W-2") == ()


@pytest.mark.parametrize(
    ("clause", "name", "own", "wanted"),
    [
        ("FI-8", "city", "Louisville", "Toledo"),
        ("FI-9", "state", "KY", "OH"),
        ("FI-10", "role", "Driver", "Welder"),
    ],
)
def test_the_worker_suits_the_contract(clause, name, own, wanted):
    assert judge("W-2", **{name: wanted}) == inconsistent(
        f"{name} '{own}' doesn't match contract {name} '{wanted}'"
    ), clause
    assert judge("W-2", **{name: f" {own.upper()} "}) == ()


def test_city_state_and_role_come_in_order_fi_8_fi_9_fi_10():
    assert "city" in judge("W-2", city="x", state="x", role="x")["Consistency"]["reason"]
    assert "state" in judge("W-2", state="x", role="x")["Consistency"]["reason"]


def test_a_name_is_the_workers_fi_11():
    assert judge({"candidate_id": "W-1", "name": "ada okafor "}) == ()
    wrong = judge({"candidate_id": "W-1", "name": "Ada"})
    assert wrong == inconsistent("name 'Ada' doesn't match roster name 'Ada Okafor'")


def test_client_and_worker_do_not_exclude_each_other_fi_12():
    assert judge("W-1", client_id="C-9") == {
        "Policy": {"reason": "candidate 'W-1' is blacklisted for client 'C-9'"}
    }
    assert judge("W-1", client_id="C-8") == ()
    assert judge("W-1", "X", client_id="C-9") == inconsistent("candidate 'X' is not in the roster")


def test_an_empty_list_is_worth_a_look_fi_13():
    assert judge() == (Finding("fills", Severity.WARNING, "no fills"),)
    assert judge(target_count=0) == judge()
    assert judge("W-1") == ()
