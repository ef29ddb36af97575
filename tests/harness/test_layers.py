"""Imports point one way. The table below is the documentation of the layers, and this test keeps it true."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"

LAYERS = (
    ("cli", "commands", "pytest_plugin", "probes_as_tests", "__main__"),
    ("serve_config",),
    ("serve",),
    ("reports", "fuzz", "sessions", "soak", "coverage", "qualify", "claims", "doctor", "unheard"),
    (
        "live",
        "effects",
        "engine",
        "confirming",
        "collecting",
        "emissions",
        "promptness",
        "patience",
        "ordering",
        "stage",
        "loading",
        "rejudging",
        "interruption",
    ),
    ("targets", "doubles"),
    ("recording", "recorded", "plainly", "redaction", "suite", "ready", "select", "rosters", "wire"),
    (
        "judging",
        "alike",
        "minting",
        "stability",
        "lateness",
        "known",
        "asking",
        "script",
        "config",
        "secrecy",
    ),
    ("invariants", "normalise", "evidence", "compare", "verdict", "masks", "events"),
    ("fields", "yamlio", "outline", "textfile", "kept", "lossless", "paths"),
    ("model",),
    ("errors", "seats", "workplace"),
)
"""From the door to the foundation; a module may import from its own layer and from those below."""

EXCEPTIONS = {
    ("collecting", "sessions"): "the log under a run is evidence; the rest of sessions is data for people",
}

KNOWS_THE_SPECIFICATION = (
    "model",
    "invariants",
    "verdict",
    "judging",
    "suite",
    "coverage",
    "config",
    "rosters",
    "rejudging",
    "serve",
    "serve_config",
    "fuzz",
    "targets",
    "reports",
    "soak",
    "commands",
    "engine",
    "sessions",
    "qualify",
    "doctor",
)


def imports(path):
    """The modules that a file imports, wherever in it the statement stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def module_of(path):
    parts = path.relative_to(SOURCE / "lakehouse_parity").with_suffix("").parts
    return parts[0]


def layer_of(module):
    return next(index for index, layer in enumerate(LAYERS) if module in layer)


HARNESS = sorted((SOURCE / "lakehouse_parity").rglob("*.py"))


@pytest.mark.parametrize("path", HARNESS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_only_from_its_own_layer_and_below(path):
    module = module_of(path)
    if module == "__init__":
        return
    for name in imports(path):
        if not name.startswith("lakehouse_parity."):
            continue
        imported = name.split(".")[1]
        if (module, imported) not in EXCEPTIONS:
            assert layer_of(module) <= layer_of(imported), f"{module} imports {name}"


@pytest.mark.parametrize(
    "path", sorted((SOURCE / "lakehouse_spec").rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE))
)
def test_the_specification_knows_nothing_of_the_harness_and_does_no_input_or_output(path):
    names = set(imports(path))
    roots = {name.split(".")[0] for name in names}
    assert roots.isdisjoint(
        {"lakehouse_parity", "socket", "asyncio", "time", "random", "os", "sys", "subprocess", "httpx"}
    )


@pytest.mark.parametrize("path", HARNESS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_only_some_modules_know_the_specification(path):
    if any(name.startswith("lakehouse_spec") for name in imports(path)):
        assert module_of(path) in KNOWS_THE_SPECIFICATION


def test_no_two_files_of_tests_have_one_name():
    names = [path.name for path in Path(__file__).parents[1].rglob("test_*.py")]
    assert sorted(names) == sorted(set(names)), "pytest imports them by their names alone"
