"""`--known-from`: the list as a git revision has it, whatever stands in the working tree."""

import argparse
import io
import subprocess

import pytest
from rich.console import Console

from lakehouse_parity import known
from lakehouse_parity.commands import known_list
from lakehouse_parity.errors import Mistake

LIST = """\
known:
  - probe: iterate/one
    runtime: rust
    right: go
    reason: {reason}
    places: [{{surface: body, path: $.a, rust: '1', go: '2'}}]
"""


def git(folder, *words):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


@pytest.fixture
def path(tmp_path):
    """A known list in a repository: `before` has none, `first` one, and the working tree another."""
    probes = tmp_path / "probes"
    probes.mkdir()
    git(tmp_path, "init")
    git(tmp_path, "commit", "--allow-empty", "-m", "nothing")
    git(tmp_path, "tag", "before")
    (probes / "known.yaml").write_text(LIST.format(reason="Of the first."))
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    git(tmp_path, "tag", "first")
    (probes / "known.yaml").write_text(LIST.format(reason="Of now."))
    return probes / "known.yaml"


def entries(path, ref):
    options = argparse.Namespace(known=path, known_from=ref)
    screen = Console(record=True, file=io.StringIO())
    return known_list.entries(options, screen), screen.export_text()


def test_without_a_revision_the_file_counts_and_nothing_is_said(path):
    [entry], said = entries(path, None)
    assert (entry.reason, said) == ("Of now.", "")


@pytest.mark.parametrize("ref", ["first", "HEAD", "main"])
def test_the_list_of_a_revision_counts_in_place_of_the_file(path, ref):
    [entry], said = entries(path, ref)
    assert entry.reason == "Of the first."
    assert str(entry.place) == f"{ref}:{path}:6"
    assert said == f"known list: {path} at {ref}: 1 entries\n"


def test_a_revision_without_the_list_excuses_nothing_and_says_so(path):
    found, said = entries(path, "before")
    assert found == ()
    assert said == f"known list: {path} at before: the list did not exist there: nothing is excused\n"


def test_a_list_that_is_gone_from_the_working_tree_still_counts(path):
    path.unlink()
    assert len(entries(path, "first")[0]) == 1


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("nowhere", "--known-from nowhere: the repository has no such revision; `git fetch` may bring it"),
        ("--help", "--known-from --help: this is no revision's name"),
        ("before..first", "--known-from before..first: the repository has no such revision"),
        ("", "the repository has no such revision"),
    ],
)
def test_a_revision_that_there_is_not_is_a_mistake(path, ref, message):
    with pytest.raises(Mistake, match=message):
        known.show(ref, path)


def test_a_folder_that_is_no_repository_is_a_mistake(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(Mistake, match="is in no git repository that can be read: fatal: not a git"):
        known.show("HEAD", tmp_path / "known.yaml")
    with pytest.raises(Mistake, match="there is no folder"):
        known.show("HEAD", tmp_path / "none" / "known.yaml")


def test_what_git_complains_of_is_told_in_one_line_whatever_its_bytes(tmp_path, monkeypatch):
    git = tmp_path / "git"
    git.write_text("#!/bin/sh\nprintf 'fatal: no owner of \\377\\nTo add an exception' >&2\nexit 128\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Mistake, match=r"repository that can be read: fatal: no owner of \ufffd$"):
        known.show("HEAD", tmp_path / "known.yaml")


def test_a_list_that_is_no_text_is_a_mistake_that_names_the_revision(path):
    path.write_bytes(b"known: \xff\n")
    git(path.parent, "commit", "-am", "no text")
    with pytest.raises(Mistake, match=r"^HEAD:\./known\.yaml is not UTF-8 \(byte 7\)$"):
        known.show("HEAD", path)


def test_a_machine_without_git_is_a_mistake(path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Mistake, match="--known-from HEAD: there is no git on PATH"):
        known.show("HEAD", path)


def test_a_mistake_in_the_list_of_a_revision_names_the_revision(path):
    path.write_text("known: 1\n")
    git(path.parent, "commit", "-am", "wrong")
    with pytest.raises(Mistake, match=r"^HEAD:.*known\.yaml:1: 'known' of the known list has to be a list"):
        entries(path, "HEAD")
