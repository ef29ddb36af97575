"""Generated requests in the form of a probe file: what is fuzzed is, letter by letter, what is promoted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lakehouse_parity import suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lakehouse_parity.model import Probe, Tree
    from lakehouse_parity.suite import Names
    from lakehouse_spec.roster import Roster

    Case = Mapping[str, Tree]

CLAUSES = {"extract": "EX-1", "validate": "VA-3", "iterate": "IT-15"}
"""What a generated probe is for, where no clause governs the place that differs."""

_ESCAPED = re.compile(r"[^ !#-\[\]-~]")


def quoted(text: str) -> str:
    """A text as a YAML scalar on one line, with everything escaped that YAML would not keep."""
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(character: re.Match[str]) -> str:
    code = ord(character[0])
    if character[0] in '"\\':
        return "\\" + character[0]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004


def flow(tree: Tree) -> str:
    """A tree as YAML on one line."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{quoted(name)}: {flow(value)}" for name, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(flow, tree)) + "]"
    if isinstance(tree, str):
        return quoted(tree)
    return tree.decode() if isinstance(tree, bytes) else {True: "true", False: "false", None: "null"}[tree]


def written(case: Case) -> str:
    """A case as the lines of a probe."""
    return "\n".join(f"{key}: {flow(value)}" for key, value in case.items())


def load(
    cases: Sequence[Case], chapter: str, folder: Path, roster: Roster, names: Names
) -> tuple[Probe, ...]:
    """The probes of these cases, in order, by way of a file of theirs. Raises Mistake."""
    file = folder / chapter / "round.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(["probes:", *_lines(cases, chapter)]) + "\n", encoding="utf-8")
    return suite.load(folder, roster, names)


def _lines(cases: Sequence[Case], chapter: str) -> Iterator[str]:
    for number, case in enumerate(cases):
        yield f"  - name: fuzz-{number}"
        yield f"    clauses: [{CLAUSES[chapter]}]"
        yield from (f"    {key}: {flow(value)}" for key, value in case.items())
