"""Folders of runs: gone with the run, or swept away by the next one, and never somebody else's."""

import subprocess
import sys
import tempfile

import pytest

from lakehouse_parity.workplace import sweep, workplace

KILLED = """
import os, signal
from lakehouse_parity.workplace import workplace
with workplace() as folder:
    (folder / "file").write_text("x")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_there_for_a_while(temporary):
    with workplace() as folder:
        (folder / "file").write_text("x")
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(temporary.iterdir()) == []


def test_a_folder_goes_where_something_fails_in_it(temporary):
    with pytest.raises(KeyError), workplace():
        raise KeyError
    assert list(temporary.iterdir()) == []


def test_folders_in_use_are_left_alone():
    with workplace() as first, workplace() as second:
        sweep()
        assert first.exists()
        assert second.exists()


def test_the_folder_of_a_killed_process_is_swept_away(temporary):
    subprocess.run([sys.executable, "-c", KILLED], env={"TMPDIR": str(temporary)}, check=False)
    assert len(list(temporary.iterdir())) == 1
    with workplace():
        assert len(list(temporary.iterdir())) == 1
    assert list(temporary.iterdir()) == []


def test_what_only_looks_like_such_a_folder_is_left_alone(temporary):
    (temporary / "parity-mine").mkdir()
    (temporary / "precious").mkdir()
    (temporary / "precious" / ".in-use").write_text("")
    (temporary / "parity-link").symlink_to(temporary / "precious")
    sweep()
    assert {path.name for path in temporary.iterdir()} == {"parity-mine", "precious", "parity-link"}
