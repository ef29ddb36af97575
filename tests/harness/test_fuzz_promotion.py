import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings

from lakehouse_parity import lossless, rosters, suite
from lakehouse_parity.fuzz import cases, promotion, strategies
from lakehouse_parity.fuzz.findings import Finding
from lakehouse_parity.fuzz.knowing import Knowledge
from lakehouse_parity.fuzz.signature import Signature
from lakehouse_parity.fuzz.smaller import smallest

ROSTER = rosters.load(Path("fixtures/roster/workers.parquet"))
NAMES = suite.Names("parity", "parity-ollama")
TEXTS = (
    "{}",
    '"quoted" \\ \n\t\x00\x7f\x85\u2028\ufeff\ud7ff\ue000\uffff\U0001f642',
    "# no comment: {a}",
    " ",
    "",
)


def finding(example, chapter="extract", clause="EX-5"):
    signature = Signature(chapter, "rust", "finds nothing", "object", clause)
    return Finding(signature, example, '{"found":false\n}', "{}", "{}", 11, 1.0)


def loaded(folder):
    return suite.load(folder, ROSTER, NAMES)


@pytest.mark.parametrize("text", TEXTS)
def test_a_saved_text_is_a_probe_with_that_very_text(tmp_path, text):
    path = promotion.save(finding(text), tmp_path, 3)
    (probe,) = loaded(tmp_path)
    assert path == tmp_path / "regressions" / "extract" / "rust-finds-nothing-object-ex-5.yaml"
    assert (probe.raw, probe.id, probe.clauses) == (text, "extract/rust-finds-nothing-object-ex-5", ("EX-5",))
    assert "seed 11" in probe.why
    assert "--seed 3" in path.read_text()
    assert all(f"# {name}: " in path.read_text() for name in ("rust", "go", "reference", "EX-5"))


def test_what_is_saved_already_is_left_alone(tmp_path):
    path = promotion.save(finding("first"), tmp_path, 3)
    promotion.save(finding("second"), tmp_path, 4)
    assert "first" in path.read_text()


@settings(max_examples=25)
@given(strategies.validate_cases())
def test_a_drawn_validate_request_is_sent_as_it_was_drawn(tmp_path_factory, case):
    (probe,) = cases.load([case], "validate", tmp_path_factory.mktemp("round"), ROSTER, NAMES)
    assert lossless.parse(probe.request.body) == case["validate"]


@settings(max_examples=15)
@given(strategies.iterate_cases())
def test_a_drawn_iterate_request_can_be_saved_and_is_the_same_probe_again(tmp_path_factory, case):
    folder = tmp_path_factory.mktemp("round")
    (drawn,) = cases.load([case], "iterate", folder / ".." / folder.name, ROSTER, NAMES)
    saved = tmp_path_factory.mktemp("saved")
    promotion.save(finding(cases.written(case), "iterate", "IT-9"), saved, 1)
    (again,) = loaded(saved)
    assert (again.script, again.clauses) == (drawn.script, ("IT-9",))
    assert {**lossless.parse(again.request.body), "model": ""} == {
        **lossless.parse(drawn.request.body),
        "model": "",
    }


def test_a_finding_is_known_where_its_probe_stands_on_the_known_list(tmp_path):
    known = tmp_path / "known.yaml"
    place = "{surface: extraction, path: $.found, rust: 'false', go: 'true'}"
    accepted = "runtime: rust, right: go, reason: because"
    entry = f"probe: extract/rust-finds-nothing-object-ex-5, {accepted}, places: [{place}]"
    known.write_text(f"known:\n  - {{{entry}}}\n")
    knowledge = Knowledge.load(known)
    assert knowledge.marked(finding("{}")).known
    assert not knowledge.marked(finding("{}", clause="EX-6")).known


async def _shrunk(case, good):
    async def holds(many):
        return [good(each) for each in many]

    return await smallest(case, holds)


def any_reply_with(text, case):
    return any(text in step.get("reply", "") for step in case["model"])


def test_a_case_shrinks_to_what_its_class_needs():
    case = {
        "iterate": {"kind": "fill", "prompt": "A long prompt", "context": {"city": "Toledo", "n": b"12"}},
        "model": [{"reply": "nothing"}, {"reply": 'talk {"fills": []} talk'}, {"answer": {"status": b"500"}}],
    }
    least = asyncio.run(
        _shrunk(case, lambda each: any("{" in step.get("reply", "") for step in each["model"]))
    )
    assert least == {"iterate": {"kind": "", "prompt": ""}, "model": [{"reply": "{"}]}
