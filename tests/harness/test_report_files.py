"""The files of a run: whole in their place, or not there at all."""

import resource
import signal
from pathlib import Path

import pytest

from lakehouse_parity.errors import Mistake
from lakehouse_parity.reports import files


@pytest.fixture
def full():
    """A disk on which no file grows beyond a thousand bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heeded = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, heeded)


def test_a_file_stands_in_its_place_whole_or_not_at_all(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")

    def broken():
        with files.writing(path) as file:
            file.write("half")
            raise KeyError

    with pytest.raises(KeyError):
        broken()
    assert path.read_text() == "old"
    files.write(path, "new é")
    assert path.read_text() == "new é"


def test_a_folder_is_made_and_checked_before_anything_is_asked(tmp_path):
    files.prepare(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(Mistake, match="reports cannot be written to"):
        files.prepare(tmp_path / "file")


def test_a_place_that_cannot_be_written_is_a_mistake(tmp_path):
    with pytest.raises(Mistake, match="cannot be written: No such file or directory"):
        files.write(tmp_path / "none" / "x", "")


def test_a_file_that_fails_leaves_nothing_beside_its_place(tmp_path):
    with pytest.raises(KeyError), files.writing(tmp_path / "report.json"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_written_to_and_not_replaced():
    files.prepare_file(Path("/dev/null"))
    files.write(Path("/dev/null"), "x")
    assert Path("/dev/null").is_char_device()


def test_the_file_that_a_link_stands_for_is_written(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    files.write(tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "x"


@pytest.mark.parametrize(
    ("place", "why"),
    [("folder", "Is a directory; name a file in it"), ("none/x", "No such file or directory")],
)
def test_a_place_for_one_file_is_checked_before_anything_is_asked(tmp_path, place, why):
    (tmp_path / "folder").mkdir()
    with pytest.raises(Mistake, match=f"reports cannot be written to .*: {why}"):
        files.prepare_file(tmp_path / place)


def test_a_full_disk_is_seen_before_anything_is_asked(tmp_path, full):
    with pytest.raises(Mistake, match=r"reports cannot be written to .*: File too large; make room there"):
        files.prepare(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_lines_go_out_whole_as_far_as_there_is_room(tmp_path, full):
    path = tmp_path / "recording.jsonl"
    with files.lines(path) as file:
        for _ in range(4):
            file.write("x" * 299 + "\n")
    assert path.read_text() == ("x" * 299 + "\n") * 3
    assert file.failure == f"{path} cannot be written: File too large; it ends with its last whole line"


def test_lines_that_were_written_stand_beside_their_place_until_the_end(tmp_path):
    path = tmp_path / "recording.jsonl"
    with files.lines(path) as file:
        file.write("one\n")
        file.flush()
        assert not path.exists()
        assert (tmp_path / "recording.jsonl.part").read_text() == "one\n"
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("recording.jsonl", "one\n")]


def test_lines_are_not_held_back_when_they_are_many(tmp_path):
    with files.lines(tmp_path / "x") as file:
        for _ in range(100):
            file.write("x" * 999 + "\n")
        assert (tmp_path / "x.part").stat().st_size >= 64 * 1024
    assert (tmp_path / "x").stat().st_size == 100_000


def test_lines_of_a_run_that_failed_are_gone(tmp_path):
    with pytest.raises(KeyError), files.lines(tmp_path / "x"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_two_runs_do_not_write_the_same_file(tmp_path):
    with files.lines(tmp_path / "x") as file:
        file.write("one\n")
        with (
            pytest.raises(Mistake, match=r"another run is writing to .*; wait for it, or name another place"),
            files.lines(tmp_path / "x"),
        ):
            pass
    assert (tmp_path / "x").read_text() == "one\n"
