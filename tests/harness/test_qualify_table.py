import json

import pytest
from msgspec.structs import replace
from tests.harness.sockets import run

from lakehouse_parity.errors import Mistake, Unobservable
from lakehouse_parity.qualify.table import Drift, Spot, ask, read
from lakehouse_parity.targets.bundled import SOURCES

GOOD = {
    "name": "feedback-piles-up",
    "clause": "IT-16",
    "places": [{"surface": "model_request", "path": "$[*].body.messages[*].content"}],
    "what": "The feedback is appended to the last prompt.",
    "equivalent": None,
}


def lines(*entries):
    return "\n".join(json.dumps(entry) for entry in entries).encode() + b"\n"


def test_every_line_of_the_table_is_a_drift():
    first, second = read("go", lines(GOOD, {**GOOD, "name": "b", "places": [], "equivalent": "Why."}), "x")
    assert first == Drift(
        "go",
        "feedback-piles-up",
        "IT-16",
        (Spot("model_request", "$[*].body.messages[*].content"),),
        "The feedback is appended to the last prompt.",
    )
    assert (first.chapter, second.equivalent) == ("IT", "Why.")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": ""}, "a drift has a text 'name', not ''"),
        ({"what": None}, "a drift has a text 'what', not None"),
        ({"clause": "IT-999"}, "there is no clause 'IT-999'"),
        ({"places": []}, "a drift names at least one place"),
        ({"places": "body $"}, "a drift has a list 'places'"),
        ({"places": ["body $"]}, "a place is an object"),
        ({"places": [{"surface": "answer", "path": "$"}]}, "there is no surface 'answer'"),
        ({"places": [{"surface": "body", "path": "a"}]}, "a path starts with $"),
        ({"places": [{"surface": "body", "path": "$.a.*"}]}, "only an index may be open"),
        ({"places": [{"surface": "body", "path": "$.a.**"}]}, "only an index may be open"),
        ({"equivalent": " "}, "a drift has a text 'equivalent', not ' '"),
    ],
)
def test_an_entry_that_is_not_right_is_named_with_its_line(changed, told):
    with pytest.raises(Mistake) as caught:
        read("go", lines(GOOD, {**GOOD, "name": "other", **changed}), "daemon --drifts")
    assert str(caught.value).startswith("daemon --drifts:2: ")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("output", "told"),
    [(b"nonsense\n", "no JSON"), (b"[]\n", "a drift is an object"), (lines(GOOD, GOOD), "already")],
)
def test_a_table_that_is_none_is_a_mistake(output, told):
    with pytest.raises(Mistake, match=told):
        read("go", output, "daemon --drifts")


@pytest.mark.parametrize(
    ("path", "covered"),
    [
        ("$.history[0].raw", True),
        ("$.history[12].raw", True),
        ("$.history[0].raw.x", False),
        ("$.history", False),
        ("$.history[0].status", False),
    ],
)
def test_an_open_index_covers_any_index_and_nothing_else(path, covered):
    assert Spot("body", "$.history[*].raw").names(f"body {path}") is covered


def test_a_spot_covers_its_own_surface_only():
    assert not Spot("body", "$.a").names("session_row $.a")


@pytest.fixture
def source(tmp_path):
    """A source whose daemon is a shell script of these lines."""

    def make(text):
        path = tmp_path / "daemon"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return replace(SOURCES["go"], daemon=path)

    return make


def test_the_program_is_asked_for_its_table(source):
    printing = source(f"""test "$*" = --drifts && cat <<'END'\n{json.dumps(GOOD)}\nEND""")
    [drift] = run(ask("go", printing))
    assert (drift.runtime, drift.name) == ("go", "feedback-piles-up")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("echo unknown flag >&2; exit 2", "--drifts ended with 2 and said: unknown flag"),
        ("exit 1", "--drifts ended with 1 and said: nothing"),
    ],
)
def test_a_program_that_has_no_table_is_told_with_its_words(source, text, told):
    with pytest.raises(Unobservable, match=told):
        run(ask("go", source(text)))


def test_a_program_that_is_not_there_is_told(tmp_path):
    missing = replace(SOURCES["go"], daemon=tmp_path / "nothing")
    with pytest.raises(Unobservable, match=r"go: cannot start .*nothing: No such file"):
        run(ask("go", missing))
