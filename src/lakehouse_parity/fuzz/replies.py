"""Replies as models give them: an artifact of one of the kinds, with the usual talk around it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

WORKERS = (
    ("W-001", "Ada Okafor"), ("W-002", "Ben Ortiz"), ("W-003", "Cara Lund"), ("W-004", "Dmitri Volkov"),
    ("W-005", "Eve Tanaka"), ("W-404", "Nobody Known"), ("", ""),
)  # fmt: skip
"""Ids and names as the fixture roster has them, and two that it has not."""

BEFORE = ("", "", "Here is the JSON you asked for:\n\n", "Sure! ", "{thinking} ", "I chose {W-001}.\n", "} ")
BEHIND = (
    "",
    "",
    "\n\nLet me know if you need changes.",
    "\n```",
    " {done}",
    "\nNote: `fills` has one entry.",
)


def fill(random: Random) -> dict[str, Any]:
    """A `fill` artifact."""
    chosen = [random.choice(WORKERS) for _ in range(random.randint(0, 3))]
    return {"fills": [{"candidate_id": key, "name": name} for key, name in chosen]}


def email(random: Random) -> dict[str, Any]:
    """An `email` artifact."""
    key, name = random.choice(WORKERS)
    pay = random.choice(("", " at $31/hr", " (123-45-6789)"))
    return {"to": f"{key}@example.test", "subject": "Shift", "body": f"Hello {name}, can you come{pay}?"}


def playbook(random: Random) -> dict[str, Any]:
    """A `playbook` artifact."""
    names = [random.choice(WORKERS)[1] for _ in range(random.randint(0, 3))]
    operation = f"fill: Welder x{random.randint(0, 3)} in Toledo, OH"
    return {"operation": operation, "endorsed_names": names, "fingerprint": "f" * random.randint(0, 8)}


ARTIFACTS = {"fill": fill, "email": email, "playbook": playbook}


def reply(random: Random) -> str:
    """A whole answer: an artifact of any kind, compact or indented, fenced or bare, with talk around it."""
    artifact = ARTIFACTS[random.choice(tuple(ARTIFACTS))](random)
    text = json.dumps(artifact, indent=random.choice((None, 2)), ensure_ascii=random.random() < 0.5)
    if random.random() < 0.6:
        text = f"```{random.choice(('json', '', 'JSON'))}\n{text}\n```"
    return random.choice(BEFORE) + text + random.choice(BEHIND)
