"""Probe files: what a probe may say, and the file and line of every mistake."""

from pathlib import Path

import pytest

from lakehouse_parity import rosters, suite
from lakehouse_parity.asking import AUTO_TRACE
from lakehouse_parity.errors import Mistake
from lakehouse_parity.model import Mask, Outage, Step, Surface
from lakehouse_parity.suite import Names
from lakehouse_spec.roster import Roster, Worker

ROOT = Path(__file__).parents[2]
ROSTER = Roster((Worker("W-001", "Ada Okafor", "Welder", "Toledo", "OH", "active", "", "", ("C-9",)),))

FULL = """\
probes:
  - name: one
    clauses: [IT-9, IT-14]
    why: The model apologises first.
    iterate: {kind: fill, prompt: !worker W-001.name, temperature: 1.0, system: no}
    model:
      - reply: "I am sorry."
      - json: {fills: [{candidate_id: !worker W-001}]}
    expect:
      status: 200
      body: {$.iterations: 2, "$.history[0].status.kind": no_json}
      session_row: {schema: session.iterate.v1}
      absent: [body $.error]
    masks:
      - {surface: body, path: $.trace_id, type: id, reason: minted}
    needs: [session_log]
"""


@pytest.fixture
def load(tmp_path):
    def load(text, file="iterate/some.yaml", names=Names):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return suite.load(tmp_path, ROSTER, names() if names is Names else names)

    return load


def test_everything_that_a_probe_can_say_is_read(load, tmp_path):
    [probe] = load(FULL)
    assert (probe.id, probe.suite, probe.clauses) == ("iterate/one", "iterate", ("IT-9", "IT-14"))
    assert probe.why == "The model apologises first."
    assert (probe.place.file, probe.place.line) == (str(tmp_path / "iterate/some.yaml"), 2)
    assert (probe.request.method, probe.request.path) == ("POST", "/v1/iterate")
    assert probe.request.headers == ((b"Content-Type", b"application/json"),)
    assert probe.request.body == (
        b'{"provider":"parity","model":"iterate/one",'
        b'"kind":"fill","prompt":"Ada Okafor","temperature":1.0,"system":"no"}'
    )
    assert (probe.provider, probe.model, probe.raw, probe.trace) == (
        "parity",
        "iterate/one",
        None,
        AUTO_TRACE,
    )
    assert probe.script == (
        Step(content="I am sorry."),
        Step(content='{"fills":[{"candidate_id":"W-001"}]}'),
    )
    assert probe.expect == (
        (Surface.STATUS, "$", b"200"),
        (Surface.BODY, "$.iterations", b"2"),
        (Surface.BODY, "$.history[0].status.kind", "no_json"),
        (Surface.SESSION_ROW, "$", {"schema": "session.iterate.v1"}),
    )
    [mask] = probe.masks
    assert mask == Mask(Surface.BODY, "$.trace_id", "id", "minted", mask.place)
    assert mask.place.line == 15
    assert probe.absent == ((Surface.BODY, "$.error"),)
    assert not probe.exact
    assert probe.needs == {"model", "session_log"}


def test_a_text_may_be_given_so_many_times(load):
    [probe] = load(FULL.replace("!worker W-001.name", "!times 3 a b"))
    assert b'"prompt":"a ba ba b"' in probe.request.body


def test_probes_come_in_the_order_of_files_and_of_lines(load):
    load(
        "probes:\n  - {name: z, clauses: [US-5], get: /a}\n  - {name: a, clauses: [US-5], get: /b}\n",
        "b/2.yaml",
    )
    found = load("probes: [{name: y, clauses: [US-5], get: /c}]", "b/1.yaml")
    assert [probe.id for probe in found] == ["b/y", "b/z", "b/a"]


def test_the_folder_is_the_suite_and_regressions_keep_their_chapters(load):
    load("probes: [{name: a, clauses: [US-5], get: /a}]", "trace/deep/er/1.yaml")
    found = load("probes: [{name: b, clauses: [US-5], get: /a}]", "regressions/extract/1.yaml")
    assert [(probe.suite, probe.id) for probe in found] == [("extract", "extract/b"), ("trace", "trace/a")]


def test_files_beside_the_suites_are_no_probes(load, tmp_path):
    (tmp_path / "masks.yaml").write_text("masks: []")
    (tmp_path / "known.yaml").write_text("known: []")
    (tmp_path / "notes.yml").write_text("probes: nonsense")
    assert len(load(FULL)) == 1


def test_a_name_may_be_given_once_in_a_suite_and_again_in_another(load):
    load(FULL, "iterate/1.yaml")
    assert len(load(FULL, "chat/1.yaml")) == 2
    with pytest.raises(Mistake, match=r"2\.yaml:2: probe 'iterate/one' exists already at .*1\.yaml:2"):
        load(FULL, "iterate/2.yaml")


MISTAKES = [
    ("    clauses: [IT-9, IT-14]\n", "", 2, "probe 'iterate/one' names no clause that it is for"),
    ("[IT-9, IT-14]", "[]", 3, "probe 'iterate/one' names no clause that it is for"),
    ("[IT-9, IT-14]", "[IT-9, IT-99]", 3, "unknown clause 'IT-99'"),
    ("[IT-9, IT-14]", "[TR-9]", 3, "probe 'iterate/one' names only clauses that leave a part open, none"),
    ("[IT-9, IT-14]", "IT-9", 3, "'clauses' of probe 'iterate/one' has to be a list, not 'IT-9'"),
    ("name: one", "name: One", 2, "a name consists of a-z, 0-9, '-' and '.', not 'One'"),
    ("name: one", "name: 'a b'", 2, "a name consists of"),
    ("name: one", "name: 'a/b'", 2, "a name consists of"),
    ("name: one", "name: ''", 2, "a name consists of"),
    ("name: one", "nome: one", 2, "a probe has no 'name'"),
    ("    why:", "    wy:", 4, "unknown key 'wy' in probe 'iterate/one'"),
    (
        "    iterate:",
        "    iterated:",
        2,
        "needs exactly one of iterate, validate, chat, extract, get, http; it has 0",
    ),
    ("    why: The", "    get: /x\n    why: The", 2, "it has 2"),
    ("!worker W-001.name", "!worker W-999", 5, "the roster has no worker 'W-999'"),
    ("!worker W-001.name", "!worker W-001.age", 5, "a worker has no text column 'age'"),
    ("!worker W-001.name", "!worker W-001.blacklisted_clients", 5, "a worker has no text column"),
    (
        "temperature: 1.0",
        "temperature: hot",
        5,
        "'temperature' of probe 'iterate/one'.iterate has to be a number",
    ),
    ("kind: fill", "kind: 7", 5, "'kind' of probe 'iterate/one'.iterate has to be text, not 7"),
    ("status: 200", "stutus: 200", 10, "unknown surface 'stutus': status, header, body"),
    ("$.iterations: 2", "$iterations: 2", 11, "unreadable path at 'iterations'"),
    (
        "$.iterations: 2",
        '"$.history[*].raw": 2',
        11,
        "'$.history[*].raw' is a pattern; an expectation is for one place",
    ),
    ("$.iterations: 2", '"$.a.**": 2', 11, "'$.a.**' is a pattern; an expectation is for one place"),
    (
        "prompt: !worker W-001.name",
        "prompt: !times x",
        5,
        "!times needs a count and a text, such as '100 ab'",
    ),
    ("prompt: !worker W-001.name", "prompt: !times 99999999 ab", 5, "of at most 16777216 together"),
    ("body $.error", "body", 13, "'body' is no surface and path, such as 'body $.trace_id'"),
    ("body $.error", "body $", 13, "'body $' is no surface and path"),
    ("body $.error", "boddy $.error", 13, "unknown surface 'boddy'"),
    ("[body $.error]", '["body $.a[*].b"]', 13, "'$.a[*].b' is a pattern; an expectation is for one place"),
    ("[body $.error]", "body $.error", 13, "has to be a list"),
    ("type: id", "type: ids", 15, "unknown mask type 'ids'"),
    ("type: id", "type: 'prefix:'", 15, "unknown mask type 'prefix:'"),
    ("surface: body", "surface: bodies", 15, "unknown surface 'bodies'"),
    ("path: $.trace_id", "path: trace_id", 15, "a path starts with $, not 't'"),
    (", reason: minted", "", 15, "a mask has no 'reason'"),
    ("reason: minted", "reason: minted, why: x", 15, "unknown key 'why' in a mask"),
    ("[session_log]", "[sesion_log]", 16, "unknown need 'sesion_log'"),
    ("reply: ", "says: ", 7, "a step of the model needs exactly one of reply, json, content, answer, fault"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), MISTAKES)
def test_every_mistake_in_a_probe_has_its_file_and_line(load, old, new, line, message):
    assert old in FULL
    with pytest.raises(Mistake) as raised:
        load(FULL.replace(old, new, 1))
    assert message in str(raised.value)
    assert raised.value.place.file.endswith("iterate/some.yaml")
    assert raised.value.place.line == line


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "a probe file has to be a mapping"),
        ("- a", 1, "a probe file has to be a mapping"),
        ("probes: []", 1, "a probe file needs a list 'probes' that is not empty"),
        ("probes: {}", 1, "'probes' of a probe file has to be a list, not a mapping"),
        ("probes: [x]", 1, "a probe has to be a mapping"),
        ("probes: [{name: a, clauses: [US-5], get: /a}]\nmore: 1", 2, "unknown key 'more' in a probe file"),
        ("probes: ]", 1, "is not YAML"),
    ],
)
def test_a_file_without_probes_is_a_mistake(load, text, line, message):
    with pytest.raises(Mistake) as raised:
        load(text)
    assert message in str(raised.value)
    assert raised.value.place.line == line


def test_a_folder_that_does_not_exist_is_a_mistake(tmp_path):
    with pytest.raises(Mistake, match="there is no such folder of probes"):
        suite.load(tmp_path / "none", ROSTER, Names())


def test_a_mapping_is_expected_as_a_whole_unless_all_its_keys_are_paths(load):
    [probe] = load(FULL.replace("{schema: session.iterate.v1}", "{schema: x, $.a: 1}"))
    assert probe.expect[-1] == (Surface.SESSION_ROW, "$", {"schema": "x", "$.a": b"1"})
    [probe] = load(FULL.replace("{schema: session.iterate.v1}", "{}"))
    assert probe.expect[-1] == (Surface.SESSION_ROW, "$", {})


def test_masks_for_all_probes_are_read_from_their_own_file(tmp_path):
    assert suite.load_masks(tmp_path) == ()
    path = tmp_path / "masks.yaml"
    path.write_text("masks:\n  - {surface: span, path: '$[*].id', type: span-id, reason: minted}\n")
    [mask] = suite.load_masks(tmp_path)
    assert (mask.surface, mask.path, mask.type, mask.place.line) == (Surface.SPAN, "$[*].id", "span-id", 2)
    path.write_text("masks: []\nmore: 1")
    with pytest.raises(Mistake, match="unknown key 'more' in the masks"):
        suite.load_masks(tmp_path)


def test_the_projects_own_probes_can_be_read():
    roster = rosters.load(ROOT / "fixtures/roster/workers.parquet")
    probes = suite.load(ROOT / "probes", roster, Names("parity", "parity-ollama"))
    assert len({probe.id for probe in probes}) == len(probes) > 0
    assert {mask.place.file for mask in suite.load_masks(ROOT / "probes")} == {
        str(ROOT / "probes/masks.yaml")
    }


OUTAGE = (
    "probes:\n  - name: one\n    clauses: [SP-3]\n    langfuse: {}\n    iterate: {{kind: fill, prompt: P}}\n"
)


@pytest.mark.parametrize("outage", Outage)
def test_a_probe_says_how_langfuse_fails_and_then_needs_it(load, outage):
    [probe] = load(OUTAGE.format(outage.value))
    assert probe.outage is outage
    assert probe.needs == {"model", "langfuse"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OUTAGE.format("away"), "unknown 'away': Langfuse can be slow, refuse, fail, break_off, down"),
        (
            OUTAGE.format("slow") + "    trace: null\n",
            "needs a model and a trace id, for Langfuse to fail it alone",
        ),
        (
            "probes:\n  - {name: one, clauses: [US-5], langfuse: slow, get: /health}\n",
            "needs a model and a trace id, for Langfuse to fail it alone",
        ),
    ],
)
def test_langfuse_cannot_fail_otherwise_or_where_its_spans_are_not_known(load, text, message):
    with pytest.raises(Mistake, match=message):
        load(text)
