"""Every document by itself, against its JSON Schema, which is compiled once."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from jsonschema_rs import ValidationErrorKind, validator_for

from lakehouse_parity.compare import ABSENT
from lakehouse_parity.invariants.model import Violation, at
from lakehouse_parity.lossless import Repeated
from lakehouse_parity.model import Surface
from lakehouse_spec.schemas import CLAUSES, schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jsonschema_rs import ValidationError, Validator

    from lakehouse_parity.model import Observation, Probe, Tree
    from lakehouse_parity.normalise import Documents
    from lakehouse_parity.paths import Path

_ANSWERS = {
    ("/v1/iterate", 200): "iterate-200",
    ("/v1/iterate", 422): "iterate-422",
    ("/v1/validate", 200): "validate-200",
    ("/v1/validate", 422): "validate-422",
    ("/v1/usage", 200): "usage",
    ("/health", 200): "health",
}
_MOST = 20
"""Violations of one document that are reported."""


def violations(probe: Probe, observation: Observation, documents: Documents) -> Iterator[Violation]:
    """Where the answer, the rows and the spans do not have their shape."""
    answer = observation.answer
    if answer is not None and Surface.BODY in documents:
        name = _answer(probe, answer.status)
        if name is not None and not _conform(name, (answer.body,)):
            yield from _misfits(name, Surface.BODY, (), documents[Surface.BODY])
    if observation.rows and not _conform("session-row", observation.rows):
        rows = documents[Surface.SESSION_ROW]
        for path, row in enumerate(rows) if isinstance(rows, list) else [(None, rows)]:
            yield from _misfits("session-row", Surface.SESSION_ROW, () if path is None else (path,), row)
    if observation.spans and not _conform("span", observation.spans):
        for index, span in enumerate(documents[Surface.SPAN]):
            body = {name: value for name, value in span.items() if name not in ("holds", "trace")}
            yield from _misfits("span", Surface.SPAN, (index,), body)


def _answer(probe: Probe, status: int) -> str | None:
    """The schema of an answer; None where it is plain text, the provider's own, or has no body."""
    path = probe.request.path.partition("?")[0]
    if probe.request.method == "HEAD":
        return None
    if path == "/v1/chat" and status == 200 and "ollama" in probe.needs:  # noqa: PLR2004  CH-6
        return "chat-translated"
    return _ANSWERS.get((path, status))


@cache
def _validator(name: str) -> Validator:
    return validator_for(schema(name))


def _conform(name: str, texts: Iterable[bytes]) -> bool:
    """Whether all have the shape; False also where this quick look cannot tell."""
    try:
        return all(
            _short_conforms(name, text) if len(text) <= _SHORT else _conforms(name, text) for text in texts
        )
    except (ValueError, RecursionError):
        return False


def _conforms(name: str, text: bytes) -> bool:
    return _validator(name).is_valid(_DECODED(text.decode()))


_DECODED = json.JSONDecoder().decode
_SHORT = 1024
"""Bytes of a text that is remembered: both runtimes, and many probes, are given the same short answers."""
_short_conforms = lru_cache(maxsize=512)(_conforms)


def _misfits(name: str, surface: Surface, path: Path, tree: Tree) -> Iterator[Violation]:
    """One violation for each place of the tree that does not have the shape."""
    errors: Iterable[ValidationError] = _validator(name).iter_errors(plain(tree))
    for error in islice(errors, _MOST):
        clause = _clause(schema(name), error.schema_path)
        for parts, expected in _expected(error):
            yield Violation(surface, (*path, *parts), clause, expected, at(tree, parts))


def _expected(error: ValidationError) -> Iterator[tuple[Path, Tree]]:
    """The places that an error is about, and the keyword that is not met there."""
    place: Path = tuple(error.instance_path)
    match error.kind:
        case ValidationErrorKind.Required(property=name):
            yield (*place, name), "(a value)"
        case ValidationErrorKind.AdditionalProperties(unexpected=names):
            yield from (((*place, name), ABSENT) for name in names)
        case ValidationErrorKind.AnyOf() | ValidationErrorKind.OneOfNotValid():
            yield place, "(one of several shapes, of which none fits)"
        case kind:
            yield place, f"({kind.name}: {json.dumps(kind.value, ensure_ascii=False)})"


def _clause(part: Any, way: Iterable[str | int]) -> str:
    """The first clause of the innermost part of the schema that names one."""
    clauses = part[CLAUSES]
    for step in way:
        part = part[step]
        if isinstance(part, dict):
            clauses = part.get(CLAUSES, clauses)
    return str(clauses[0])


_DEEPEST = 12
"""Levels that a schema can look into; what is deeper is of no matter to any."""


def plain(tree: Tree, levels: int = _DEEPEST) -> Any:
    """A lossless tree as plain values, cut off where no schema looks."""
    if isinstance(tree, bytes):
        return _number(tree)
    if isinstance(tree, str):
        return tree.encode("utf-8", "replace").decode()
    if isinstance(tree, Repeated):
        return plain(tree[-1], levels)
    if isinstance(tree, dict):
        return {plain(name): plain(value, levels - 1) for name, value in tree.items()} if levels else {}
    if isinstance(tree, list):
        return [plain(value, levels - 1) for value in tree] if levels else []
    return tree


def _number(lexeme: bytes) -> int | float:
    digits = lexeme.removeprefix(b"-")
    if digits.isdigit() and len(digits) < 19:  # noqa: PLR2004  what every machine word holds
        return int(lexeme)
    return max(min(float(lexeme), 1e308), -1e308)
