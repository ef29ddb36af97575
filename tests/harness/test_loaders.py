"""Whatever stands in a file or in its place gets a sentence with file and line, and nothing else does it."""

import io
import json
import os
import re
import socket
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.harness.making import bodies, call, mask, observed, probe, row, sides, span

from lakehouse_parity import config, known, recorded, recording, rejudging, rosters, suite, textfile
from lakehouse_parity.cli import main
from lakehouse_parity.errors import Mistake, ParityError
from lakehouse_parity.events import Finished, Judged, RuntimeFacts, Started
from lakehouse_parity.judging import judge
from lakehouse_parity.model import Surface
from lakehouse_parity.reports import html, json_report, junit
from lakehouse_parity.reports.exhibits import Exhibits
from lakehouse_parity.reports.summary import Summary

ROOT = Path(__file__).parents[2]
ROSTER = ROOT / "fixtures" / "roster" / "workers.parquet"

CONFIG = (ROOT / "parity.yaml").read_text()
PROBES = """\
probes:
  - name: one
    clauses: [IT-9]
    why: "é"
    headers: [[X-A, b]]
    iterate: {kind: playbook, prompt: "Write.", max_iterations: 2, context: {a: [1, 2.5]}}
    model:
      - reply: "No."
        tokens: [1, 2]
      - answer: {status: 503, body_hex: ff00}
      - fault: hang_up
    expect: {status: 200, body: {"$.a": {b: null}}}
    masks: [{surface: body, path: $.b, type: count, reason: free}]
  - {name: two, clauses: [EX-1], extract: "{}"}
  - {name: three, clauses: [VA-4], validate: {kind: fill, artifact: {fills: [{candidate_id: !worker W-001}]}}}
"""
MASKS = "masks:\n  - {surface: body, path: $.b, type: count, reason: free}\n"


@cache
def roster():
    return rosters.load(ROSTER)


def load_probes(path):
    """The probe file as the only one of its folder."""
    folder = path.parent / "root" / "iterate"
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "one.yaml"
    place.unlink(missing_ok=True)
    place.symlink_to(path)
    suite.load(folder.parent, roster(), suite.Names())


def load_masks(path):
    folder = path.parent / "masks"
    folder.mkdir(exist_ok=True)
    place = folder / "masks.yaml"
    place.unlink(missing_ok=True)
    place.symlink_to(path)
    suite.load_masks(folder)


def rejudge(path):
    """Judge a recording anew and draw every report of it."""
    summary, exhibits = Summary(), Exhibits()
    for event in rejudging.rejudged(path, (), ()):
        summary(event)
        exhibits(event)
    for text in (html.render(summary, exhibits), json_report.render(summary), junit.render(summary)):
        text.encode()


def recorded_run():
    """A recording with something of everything in it."""
    asked = probe(
        clauses=("IT-15",),
        expect=((Surface.BODY, "$.a", b"1"),),
        masks=(mask("$.b", "count"),),
        model="m",
        trace="parity-1",
    )
    seen = sides(
        observed('{"a":1,"b":2,"trace_id":"x"}', rows=(row(),), spans=(span(),), model_requests=(call(),)),
        observed('{"a":2,"b":3}', rows=(), spans=(), usage=b"null", extraction=b'{"found":false}'),
    )
    odd = bodies("[1]", b"\xff", "[2]")
    file = io.StringIO()
    recorder = recording.Recorder(file)
    facts = {
        "rust": RuntimeFacts("http://h:1", "gateway", "serde_json"),
        "go": RuntimeFacts("http://h:2", "validatord", "encoding/json", "1", "daemon"),
    }
    for event in (
        Started("2026-01-02T03:04:05+00:00", facts, 2),
        Judged(judge(asked, seen, []), seen),
        Judged(judge(probe("iterate/two"), odd, []), odd),
        Finished(5, ("a",), ("b",)),
    ):
        recorder(event)
    return file.getvalue()


KNOWN = "known: []\n"
LOADERS = {
    "configuration": (config.load, CONFIG),
    "probes": (load_probes, PROBES),
    "masks": (load_masks, MASKS),
    "known list": (known.load, KNOWN),
    "recording": (rejudge, recorded_run()),
    "roster": (rosters.load, None),
}


@pytest.fixture(params=LOADERS)
def loader(request, tmp_path):
    load, text = LOADERS[request.param]
    return load, tmp_path / "file", ROSTER.read_bytes() if text is None else text.encode()


def said(load, path):
    """The sentence that a file is refused with."""
    with pytest.raises(ParityError) as raised:
        load(path)
    assert raised.value.exit_code in (2, 3)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def met(load, path):
    """The same, or nothing where the file can be used."""
    try:
        load(path)
    except ParityError as error:
        return str(error)
    return ""


def test_the_files_of_these_tests_can_be_read(loader):
    load, path, data = loader
    path.write_bytes(data)
    load(path)


def _fifo(path):
    os.mkfifo(path)


def _socket(path):
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(path.parent)
        listener.bind(path.name)


IN_ITS_PLACE = {
    "a directory": (Path.mkdir, "is a directory; name a file in it"),
    "a FIFO": (_fifo, "is a FIFO, which would be waited for; write it to a file"),
    "a socket": (_socket, "cannot be read: No such device or address"),
    "a link to itself": (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic"),
    "a link to nowhere": (
        lambda path: path.symlink_to("nowhere"),
        "cannot be read: No such file or directory",
    ),
}


@pytest.mark.parametrize("name", IN_ITS_PLACE)
def test_what_is_no_file_is_told_by_what_it_is(loader, name, monkeypatch):
    load, path, _ = loader
    monkeypatch.chdir(path.parent)
    make, sentence = IN_ITS_PLACE[name]
    make(path)
    assert sentence in said(load, path)


def test_a_file_that_goes_on_for_ever_is_not_read_for_ever(monkeypatch):
    monkeypatch.setattr(textfile, "LARGEST", 1 << 20)
    with pytest.raises(Mistake, match="/dev/zero: has more than 1 MiB, which nobody wrote by hand"):
        config.load(Path("/dev/zero"))


@pytest.mark.parametrize("name", ["configuration", "probes", "recording", "roster"])
@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"\0", b"\xef\xbb\xbf", b"- \xff", "é".encode("utf-16")])
def test_what_has_nothing_of_such_a_file_is_refused(tmp_path, name, data):
    path = tmp_path / "file"
    path.write_bytes(data)
    assert said(LOADERS[name][0], path).startswith((str(path), f"{tmp_path}/root/iterate/one.yaml"))


LAUGHS = "a: &a [x]\n" + "\n".join(
    f"{name}: &{name} [*{before}, *{before}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
CYCLE = "a: &a [*a]\n"
DEEP = ["[" * 1_000_000, "{a: " * 1_000_000, "- " * 1_000_000, '{"a":' * 200_000 + "1" + "}" * 200_000]


@pytest.mark.parametrize("name", ["configuration", "probes", "masks", "known list"])
@pytest.mark.parametrize(
    "text", [LAUGHS, CYCLE, *DEEP], ids=["laughs", "cycle", "lists", "maps", "items", "json"]
)
def test_texts_that_end_other_readers_are_refused_with_their_line(tmp_path, name, text):
    path = tmp_path / "file"
    path.write_text(text)
    assert ":1: is " in said(LOADERS[name][0], path)


@pytest.mark.parametrize("name", [name for name in LOADERS if name != "roster"])
def test_a_file_that_is_cut_off_anywhere_is_read_or_refused_with_its_line(tmp_path, name):
    load, text = LOADERS[name]
    data, path = text.encode(), tmp_path / "file"
    step = max(1, len(data) // 100)
    for end in range(0, len(data), step):
        path.write_bytes(data[:end])
        sentence = met(load, path)
        assert not sentence or re.match(
            rf"{tmp_path}/(file|root/iterate/one.yaml|masks/masks.yaml)", sentence
        )


def test_a_roster_that_is_cut_off_anywhere_is_refused(tmp_path):
    data, path = ROSTER.read_bytes(), tmp_path / "workers.parquet"
    for end in range(0, len(data), len(data) // 40):
        path.write_bytes(data[:end])
        assert said(rosters.load, path).startswith(f"{path}: is not a roster: ")


YAML = rb"""- |: |[|]|{|}|&a |*a|!worker |!!binary |'|"|\|null|true|1|-1|1e9|---|...|? |>|%YAML 9|${HOME}"""
OTHER = [
    b"", b"\n", b" ", b"\0", b"\t", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"9" * 5000, b"\\ud800",
    b"$.**", b"$[*]", b"NaN", b"://", b"@", b"h:1", b"parity-", b"${NONE}", b"<<: ",
]  # fmt: skip
snippets = st.sampled_from([*YAML.split(b"|"), *OTHER]) | st.binary(max_size=8)
changes = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), snippets), max_size=4)
fuzzed = settings(max_examples=150, deadline=None, derandomize=True)
slow = settings(max_examples=20, deadline=None, derandomize=True)


def changed(data, edits):
    """The bytes with pieces of them replaced."""
    for where, length, piece in edits:
        start = int(where * len(data))
        data = data[:start] + piece + data[start + length :]
    return data


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "file"


@pytest.mark.parametrize("name", [name for name in LOADERS if name != "roster"])
@fuzzed
@given(edits=changes)
def test_no_change_to_a_file_gets_anything_but_a_sentence(scratch, name, edits):
    load, text = LOADERS[name]
    scratch.write_bytes(changed(text.encode(), edits))
    met(load, scratch)


@slow
@given(edits=changes)
def test_no_change_to_a_roster_gets_anything_but_a_sentence(scratch, edits):
    scratch.write_bytes(changed(ROSTER.read_bytes(), edits))
    met(rosters.load, scratch)


values = st.sampled_from([
    None, True, 0, -1, 10**18, 10**400, 1.5, 1e308, "", "x", "\ud800", "\x1b[31m", "$", "$[0]", "$.a..b",
    "body", "IT-15", "IT-999", "parity", "base64", "2026-01-01", "auto", [], [[]], [1], ["x", "y"], {},
    {"text": "x"}, {"base64": "!"}, {"base64": "/w=="}, {"text": "[" * 9999}, {"text": '{"a":' * 3},
    {"file": "f", "line": "x"},
])  # fmt: skip


def places(tree, way=()):
    """The way to every value in a JSON document."""
    yield way
    for key, item in (
        tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    ):
        yield from places(item, (*way, key))


LINES = [json.loads(line) for line in recorded_run().splitlines()]
PLACES = [(number, way) for number, line in enumerate(LINES) for way in places(line) if way]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.booleans(), values), min_size=1, max_size=3))
def test_no_value_in_a_recording_gets_anything_but_a_sentence(scratch, edits):
    lines = json.loads(json.dumps(LINES))
    for (number, (*way, last)), remove, value in edits:
        place = lines[number]
        try:
            for step in way:
                place = place[step]
            if remove:
                del place[last]
            else:
                place[last] = value
        except (LookupError, TypeError):
            continue
    scratch.write_text("".join(json.dumps(line) + "\n" for line in lines))
    met(rejudge, scratch)


def test_a_line_of_a_recording_that_has_no_end_is_not_held(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "LONGEST", 1 << 20)
    path = tmp_path / "recording.jsonl"
    path.write_text('{"schema":"lakehouse-parity/recording/v1"}\n{"a":"' + "x" * (2 << 20))
    assert f"{path}:2: is a line of more than 1 MiB" in said(rejudge, path)


def test_probe_files_that_would_be_passed_over_are_told(tmp_path):
    folder = tmp_path / "iterate"
    folder.mkdir()
    (folder / "one.yml").write_text(PROBES)
    with pytest.raises(
        Mistake, match=r"one\.yml: would be passed over: the name of a probe file ends in \.yaml"
    ):
        suite.load(tmp_path, roster(), suite.Names())


def test_a_known_list_that_was_asked_for_and_is_missing_is_a_mistake(tmp_path, capsys):
    path = tmp_path / "recording.jsonl"
    path.write_text(recorded_run())
    assert main(["rejudge", str(path), "--known", str(tmp_path / "none.yaml")]) == 2
    assert capsys.readouterr().err == f"parity: {tmp_path}/none.yaml: there is no such known list\n"
