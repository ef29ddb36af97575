"""Probes that stand ready are those that the files give, and no others."""

import ast
import os

import pytest
from tests.fakes.driving import roster
from tests.harness.observing import ROOT
from tests.harness.test_layers import SOURCE

from lakehouse_parity import suite
from lakehouse_parity.errors import Mistake
from lakehouse_parity.kept import Kept
from lakehouse_parity.ready import RULES, Ready

NAMES = suite.Names("parity", "parity-ollama")
TEXT = """probes:
  - name: one
    clauses: [VA-4]
    validate: {kind: fill, artifact: {candidate_id: !worker W-001, city: !worker W-001.city}}
"""


@pytest.fixture
def ready(tmp_path):
    return Ready(Kept(tmp_path / "kept", b"1"))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "probes" / "validate").mkdir(parents=True)
    (tmp_path / "probes" / "validate" / "f.yaml").write_text(TEXT)
    return tmp_path / "probes"


@pytest.fixture
def reads(monkeypatch):
    """How often a file of probes was read."""
    read, parse = [], suite.yamlio.parse

    def counted(*arguments):
        read.append(arguments)
        return parse(*arguments)

    monkeypatch.setattr(suite.yamlio, "parse", counted)
    return read


def test_every_probe_is_the_same_when_it_stands_ready(ready):
    every = [suite.load(ROOT / "probes", roster(), NAMES, each) for each in (None, ready, ready)]
    assert every[0] == every[1] == every[2]
    assert [type(probe.place) for probe in every[2]] == [type(probe.place) for probe in every[0]]


def test_a_file_is_read_once(folder, ready, reads):
    first, second = (suite.load(folder, roster(), NAMES, ready) for _ in range(2))
    assert first == second == suite.load(folder, roster(), NAMES)
    assert len(reads) == 2, "the last one is read without what stands ready"


def test_a_changed_file_other_names_or_another_place_are_read_anew(folder, ready, reads):
    suite.load(folder, roster(), NAMES, ready)
    (folder / "validate" / "f.yaml").write_text(TEXT.replace("one", "two"))
    assert [probe.id for probe in suite.load(folder, roster(), NAMES, ready)] == ["validate/two"]
    suite.load(folder, roster(), suite.Names("other"), ready)
    (folder / "validate" / "f.yaml").rename(folder / "validate" / "g.yaml")
    [probe] = suite.load(folder, roster(), NAMES, ready)
    assert probe.place.file.endswith("g.yaml")
    assert len(reads) == 4


def test_a_file_may_have_any_name(folder, ready):
    (folder / "validate" / "f.yaml").rename(folder / "validate" / "\udcff.yaml")
    for _ in range(2):
        [probe] = suite.load(folder, roster(), NAMES, ready)
        assert os.fsencode(probe.place.file).endswith(b"/\xff.yaml")


def test_a_worker_who_moved_or_went_is_noticed(folder, ready):
    [before] = suite.load(folder, roster(), NAMES, ready)
    workers = roster().workers
    moved = type(roster())(tuple(each._replace(city="Elsewhere") for each in workers))
    [after] = suite.load(folder, moved, NAMES, ready)
    assert b"Elsewhere" in after.request.body
    assert suite.load(folder, roster(), NAMES, ready) == (before,)
    with pytest.raises(Mistake, match=r"f.yaml:4: the roster has no worker 'W-001'"):
        suite.load(folder, type(roster())(()), NAMES, ready)


def test_a_mistake_is_told_each_time_and_never_stands_ready(folder, ready, tmp_path):
    (folder / "validate" / "f.yaml").write_text(TEXT.replace("VA-4", "VA-400"))
    for _ in range(2):
        with pytest.raises(Mistake, match="unknown clause 'VA-400'"):
            suite.load(folder, roster(), NAMES, ready)
    assert not (tmp_path / "kept").exists()


def needed(path, seen):
    """All source that a module needs when it runs, but for the annotations alone."""
    tree = ast.parse(path.read_text())
    annotated = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node not in annotated:
            for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names)):
                at = SOURCE / name.replace(".", "/")
                for file in (at.with_suffix(".py"), at / "__init__.py"):
                    if file.exists() and file not in seen:
                        seen.add(file)
                        needed(file, seen)
    return seen


def test_every_module_that_reads_probes_is_among_the_rules():
    """A change of any of them makes all probes be read anew."""
    here = SOURCE / "lakehouse_parity"
    rules = {(here / rule).resolve() for rule in RULES}
    found = needed(here / "suite.py", set())
    packages = {here / "__init__.py", SOURCE / "lakehouse_spec" / "__init__.py"}
    dialects = SOURCE / "lakehouse_spec" / "dialects"
    missing = {
        path.name
        for path in found - packages
        if path.resolve() not in rules and path.parent.resolve() not in rules and path.parent != dialects
    }
    # the text itself, what must not be told, and the place that is kept decide nothing about a probe
    assert missing <= {"textfile.py", "secrecy.py", "kept.py"}
