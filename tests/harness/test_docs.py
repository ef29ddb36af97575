"""The documents name what is there: commands, options, targets, files, headings, actions and hooks.

That the sessions of the guide print what they show is `tests/fakes/test_guide.py`.
"""

import argparse
import re
import shlex

import pytest
import yaml
from tests.harness.documents import (
    DOCUMENTS,
    GUIDE,
    ROOT,
    anchors,
    blocks,
    commands,
    exchanges,
    is_like,
    links,
    name,
    spans,
)

from lakehouse_parity import cli

TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
OF_OTHERS = {"--parity-config", "--lf", "--drift", "--drifts", "--config"}
"""Options of pytest and of the daemons."""

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=name)


def parsers(parser=None, names=()):
    """Every command with its parser; those that only hold others are left out."""
    parser = cli._parser() if parser is None else parser
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        return {" ".join(names): parser}
    return {
        key: value
        for word, below in inner[0].choices.items()
        for key, value in parsers(below, (*names, word)).items()
    }


PARSERS = parsers()


@every_document
def test_every_link_leads_to_a_file_and_a_heading(path):
    for target, anchor in links(path):
        if "://" in target:
            continue
        leads_to = path.parent / target if target else path
        assert leads_to.exists(), target
        assert not anchor or anchor in anchors(leads_to), f"{target}#{anchor}"


@every_document
def test_every_command_of_a_document_is_one_that_the_program_or_make_takes(path):
    for words in commands(path):
        program, *rest = words
        if program == "make":
            assert rest[0] in TARGETS, words
        elif rest in ([key] for key in {key.split()[0] for key in PARSERS}) or rest == ["--help"]:
            continue
        else:
            assert cli.parse(rest).module == rest[0], words


@every_document
def test_every_option_that_a_document_tells_of_is_one_of_some_command(path):
    known = {option for parser in PARSERS.values() for option in parser._option_string_actions} | OF_OTHERS
    told = {span.split()[0].split("=")[0] for span in spans(path) if span.startswith("--")}
    assert told <= known


@pytest.mark.parametrize("command", PARSERS)
def test_the_help_of_every_command_has_examples_that_the_program_takes(command):
    head, *examples = (PARSERS[command].epilog or "").splitlines()
    assert head == "example:"
    assert examples
    for example in examples:
        words = shlex.split(example.split("| ")[-1])
        assert words[0] == "parity"
        assert " ".join(words[1:]).startswith(command), example
        assert cli.parse(words[1:]).module == command.split()[0]


def test_every_command_stands_in_a_document():
    told = {
        word for path in DOCUMENTS for words in commands(path) if words[0] == "parity" for word in words[1:]
    }
    assert {key.split()[0] for key in PARSERS} <= told


def test_every_page_stands_in_the_table_of_contents_of_the_site():
    listed = {
        entry
        for block in blocks(ROOT / "docs" / "index.md")
        for entry in block.text.splitlines()
        if entry and not entry.startswith(":")
    }
    pages = {str(path.relative_to(ROOT / "docs").with_suffix("")) for path in (ROOT / "docs").rglob("*.md")}
    assert listed == pages - {"index"}


def test_the_lock_file_of_the_site_has_hashes_and_no_address():
    text = (ROOT / "docs" / "requirements.lock").read_text()
    wanted = re.findall(
        r"^[a-z-]+(?===)|^([a-z-]+)", (ROOT / "docs" / "requirements.in").read_text(), re.MULTILINE
    )
    assert all(re.search(rf"^{one}==", text, re.MULTILINE) for one in wanted)
    assert "://" not in text
    assert text.count("==") * 2 <= text.count("--hash=") + text.count("==")


def test_the_workflow_of_the_guide_gives_the_action_what_it_takes_and_the_hook_exists():
    found = [
        yaml.safe_load(block.text) for block in blocks(ROOT / "docs/guide/ci.md") if block.language == "yaml"
    ]
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    steps = [step for one in found for step in one.get("steps", [])]
    [ours] = [step for step in steps if "lakehouse-parity" in step.get("uses", "")]
    assert set(ours["with"]) <= set(inputs)
    assert cli.parse(["run", *ours["with"]["arguments"].split()]).require == ["session_log", "langfuse"]
    hooks = {hook["id"] for one in found for repo in one.get("repos", []) for hook in repo["hooks"]}
    assert hooks == {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def test_every_page_of_the_guide_but_for_the_tables_shows_a_session():
    assert all(exchanges(path) for path in GUIDE)


@pytest.mark.parametrize(
    ("told", "printed", "alike"),
    [
        ("one\n", "one\n", True),
        ("one\n", "one\ntwo\n", False),
        ("one\n…\n", "one\ntwo\nthree\n", True),
        ("one\n…\nthree\n", "one\nthree\n", True),
        ("one\n…\nthree\n", "one\ntwo\nfour\n", False),
        ("a … c\n", "a b c\n", True),
        ("a … c\n", "a b\nc\n", False),
        ("http://127.0.0.1:3100/\n", "http://127.0.0.1:45123/\n", True),
        ("http://127.0.0.1:3100/a\n", "http://127.0.0.1:45123/b\n", False),
        ("5 of 7 (exit 1)\n", "5 of 8 (exit 1)\n", False),
    ],
)
def test_a_session_is_compared_whole_but_for_what_varies(told, printed, alike):
    assert is_like(told, printed) is alike
