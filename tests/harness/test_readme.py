"""The documents cannot drift: what they show is what the specification, the probes and the layers are."""

import re

import pytest
from tests.harness.documents import ROOT, blocks
from tests.harness.test_layers import LAYERS

from lakehouse_parity import known, rosters, suite
from lakehouse_spec.clauses.markdown import render

README = ROOT / "README.md"


def test_the_specification_page_is_what_the_clauses_say():
    assert (ROOT / "docs" / "specification.md").read_text() == render(), "run `make specification`"


def test_the_layer_table_of_the_readme_is_the_one_that_the_tests_keep():
    rows = re.findall(r"^\| (`.*?) \|", README.read_text(), re.MULTILINE)
    layers = [set(re.findall(r"`(\w+)/?`", row)) for row in rows]
    kept = [set(layer) - {"__main__"} for layer in LAYERS]
    merged = [*kept[:1], kept[1] | kept[2], *kept[3:-2], kept[-2] | kept[-1]]
    assert layers[: len(merged)] == merged


@pytest.fixture(scope="module")
def counts():
    """Of each suite and of all: how many probes there are, and how many stand on the known list."""
    roster = rosters.load(ROOT / "fixtures" / "roster" / "workers.parquet")
    probes = suite.load(ROOT / "probes", roster, suite.Names(ollama_provider="parity-ollama"))
    entries = known.load(ROOT / "probes" / suite.KNOWN_FILE)
    found = {}
    for probe in probes:
        listed = any(entry.names(probe.id) for entry in entries)
        for row in (probe.suite, "all"):
            whole, accepted = found.get(row, (0, 0))
            found[row] = (whole + 1, accepted + listed)
    return found


def test_the_counts_of_the_readme_are_those_of_the_probes_and_of_the_known_list(counts):
    session = next(block.text for block in blocks(README) if block.text.startswith("$ make demo"))
    told = {
        row: (int(whole), 0 if accepted == "·" else int(accepted))
        for row, whole, accepted in re.findall(
            r"^(\w+) +(\d+) +\d+ +· +(\d+|·) +· +·$", session, re.MULTILINE
        )
    }
    assert told == counts, "probes were added: paste what `make demo` prints into README.md"
    for row, whole, same in re.findall(r"^(\w+) +(\d+) +(\d+) +·", session, re.MULTILINE):
        assert int(same) == int(whole) - counts[row][1], row
    assert set(re.findall(r"^judged \d+ of (\d+)$", session, re.MULTILINE)) == {str(counts["all"][0])}
