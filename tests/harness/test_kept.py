"""What was parsed once is kept, and never makes a difference to what is read."""

import os
import time

import pytest
from tests.fakes.driving import roster
from tests.harness.observing import ROOT

from lakehouse_parity import kept, rosters, suite, yamlio
from lakehouse_parity.errors import Mistake
from lakehouse_parity.kept import Kept
from lakehouse_parity.outline import keeping

NAMES = suite.Names("parity", "parity-ollama")
TEXT = "a: [1, 'x', !t word]\nb: {c: null}\n"


@pytest.fixture
def store(tmp_path):
    return Kept(tmp_path / "kept", b"1")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def parses(monkeypatch):
    """How often YAML was parsed."""
    made = []
    outline = yamlio.outline

    def counted(*arguments):
        made.append(arguments)
        return outline(*arguments)

    monkeypatch.setattr(yamlio, "outline", counted)
    return made


def read(path, store, mark=""):
    return yamlio.read(path, tags={"!t": lambda text, place: f"{mark}{text} in {place}"}, store=store)


def test_every_probe_is_the_same_from_what_was_kept(store):
    every = [suite.load(ROOT / "probes", roster(), NAMES, each) for each in (None, store, store)]
    assert every[0] == every[1] == every[2]


def test_a_text_is_parsed_once(file, store, parses):
    first, second = read(file, store), read(file, store)
    assert first == second == {"a": [b"1", "x", f"word in {file}:1"], "b": {"c": None}}
    assert [second.place_of("b").line, second["a"].places[0].line, second["b"].place_of("c").line] == [
        2,
        1,
        2,
    ]
    assert len(parses) == 1


def test_a_changed_text_is_parsed_anew(file, store, parses):
    read(file, store)
    file.write_text(TEXT.replace("1", "2"))
    assert read(file, store)["a"][0] == b"2"
    assert len(parses) == 2


def test_what_a_tag_means_and_what_the_file_is_called_is_not_kept(file, store, tmp_path):
    read(file, store)
    other = file.rename(tmp_path / "g.yaml")
    assert read(other, store, "new ")["a"][2] == f"new word in {other}:1"


def test_a_tag_that_is_none_any_more_is_a_mistake_though_the_text_was_kept(file, store):
    read(file, store)
    with pytest.raises(Mistake, match="unknown tag !t"):
        yamlio.read(file, tags={"!u": str}, store=store)


def test_another_reader_takes_nothing_of_it(file, store, tmp_path, parses):
    read(file, store)
    read(file, Kept(tmp_path / "kept", b"2"))
    assert len(parses) == 2


def test_a_mistake_is_kept_nowhere(tmp_path, store):
    path = tmp_path / "f.yaml"
    path.write_text("a: [")
    for _ in range(2):
        with pytest.raises(Mistake, match="is not YAML"):
            yamlio.read(path, store=store)
    assert not (tmp_path / "kept").exists()


def damaged(data):
    yield b""
    yield data[: len(data) // 2]
    yield data[:-1]
    yield data + b"x"
    yield data[:40] + bytes([data[40] ^ 1]) + data[41:]


def test_what_is_torn_or_changed_is_made_anew_and_mended(file, store, tmp_path, parses):
    whole = read(file, store)
    [place] = (tmp_path / "kept").iterdir()
    data = place.read_bytes()
    for number, broken in enumerate(damaged(data), 2):
        place.write_bytes(broken)
        assert read(file, store) == whole
        assert len(parses) == number
        assert place.read_bytes() == data


def test_where_nothing_can_be_written_all_is_read_as_ever(file, tmp_path):
    (tmp_path / "kept").write_text("a file, and no folder")
    assert read(file, Kept(tmp_path / "kept", b"1"))["b"] == {"c": None}


def test_what_was_kept_first_goes_first(store, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 3)
    for number in range(5):
        store.of(b"%d" % number, lambda number=number: number)
        time.sleep(0.01)
    assert len([*(tmp_path / "kept").iterdir()]) == 3
    assert [store.of(b"%d" % number, lambda: "anew") for number in (4, 3, 2)] == [4, 3, 2]
    assert store.of(b"0", lambda: "anew") == "anew"


def test_only_its_owner_may_look_into_the_folder(store, tmp_path):
    store.of(b"x", lambda: 1)
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"HOME": "/home/a"}, "/home/a/.cache/lakehouse-parity"),
        ({"HOME": "/home/a", "XDG_CACHE_HOME": "/b"}, "/b/lakehouse-parity"),
        ({"HOME": "/home/a", "XDG_CACHE_HOME": "not/absolute"}, "/home/a/.cache/lakehouse-parity"),
        ({"HOME": ""}, "None"),
        ({}, "None"),
    ],
)
def test_it_stands_where_the_user_has_such_things(environment, folder):
    assert str(kept.folder(environment)) == folder
    assert (keeping(environment) is None) == (folder == "None")


def test_a_roster_that_is_begun_is_the_one_that_is_loaded():
    path = ROOT / "fixtures/roster/workers.parquet"
    assert rosters.begin(path)() == rosters.load(path)


def test_a_roster_that_cannot_be_read_is_told_to_who_calls_for_it(tmp_path):
    begun = rosters.begin(tmp_path / os.urandom(4).hex())
    with pytest.raises(Mistake, match="cannot be read"):
        begun()
