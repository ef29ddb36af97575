"""Chapter EM: validator `email`."""

import pytest

from lakehouse_spec.roster import Roster, Worker
from lakehouse_spec.validate.email import validate
from lakehouse_spec.validate.report import Finding, Invalid, Severity
from lakehouse_spec.validate.shape import context

ADA = Worker("W-1", "Ada Okafor", "Welder", "Toledo", "OH", "active", "", "")
WORKERS = tuple(
    ADA._replace(worker_id=f"W-{number}", name=name)
    for number, name in enumerate(
        ["Ada Okafor", "Ben Ortiz", "ada okafor ", "Ben Ortiz Jr", " ", " Eve\tX"], 1
    )
)
NO_SUBJECT = (Finding("subject", Severity.INFO, "email has no subject"),)


def judge(given=None, **members):
    artifact = {"to": "", "body": "x", "subject": "s", **members}
    try:
        return validate(artifact, context(given), Roster(WORKERS))
    except Invalid as invalid:
        return invalid.body()


def judge_body(body, candidate="W-1"):
    return judge({"candidate_id": candidate}, body=body)


def names(other, worker="Ada Okafor"):
    return {"Consistency": {"reason": f"body names '{other}' instead of '{worker}'"}}


def policy(field, what):
    return {"Policy": {"reason": f"{field} contains what looks like a {what}"}}


@pytest.mark.parametrize(
    ("members", "field", "reason"),
    [
        ({"to": None, "body": 1}, "to", "required member is missing"),
        ({"to": 1, "body": None}, "to", "expected a string"),
        ({"body": None, "subject": 1}, "body", "required member is missing"),
        ({"body": [], "subject": 1}, "body", "expected a string"),
        ({"subject": 1, "channel": 1}, "subject", "expected a string"),
        ({"channel": 1}, "channel", "expected a string"),
        ({"channel": "SMS", "body": ""}, "channel", "must be 'email' or 'sms'"),
        ({"channel": ""}, "channel", "must be 'email' or 'sms'"),
    ],
)
def test_the_shape_is_checked_in_order_em_1(members, field, reason):
    assert judge(**members) == {"Schema": {"field": field, "reason": reason}}


def test_to_may_be_empty_and_an_absent_channel_is_email_em_2():
    assert judge(to="", subject=None, channel=None) == judge(subject=None, channel="email") == NO_SUBJECT


def test_the_body_is_not_empty_em_3():
    assert judge(body="", subject="s" * 79) == {"Completeness": {"reason": "body is empty"}}


def test_a_subject_has_at_most_78_characters_em_4():
    assert judge(subject="é" * 78) == ()
    long = judge(subject="é" * 79, channel="sms", body="x" * 161)
    assert long == {"Completeness": {"reason": "subject has 79 characters, at most 78 allowed"}}


def test_an_sms_has_at_most_160_characters_em_5():
    assert judge(channel="sms", body="🙂" * 160) == ()
    assert judge(channel="sms", body="🙂" * 161) == {
        "Completeness": {"reason": "sms body has 161 characters, at most 160 allowed"}
    }
    assert judge(channel="email", body="🙂" * 161) == ()


def test_the_candidate_is_in_the_roster_em_6():
    assert judge_body("Ada Okafor", "X") == {"Consistency": {"reason": "candidate 'X' is not in the roster"}}
    assert judge(body="whoever") == ()


def test_the_message_names_its_worker_and_nobody_else_em_7():
    assert judge_body("Dear ADA OKAFOR, Ben Ortiz is there too") == ()
    assert judge_body("Dear Ada, meet Ben Ortiz") == names("Ben Ortiz")
    assert judge_body("Ben Ortiz Jr") == names("Ben Ortiz")
    assert judge_body("Hi ada") == ()
    assert judge_body("Hi Adam") == {"Consistency": {"reason": "body does not name 'Ada Okafor'"}}


def test_a_worker_of_the_same_name_is_no_other_em_7():
    assert judge_body("Hi ada okafor", "W-3") == ()
    assert judge_body("Ben Ortiz", "W-3") == names("Ben Ortiz", "ada okafor ")


def test_names_are_held_as_they_are_and_an_empty_one_never_em_8():
    assert judge_body("Hi", "W-5") == {"Consistency": {"reason": "body does not name ' '"}}
    assert judge_body("Hi Eve", "W-6") == {"Consistency": {"reason": "body does not name ' Eve\tX'"}}
    assert judge_body("Hi eve\tx", "W-6") == ()


@pytest.mark.parametrize(
    "text", ["123-45-6789", "x123 45 6789y", "-123-45-6789-", "é123-45-6789", "1 123-45-6789"]
)
def test_no_social_security_number_em_9(text):
    assert judge(body=text) == policy("body", "social security number")
    assert judge(subject=text) == policy("subject", "social security number")


@pytest.mark.parametrize(
    "text",
    [
        "123-45 6789",
        "123 45-6789",
        "0123-45-6789",
        "123-45-67890",
        "123456789",
        "123--45-6789",
        "123-45-678",
        "١٢٣-45-6789",
    ],
)
def test_what_is_no_social_security_number_em_9(text):
    assert judge(body=text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "$5",
        "$ 5",
        "20/hr",
        "20 /HR.",
        "20/hour",
        "20 per hour",
        "20 an hour!",
        "9 PER YEAR",
        "9a yearé",
        "x9 a year",
        "$5é",
    ],
)
def test_no_pay_figure_em_10(text):
    assert judge(body=text) == policy("body", "pay figure")
    assert judge(subject=text) == policy("subject", "pay figure")


@pytest.mark.parametrize(
    "text",
    [
        "$  5",
        "$x",
        "20  per hour",
        "20 /hrs",
        "20 per hours",
        "a year",
        "20 yearly",
        "20 per hour1",
        "20 per\thour",
        "$\u0665",
    ],
)
def test_what_is_no_pay_figure_em_10(text):
    assert judge(body=text) == ()


def test_case_is_folded_in_ascii_only_em_10():
    assert judge(body="20 per \u212aour 20 an houR") == policy("body", "pay figure")
    assert judge(body="20 per hou\u017f") == ()


def test_numbers_come_before_pay_and_a_missing_subject_is_info_em_11():
    assert judge(subject="$5", body="123-45-6789") == policy("body", "social security number")
    assert judge(subject="$5", body="$6") == policy("subject", "pay figure")
    assert judge(subject=None) == NO_SUBJECT
    assert judge(subject=None, channel="sms") == judge(subject="") == ()
