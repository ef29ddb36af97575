"""The files of a run: whole in their place, or not there at all."""

import pytest

from lakehouse_parity.errors import Mistake
from lakehouse_parity.reports import files


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
