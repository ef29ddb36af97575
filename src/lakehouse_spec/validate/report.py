"""The two answers of a validator: a Report, or the one error of the first failing check (VA-3 to VA-6)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lakehouse_spec.dialects import Json


class Severity(Enum):
    """How much a finding weighs; none refuses the artifact (VA-4)."""

    INFO = "info"
    """Worth knowing."""
    WARNING = "warning"
    """Worth a look."""
    ERROR = "error"
    """Worth a correction; no rule of this specification gives it."""


class Finding(NamedTuple):
    """One remark on an accepted artifact."""

    field: str
    """The path of the member that it is about."""
    severity: Severity
    """How much it weighs."""
    message: str
    """The remark in words."""


class ErrorClass(Enum):
    """Which kind of check failed, in the order in which they are made (VA-5, VA-6)."""

    SCHEMA = "Schema"
    """The artifact does not have the shape."""
    COMPLETENESS = "Completeness"
    """Something of it is missing, or too much."""
    CONSISTENCY = "Consistency"
    """It contradicts the roster, the context or itself."""
    POLICY = "Policy"
    """It is what must not be."""


class Invalid(Exception):  # noqa: N818  # named after what the artifact is
    """The first failing check, which is the whole error (VA-6)."""

    def __init__(self, error_class: ErrorClass, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.error_class = error_class
        self.reason = reason
        self.field = field

    def body(self) -> dict[str, Json]:
        """Build the ValidationError, externally tagged; only Schema has a field (VA-5)."""
        field: dict[str, Json] = {} if self.field is None else {"field": self.field}
        return {self.error_class.value: {**field, "reason": self.reason}}


def incomplete(reason: str) -> Invalid:
    """Name a failed Completeness check."""
    return Invalid(ErrorClass.COMPLETENESS, reason)


def inconsistent(reason: str) -> Invalid:
    """Name a failed Consistency check."""
    return Invalid(ErrorClass.CONSISTENCY, reason)


def forbidden(reason: str) -> Invalid:
    """Name a failed Policy check."""
    return Invalid(ErrorClass.POLICY, reason)


def report(findings: tuple[Finding, ...], elapsed_ms: int) -> dict[str, Json]:
    """Build the Report of an accepted artifact (VA-4)."""
    entries: list[Json] = [
        {"field": finding.field, "severity": finding.severity.value, "message": finding.message}
        for finding in findings
    ]
    return {"findings": entries, "elapsed_ms": elapsed_ms}
