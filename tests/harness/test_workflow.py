"""Annotations: one line each, at the probe's place, escaped as the runners read them."""

import re

import pytest
from msgspec.structs import replace
from tests.harness.making import drifted, outcome
from tests.harness.running import RUNS, every_verdict, hostile, summary

from lakehouse_parity.errors import Place
from lakehouse_parity.model import Verdict
from lakehouse_parity.reports import workflow


def rendered(*outcomes, **members):
    return list(workflow.render(summary(*outcomes, **members)))


def parsed(line):
    """What a runner makes of a line: properties and message."""
    match = re.fullmatch("::error ([^:]*)::(.*)", line)
    found = dict(pair.split("=", 1) for pair in match[1].split(","))

    def plain(text):
        for escape, character in (
            ("%0A", "\n"),
            ("%0D", "\r"),
            ("%3A", ":"),
            ("%2C", ","),
            ("%5B", "["),
            ("%25", "%"),
        ):
            text = text.replace(escape, character)
        return text

    return {name: plain(value) for name, value in found.items()}, plain(match[2])


def test_a_divergence_stands_at_its_probe_and_says_all():
    [line] = rendered(drifted("iterate/one"))
    found, message = parsed(line)
    assert found == {"file": "probes/iterate/one.yaml", "line": "3", "title": "iterate/one: rust_drift"}
    assert message.startswith("iterate/one: rust_drift: because\n  body $.a  (rust_drift, IT-15)\n")
    assert message.endswith("again: parity run --probe iterate/one")


def test_only_what_fails_the_gate_is_annotated():
    told = [parsed(line)[0]["title"].partition(": ")[2] for line in rendered(*every_verdict())]
    passing = {"parity", "known", "skipped", "reference_drift"}
    failing = [verdict.value for verdict in Verdict if verdict.value not in passing]
    assert sorted(filter(None, told)) == sorted(failing)


def test_a_stale_entry_of_the_known_list_stands_at_its_line():
    [line] = rendered(outcome(), problems=("probes/known.yaml:12: iterate/one: no longer occurs as listed",))
    found, message = parsed(line)
    assert (found["file"], found["line"]) == ("probes/known.yaml", "12")
    assert message == "iterate/one: no longer occurs as listed"


def test_a_trouble_without_a_place_has_none():
    [line] = rendered(outcome(), unobserved=("the log is gone",))
    assert line == "::error title=lakehouse-parity::the log is gone"


@pytest.mark.parametrize("outcomes", RUNS)
def test_every_annotation_is_one_line_without_control_characters(outcomes):
    for line in rendered(*outcomes, problems=("a\nb::error::c",), unobserved=("\x1b[2J",)):
        assert line.isprintable()
        parsed(line)


def test_a_value_cannot_begin_another_command():
    found = replace(hostile(), reason="a%0A::stop-commands::x\n##[add-mask]y")
    [line] = rendered(found)
    assert "##[" not in line
    assert "%250A::stop-commands::x\\n" in line
    assert line.count("\n") == 0


def test_a_file_with_odd_characters_is_named_whole():
    found = outcome(Verdict.SPLIT, place=Place("a,b:c%.yaml", 7))
    assert parsed(rendered(found)[0])[0]["file"] == "a,b:c%.yaml"


def test_more_than_a_step_shows_are_counted_in_the_last():
    lines = rendered(*(drifted(f"iterate/{number}") for number in range(100)))
    assert len(lines) == workflow.MOST
    assert lines[-1] == "::error title=lakehouse-parity::and 91 more that fail the gate"


def test_a_message_is_bounded():
    [line] = rendered(replace(hostile(), reason="x" * 100_000))
    assert len(line) < 3 * workflow.LONGEST


@pytest.mark.parametrize(
    ("choice", "environment", "wanted"),
    [
        ("auto", {}, False),
        ("auto", {"GITHUB_ACTIONS": "true"}, True),
        ("auto", {"GITEA_ACTIONS": "true"}, True),
        ("auto", {"GITHUB_ACTIONS": ""}, False),
        ("none", {"GITHUB_ACTIONS": "true"}, False),
        ("github", {}, True),
        ("gitea", {}, True),
    ],
)
def test_they_are_printed_where_they_were_asked_for_or_a_runner_reads_them(choice, environment, wanted):
    assert workflow.are_wanted(choice, environment) is wanted
