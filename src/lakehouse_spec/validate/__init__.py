"""`POST /v1/validate`: one artifact judged by the validator of its kind (chapter VA)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from lakehouse_spec.dialects import Dialect, Json, serialise
from lakehouse_spec.requests import Kind, Malformed, request_members
from lakehouse_spec.roster import Roster
from lakehouse_spec.session import duration_ms
from lakehouse_spec.validate import email, fill, playbook
from lakehouse_spec.validate.report import Finding, Invalid, report
from lakehouse_spec.validate.shape import Context, context
from lakehouse_spec.wire import HttpAnswer, json_answer

if TYPE_CHECKING:
    from datetime import datetime

Validator = Callable[[Json, Context, Roster], tuple[Finding, ...]]
"""The one shape of all validators: findings on an artifact that passes, `Invalid` for one that does not."""

VALIDATORS: Mapping[Kind, Validator] = {
    Kind.FILL: fill.validate,
    Kind.EMAIL: email.validate,
    Kind.PLAYBOOK: playbook.validate,
}
"""Who judges which kind."""


class ValidateRequest(NamedTuple):
    """What `/v1/validate` was asked (VA-1)."""

    kind: Kind
    """Which validator judges."""
    artifact: Json
    """Any JSON; the member has to be there, but may be null."""
    context: Json
    """Any JSON; null where absent."""


def read_request(body: bytes, dialect: Dialect) -> ValidateRequest:
    """Read a request body; raises `Malformed` (VA-1, VA-2)."""
    given = request_members(body, ("kind", "artifact", "context"), dialect)
    if "artifact" not in given.texts:
        raise Malformed(422, "member artifact: missing")
    return ValidateRequest(given.kind(), given.any_json("artifact"), given.any_json("context"))


def answer(body: bytes, roster: Roster, clock: Callable[[], datetime], dialect: Dialect) -> HttpAnswer:
    """Answer 200 with a Report or 422 with a ValidationError; raises `Malformed` (VA-3)."""
    began = clock()
    request = read_request(body, dialect)
    try:
        findings = VALIDATORS[request.kind](request.artifact, context(request.context), roster)
    except Invalid as invalid:
        return json_answer(422, serialise(invalid.body(), dialect))
    return json_answer(200, serialise(report(findings, duration_ms(began, clock())), dialect))
