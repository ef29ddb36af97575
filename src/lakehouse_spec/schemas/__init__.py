"""A JSON Schema (2020-12) for every shape on the wire, derived from typed models.

A schema says what one document looks like by itself; what several of them must say alike is in the
clauses. `x-clauses` names, for a shape and for each member, the clauses by which it is so.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from lakehouse_spec.schemas import answers, evidence, requests
from lakehouse_spec.schemas.derive import CLAUSES, Schema, derive

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CLAUSES", "DRAFT", "SHAPES", "Schema", "schema"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

SHAPES: Mapping[str, Any] = {
    "iterate-request": requests.IterateRequest,
    "iterate-200": answers.Accepted,
    "iterate-422": answers.Exhausted,
    "validate-request": requests.ValidateRequest,
    "validate-200": answers.Report,
    "validate-422": answers.ValidationError,
    "chat-request": requests.ChatRequest,
    "chat-translated": answers.ChatAnswer,
    "usage": answers.Usage,
    "health": answers.Health,
    "session-row": evidence.Row,
    "span": evidence.Span,
    "trace": evidence.Trace,
    "ingestion-batch": evidence.Batch,
}
"""Every shape by its name; an answer's ends in its status. The other answers of `/v1/iterate` are plain text,
and those of `/v1/chat` the provider's own."""


@cache
def schema(name: str) -> Schema:
    """The schema of a shape. Raises KeyError where there is none of that name."""
    return {"$schema": DRAFT, "$id": f"urn:lakehouse:{name}", "title": name, **derive(SHAPES[name])}
