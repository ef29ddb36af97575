"""`parity sessions soak` with the daemons built from source: 64 at once, ended and started on the way."""

import json

import pytest
from tests.end_to_end.conftest import needs_toolchains
from tests.end_to_end.test_demo import parity


@pytest.fixture(scope="module")
def soaked(tmp_path_factory):
    result = tmp_path_factory.mktemp("soak") / "soak.json"
    options = ("--calls", 2000, "--minted", 1000, "--concurrency", 64, "--restarts", 4)
    return parity("sessions", "soak", "--bundled", *options, "--json", result), result


@needs_toolchains
def test_both_daemons_keep_every_clause_under_load_though_they_are_ended_on_the_way(soaked):
    done, path = soaked
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(path.read_text())
    assert (result["verdict"], result["findings"], result["unobserved"]) == ("sound", [], [])
    assert [(each["runtime"], each["signal"]) for each in result["restarts"]] == [
        ("rust", "SIGKILL"), ("rust", "SIGTERM"), ("go", "SIGKILL"), ("go", "SIGTERM"),
    ]  # fmt: skip


@needs_toolchains
def test_every_answered_call_has_its_row_whatever_its_size(soaked):
    result = json.loads(soaked[1].read_text())
    assert result["log"]["smallest"] < 400
    assert result["log"]["largest"] > 64 * 1024
    for seen in result["runtimes"].values():
        assert seen["answered"] + seen["lost"] + seen["left"] == 3000
        assert seen["left"] > 10
        assert seen["answered"] <= seen["rows"] <= 3000
        assert 0 < seen["lost"] <= 2 * 64
        assert seen["minted"] > 800
