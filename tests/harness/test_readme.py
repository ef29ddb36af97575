"""The documents cannot drift: what they show is what the specification, the probes and the layers are."""

import re

from tests.harness.counting import README, counted, counts
from tests.harness.documents import ROOT
from tests.harness.test_layers import LAYERS

from lakehouse_spec.clauses.markdown import render


def test_the_specification_page_is_what_the_clauses_say():
    assert (ROOT / "docs" / "specification.md").read_text() == render(), "run `make specification`"


def test_the_layer_table_of_the_readme_is_the_one_that_the_tests_keep():
    rows = re.findall(r"^\| (`.*?) \|", README.read_text(), re.MULTILINE)
    layers = [set(re.findall(r"`(\w+)/?`", row)) for row in rows]
    kept = [set(layer) - {"__main__"} for layer in LAYERS]
    merged = [*kept[:1], kept[1] | kept[2], *kept[3:-2], kept[-2] | kept[-1]]
    assert layers[: len(merged)] == merged


def test_the_counts_of_the_readme_are_those_of_the_probes_and_of_the_known_list():
    text, found = README.read_text(), counts()
    told, suites = counted(text, found)
    assert set(suites) == set(found), "a suite is new: paste what `make demo` prints into README.md"
    assert text == told, "run `make counts`"
