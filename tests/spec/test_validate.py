"""Chapter VA: the validate endpoint and what its validators share."""

import json

import pytest
from tests.spec.daemon import GO_SETTINGS, GOOD_FILL, SETTINGS, ask

from lakehouse_spec.validate.matching import holds, lower, matches
from lakehouse_spec.validate.report import Severity
from lakehouse_spec.validate.shape import context

BOTH = (SETTINGS, GO_SETTINGS)


def validate(kind, artifact, given=None, settings=SETTINGS):
    return ask("/v1/validate", {"kind": kind, "artifact": artifact, "context": given}, settings=settings)


@pytest.mark.parametrize("settings", BOTH)
@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"{", b'{"kind":"fill"}', b'{"artifact":{}}', b'{"kind":1,"artifact":{}}',
     b'{"kind":"Fill","artifact":{}}',
     b'{"kind":null,"artifact":{}}', b'{"Kind":"fill","artifact":{}}', b'{"kind":"fill","Artifact":{}}'],
)  # fmt: skip
def test_a_malformed_request_is_refused_va_1_va_2(settings, body):
    assert 400 <= ask("/v1/validate", body, settings=settings).status <= 499
    assert not ask("/v1/validate", body, settings=settings).text.startswith("{")


def test_other_members_are_ignored_and_a_null_context_is_absent_va_1():
    plain = ask("/v1/validate", {"kind": "fill", "artifact": json.loads(GOOD_FILL)})
    assert plain.status == 200
    for context_text in ("null", '"x"', '{"city":1}'):
        unknown = '"x":1e999,"Context":{"city":"Reno"}'
        body = f'{{{unknown},"kind":"fill","artifact":{GOOD_FILL},"context":{context_text}}}'
        assert ask("/v1/validate", body.encode()).json == plain.json


def test_accepted_is_200_with_a_report_and_refused_422_with_an_error_va_3_va_4_va_5():
    accepted = validate("fill", json.loads(GOOD_FILL))
    assert (accepted.status, set(accepted.json)) == (200, {"findings", "elapsed_ms"})
    assert isinstance(accepted.json["elapsed_ms"], int)
    assert {severity.value for severity in Severity} == {"info", "warning", "error"}
    refused = validate("fill", {"fills": [{"candidate_id": "X"}]})
    assert (refused.status, refused.json) == (
        422,
        {"Consistency": {"reason": "candidate 'X' is not in the roster"}},
    )


def test_classes_come_in_order_va_6():
    """Each artifact breaks the rules of every class from here on; the first is told."""
    given = {"target_count": 3, "city": "Reno", "client_id": "C-9"}
    good = {"candidate_id": "W-002"}
    assert "Schema" in validate("fill", {"fills": [good, {}]}, given).json
    assert "Completeness" in validate("fill", {"fills": [good]}, given).json
    assert "Consistency" in validate("fill", {"fills": [good]}, {**given, "target_count": 1}).json
    assert "Policy" in validate("fill", {"fills": [good]}, {"client_id": "C-9"}).json


def test_null_equals_absent_in_artifact_and_context_va_7():
    assert validate("fill", {"fills": None}).json == {
        "Schema": {"field": "fills", "reason": "required member is missing"}
    }
    assert (
        validate(
            "email", {"to": "", "body": "x", "subject": None, "channel": None}, {"candidate_id": None}
        ).status
        == 200
    )


@pytest.mark.parametrize("kind", ["fill", "email", "playbook"])
@pytest.mark.parametrize("artifact", [None, [], 1, "x", True])
def test_an_artifact_has_to_be_an_object_va_8(kind, artifact):
    assert validate(kind, artifact).json == {"Schema": {"field": "artifact", "reason": "expected an object"}}


def test_unknown_members_of_an_artifact_are_ignored_va_9():
    assert (
        validate("fill", {"fills": [{"candidate_id": "W-001", "Name": 1, "note": {}}], "remark": []}).status
        == 200
    )


@pytest.mark.parametrize(
    "given",
    [1, "x", [], {"city": 1}, {"target_count": "2"}, {"target_count": 1.5}, {"target_count": -1},
     {"target_count": 2**32}, {"target_count": True}, {"client_id": []}],
)  # fmt: skip
def test_what_a_context_cannot_mean_counts_as_absent_va_10(given):
    assert validate("fill", json.loads(GOOD_FILL), given).status == 200


@pytest.mark.parametrize("settings", BOTH)
@pytest.mark.parametrize(
    ("text", "count"), [("2.0", 2), ("2e0", 2), ("0", 0), ("-0", 0), ("4294967295", 2**32 - 1)]
)
def test_a_count_is_a_number_whose_value_is_an_integer_va_10(settings, text, count):
    body = f'{{"kind":"fill","artifact":{GOOD_FILL},"context":{{"target_count":{text}}}}}'
    assert ask("/v1/validate", body.encode(), settings=settings).json == {
        "Completeness": {"reason": f"expected {count} fills, got 1"}
    }


def test_an_empty_string_in_a_context_is_a_value_va_10():
    assert context({"city": ""}).text("city") == ""
    assert validate("fill", json.loads(GOOD_FILL), {"city": ""}).status == 422


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [(" \u3000toledo\x85", "TOLEDO", True), ("É", "é", False), ("\u017f", "s", False),
     ("\u212a", "k", False), ("a  b", "a b", False),
     ("\ufeffa", "a", False), ("e\u0301", "é", False), ("", " ", True)],
)  # fmt: skip
def test_matching_ignores_ascii_case_and_outer_white_space_only_va_11(one, other, same):
    assert matches(one, other) is same


def test_ids_are_compared_exactly_va_11():
    assert validate("fill", {"fills": [{"candidate_id": " W-001"}]}).status == 422
    assert validate("fill", {"fills": [{"candidate_id": "W-002"}]}, {"client_id": "c-9"}).status == 200


def test_characters_are_scalar_values_va_12():
    assert validate("email", {"to": "", "body": "x", "subject": "🙂" * 78}).status == 200


@pytest.mark.parametrize(
    ("text", "held"),
    [("Hello ANN!", True), ("Anna", False), ("Joann", False), ("xAnn Ann", True), ("(ann)", True),
     ("ann_", True), ("1ann", False),
     ("éann", False), ("annÀ", False), ("\u2019ann\u2014", True), ("日ann", False), ("\xbfann\xa0", True),
     ("ann", True), ("", False),
     ("annann", False)],
)  # fmt: skip
def test_a_text_holds_a_name_between_word_borders_em_8(text, held):
    assert holds(text, " Ann ") is held


def test_an_empty_name_is_never_held_em_8():
    assert not holds("anything", " ")
    assert lower("ÀZ") == "Àz"
