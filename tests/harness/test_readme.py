"""The documents cannot drift: what they show is what the commands print."""

import re
from pathlib import Path

import pytest
from tests.harness.test_layers import LAYERS

from lakehouse_parity.cli import main
from lakehouse_spec.clauses.markdown import render

ROOT = Path(__file__).parents[2]


def test_the_specification_page_is_what_the_clauses_say():
    assert (ROOT / "docs" / "specification.md").read_text() == render(), "run `make specification`"


DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(path):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_parity_command_in_a_document_is_understood(path, capsys):
    words = set(re.findall(r"`?parity ([a-z]+)", path.read_text()))
    for word in sorted(words & set(_commands())):
        with pytest.raises(SystemExit) as ended:
            main([word, "--help"])
        assert ended.value.code == 0
    assert "example:" in capsys.readouterr().out or not words & set(_commands())


def _commands():
    return [
        "run",
        "extract",
        "serve",
        "up",
        "rejudge",
        "show",
        "clauses",
        "known",
        "lint",
        "sessions",
        "fuzz",
        "schemas",
        "qualify",
        "doctor",
    ]


@pytest.mark.parametrize(
    "target", re.findall(r"^make ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
)
def test_every_make_target_in_the_readme_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_the_layer_table_of_the_readme_is_the_one_that_the_tests_keep():
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    layers = [set(re.findall(r"`(\w+)/?`", row)) for row in rows]
    kept = [set(layer) - {"__main__"} for layer in LAYERS]
    merged = [*kept[:1], kept[1] | kept[2], *kept[3:-2], kept[-2] | kept[-1]]
    assert layers[: len(merged)] == merged
