"""Validator `email`: a message to a worker (chapter EM)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lakehouse_spec.validate.matching import first_name, holds, matches
from lakehouse_spec.validate.report import Finding, Severity, forbidden, incomplete, inconsistent
from lakehouse_spec.validate.shape import Context, a_string, an_object, malformed, optional_string, required

if TYPE_CHECKING:
    from lakehouse_spec.dialects import Json
    from lakehouse_spec.roster import Roster, Worker

SUBJECT_LENGTH = 78
"""Characters that a subject may have (EM-4)."""

SMS_LENGTH = 160
"""Characters that the body of an `sms` may have (EM-5)."""

SOCIAL_SECURITY_NUMBER = re.compile(r"(?<![0-9])[0-9]{3}(?:-[0-9]{2}-| [0-9]{2} )[0-9]{4}(?![0-9])")
"""Three digits, two, four, between two `-` or two U+0020, with no digit next to them (EM-9)."""

PAY_FIGURE = re.compile(
    r"\$ ?[0-9]|[0-9] ?(?:/hr|/hour|per hour|an hour|per year|a year)(?![a-z0-9])", re.IGNORECASE | re.ASCII
)
"""An amount of dollars, or a number by the hour or the year (EM-10)."""


class Email(NamedTuple):
    """The message."""

    to: str
    """The address; it may be empty (EM-2)."""
    body: str
    """The text."""
    subject: str | None
    """The line above it."""
    channel: str
    """`email` or `sms`; `email` where absent (EM-2)."""


def validate(artifact: Json, context: Context, roster: Roster) -> tuple[Finding, ...]:
    """Judge a message; raises `Invalid` at the first failing check (EM-1 to EM-11)."""
    email = _schema(artifact)
    _completeness(email)
    _consistency(email, context, roster)
    _policy(email)
    if email.channel == "email" and email.subject is None:
        return (Finding("subject", Severity.INFO, "email has no subject"),)
    return ()


def _schema(artifact: Json) -> Email:
    """Check the shape, member by member in the order of EM-1."""
    members = an_object(artifact, "artifact")
    to = a_string(required(members, "to"), "to")
    body = a_string(required(members, "body"), "body")
    subject = optional_string(members, "subject")
    channel = optional_string(members, "channel")
    if channel not in (None, "email", "sms"):
        raise malformed("channel", "must be 'email' or 'sms'")
    return Email(to, body, subject, channel or "email")


def _completeness(email: Email) -> None:
    """Check that there is something to send, and that it fits (EM-3, EM-4, EM-5)."""
    if not email.body:
        raise incomplete("body is empty")
    if email.subject is not None and len(email.subject) > SUBJECT_LENGTH:
        raise incomplete(f"subject has {len(email.subject)} characters, at most {SUBJECT_LENGTH} allowed")
    if email.channel == "sms" and len(email.body) > SMS_LENGTH:
        raise incomplete(f"sms body has {len(email.body)} characters, at most {SMS_LENGTH} allowed")


def _consistency(email: Email, context: Context, roster: Roster) -> None:
    """Check that the message names the worker it is for, where the context says who that is (EM-6, EM-7)."""
    candidate = context.text("candidate_id")
    if candidate is None:
        return
    worker = roster.find(candidate)
    if worker is None:
        raise inconsistent(f"candidate '{candidate}' is not in the roster")
    if holds(email.body, worker.name):
        return
    other = _other_named(email.body, worker, roster)
    if other is not None:
        raise inconsistent(f"body names '{other.name}' instead of '{worker.name}'")
    if not holds(email.body, first_name(worker.name)):
        raise inconsistent(f"body does not name '{worker.name}'")


def _other_named(body: str, worker: Worker, roster: Roster) -> Worker | None:
    """Find the first worker in roster order with another name that the body holds in full (EM-7)."""
    others = (other for other in roster.workers if not matches(other.name, worker.name))
    return next((other for other in others if holds(body, other.name)), None)


def _policy(email: Email) -> None:
    """Check both fields for social security numbers, and then both for pay figures (EM-9, EM-10, EM-11)."""
    for pattern, what in ((SOCIAL_SECURITY_NUMBER, "social security number"), (PAY_FIGURE, "pay figure")):
        for field, text in (("subject", email.subject), ("body", email.body)):
            if text is not None and pattern.search(text):
                raise forbidden(f"{field} contains what looks like a {what}")
