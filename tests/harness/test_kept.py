"""What was made of a text once is kept, and never makes a difference to what is read."""

import os
import time
from pathlib import Path

import pytest
from tests.harness.observing import ROOT

from lakehouse_parity import kept, rosters
from lakehouse_parity.errors import Mistake
from lakehouse_parity.kept import Kept
from lakehouse_parity.ready import keeping

ROSTER = ROOT / "fixtures/roster/workers.parquet"


@pytest.fixture
def store(tmp_path):
    return Kept(tmp_path / "kept", b"1")


class Maker:
    """Makes something of a text, and counts how often."""

    def __init__(self):
        self.made = 0

    def __call__(self):
        self.made += 1
        return b"made"


def test_it_is_made_once(store):
    make = Maker()
    assert [store.of(b"text", make) for _ in range(3)] == [b"made"] * 3
    assert make.made == 1


def test_of_another_text_or_by_another_reader_it_is_made_anew(store, tmp_path):
    make = Maker()
    store.of(b"text", make)
    store.of(b"another", make)
    Kept(tmp_path / "kept", b"2").of(b"text", make)
    assert make.made == 3


def test_what_cannot_be_made_is_kept_nowhere(store, tmp_path):
    def fail():
        raise Mistake("is no such thing")

    for _ in range(2):
        with pytest.raises(Mistake):
            store.of(b"text", fail)
    assert not (tmp_path / "kept").exists()


def test_what_is_torn_or_changed_is_made_anew_and_mended(store, tmp_path):
    make = Maker()
    store.of(b"text", make)
    [place] = (tmp_path / "kept").iterdir()
    data = place.read_bytes()
    for number, broken in enumerate(
        [b"", data[: len(data) // 2], data[:-1], data + b"x", b"x" + data[1:]], 2
    ):
        place.write_bytes(broken)
        assert store.of(b"text", make) == b"made"
        assert (make.made, place.read_bytes()) == (number, data)


def test_where_nothing_can_be_written_all_is_made_as_ever(tmp_path):
    (tmp_path / "kept").write_text("a file, and no folder")
    assert Kept(tmp_path / "kept", b"1").of(b"text", Maker()) == b"made"


def test_what_was_kept_first_goes_first(store, tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 3)
    for number in range(5):
        store.of(b"%d" % number, lambda number=number: b"%d" % number)
        time.sleep(0.01)
    assert len([*(tmp_path / "kept").iterdir()]) == 3
    assert [store.find(b"%d" % number) for number in range(5)] == [None, None, b"2", b"3", b"4"]


def test_only_its_owner_may_look_into_the_folder(store, tmp_path):
    store.of(b"x", lambda: b"1")
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
    assert (rosters.keeping(environment) is None) == (folder == "None")


def test_a_roster_that_is_begun_is_the_one_that_is_loaded(store):
    assert rosters.begin(ROSTER)() == rosters.begin(ROSTER, store)() == rosters.load(ROSTER)


def test_a_roster_that_was_read_is_the_same_without_the_engine(store, monkeypatch):
    first = rosters.load(ROSTER, store)
    monkeypatch.setattr(rosters, "_duckdb", None)
    again = rosters.load(ROSTER, store)
    assert again == first
    assert [again.find(worker.worker_id) for worker in first.workers] == [*first.workers]


def test_another_roster_at_the_same_place_is_read_anew(store, tmp_path):
    path = tmp_path / "workers.parquet"
    path.write_bytes(ROSTER.read_bytes())
    rosters.load(path, store)
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(Mistake, match="is not a roster"):
        rosters.load(path, store)


def test_a_roster_that_changes_while_it_is_read_is_a_mistake(store, tmp_path, monkeypatch):
    path = tmp_path / "workers.parquet"
    path.write_bytes(ROSTER.read_bytes())
    read = rosters._read

    def changing(path: Path):
        found = read(path)
        path.write_bytes(b"another")
        return found

    monkeypatch.setattr(rosters, "_read", changing)
    with pytest.raises(Mistake, match="was written to while it was read"):
        rosters.load(path, store)
    assert not (tmp_path / "kept").exists()


def test_a_roster_that_cannot_be_read_is_told_to_who_calls_for_it(tmp_path, store):
    for begun in (rosters.begin(tmp_path / os.urandom(4).hex(), each) for each in (None, store)):
        with pytest.raises(Mistake, match="cannot be read"):
            begun()
