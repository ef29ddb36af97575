"""Every clause that the specification's code implements is named by a test."""

import ast
import re
import sys
from pathlib import Path

import pytest

import lakehouse_spec
from lakehouse_spec.clauses import CHAPTERS

HERE = Path(__file__).parent
SOURCE = Path(lakehouse_spec.__file__).parent
CHAPTERS_HERE = ("EX", "JS", "IT", "TR", "SE", "SP", "VA", "FI", "EM", "PL", "RO", "CH", "US", "HT")

ELSEWHERE = {
    "IT-23": "a transport failure of the chat hop: inside the daemon the hop is a function call",
    "IT-24": "no HTTP client is made for a hop",
    "IT-25": "the limit is the driver's, and stands in serve.py",
    "SE-5": "the order of log and answer is the driver's",
}
"""Clauses that nothing in the package can keep or break."""


IMPURE = {
    "asyncio",
    "http",
    "io",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "sys",
    "time",
    "uuid",
}
"""Modules with a clock, a socket, a file or chance in them."""


def named():
    """The ids that the tests name, in their names, their parameters or their docstrings."""
    written = " ".join(
        path.read_text() for path in HERE.glob("test_*.py") if path.name != Path(__file__).name
    )
    names = " ".join(re.findall(r"def (test_\w+)", written))
    found = re.findall(r"_([a-z]{2})_([0-9]+)(?=_|\b)", names) + re.findall(
        r"\b([A-Z]{2})-([0-9]+)\b", written
    )
    return {f"{prefix.upper()}-{number}" for prefix, number in found if prefix.upper() in CHAPTERS_HERE}


def test_every_clause_is_named_by_a_test():
    ids = {clause.id for chapter in CHAPTERS if chapter.prefix in CHAPTERS_HERE for clause in chapter.clauses}
    assert ids - named() == set(ELSEWHERE)


def test_no_test_names_a_clause_that_is_none():
    assert named() <= {clause.id for chapter in CHAPTERS for clause in chapter.clauses}


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_specification_is_pure(path):
    """It imports the standard library and itself, and of that nothing impure."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        imported = {name.partition(".")[0] for name in names}
        assert imported <= sys.stdlib_module_names | {"lakehouse_spec"}
        assert not imported & IMPURE
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in {"print", "open", "datetime.now", "datetime.utcnow", "input"}
