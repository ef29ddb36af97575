"""A fixed sample of the drifts of each language, from every chapter in turn: `make qualify` in small."""

import json

import pytest
from tests.end_to_end.conftest import needs_toolchains
from tests.end_to_end.test_demo import parity

pytestmark = needs_toolchains

SAMPLE = ("--sample", "10", "--seed", "0")


@pytest.fixture(scope="module")
def qualified(tmp_path_factory):
    out = tmp_path_factory.mktemp("qualify") / "qualify.json"
    return parity("qualify", *SAMPLE, "--json", out), out


def listed(*arguments):
    done = parity("qualify", "--list", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    words = [line.split() for line in done.stdout.splitlines() if line.startswith(("rust ", "go "))]
    return [(word[0], word[1], word[2].strip("():")) for word in words]


def test_every_drift_of_the_sample_is_caught_and_blamed_on_its_runtime_alone(qualified):
    done, out = qualified
    assert done.returncode == 0, done.stdout + done.stderr
    drifts = json.loads(out.read_text())["drifts"]
    assert [drift["runtime"] for drift in drifts] == ["rust"] * 10 + ["go"] * 10
    assert [drift["name"] for drift in drifts if not (drift["caught"] and drift["blamed"])] == []


def test_the_sample_is_the_same_every_time_and_from_as_many_chapters_as_it_has_drifts(qualified):
    _, out = qualified
    examined = [(d["runtime"], d["name"], d["clause"]) for d in json.loads(out.read_text())["drifts"]]
    assert listed(*SAMPLE) == examined
    for runtime in ("rust", "go"):
        chapters = {clause.partition("-")[0] for name, _, clause in examined if name == runtime}
        assert len(chapters) == 10


def test_each_language_has_at_least_eighty_drifts_under_names_of_their_own():
    drifts = listed()
    for runtime in ("rust", "go"):
        names = [name for seat, name, _ in drifts if seat == runtime]
        assert len(names) == len(set(names)) >= 80
