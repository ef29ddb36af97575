"""Hypothesis strategies for everything that the runtimes read: model answers, artifacts, contexts, requests.

| strategy | draws |
| --- | --- |
| `prose()` | text without structure, with braces and backticks where they do not belong |
| `numbers()` | JSON number texts at the edges of both dialects, and what only looks like a number |
| `strings()` | JSON string texts: escapes, surrogates whole and lone, raw characters |
| `values()`, `objects()` | JSON texts of any value, of objects, with members that fall together |
| `near_objects()` | objects with one mistake |
| `fences(bodies)` | a body behind and before backticks of every kind, with white space and its look-alikes |
| `replies()` | real-looking replies with an artifact of any kind |
| `mutated(texts)` | one character away, one in, or two halves the other way round |
| `deep()` | objects nested near a limit of either library |
| `answers()` | whole model answers, of all of the above |
| `trees()` | any JSON as the harness holds it: numbers as the bytes of their lexeme |
| `artifacts(kind)`, `contexts()` | artifacts and contexts that are right, nearly right, or anything |
| `scripts()` | what a model says over several iterations |
| `validate_cases()`, `iterate_cases()`, `extract_cases()` | requests, in the form of a probe file |
"""

from lakehouse_parity.errors import Mistake

try:
    import hypothesis  # noqa: F401  asked for here, so that one sentence says what is missing
except ImportError:
    raise Mistake("fuzzing needs the extra `fuzz`: pip install 'lakehouse-parity[fuzz]'") from None

from lakehouse_parity.fuzz.strategies.requests import (
    artifacts,
    contexts,
    extract_cases,
    iterate_cases,
    scripts,
    trees,
    validate_cases,
)
from lakehouse_parity.fuzz.strategies.texts import (
    answers,
    deep,
    fences,
    mutated,
    near_objects,
    numbers,
    objects,
    prose,
    replies,
    strings,
    values,
)

__all__ = [
    "answers",
    "artifacts",
    "contexts",
    "deep",
    "extract_cases",
    "fences",
    "iterate_cases",
    "mutated",
    "near_objects",
    "numbers",
    "objects",
    "prose",
    "replies",
    "scripts",
    "strings",
    "trees",
    "validate_cases",
    "values",
]
