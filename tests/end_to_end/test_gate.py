"""The cutover gate against live daemons: what it says when it cannot look, and what bad input gets."""

import json
import socket

import pytest

from lakehouse_parity.cli import main

CONFIG = """\
runtimes:
  rust: {{url: "http://127.0.0.1:{rust}", daemon: gateway, json: serde_json}}
  go: {{url: "http://127.0.0.1:{go}", daemon: validatord, json: encoding/json}}
roster: fixtures/roster/workers.parquet
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_a_daemon_that_is_down_is_no_verdict_and_is_named_with_what_to_do(config_file, tmp_path, capsys):
    port = free_port()
    config = config_file(CONFIG.format(rust=free_port(), go=port))
    code = main(["run", "--config", str(config), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().out
    assert code == 3
    assert f"go at http://127.0.0.1:{port}" in said
    assert "GET /health, tried for 2 s" in said
    assert f"start it, or correct {config}:3" in said
    assert "NO VERDICT" in said
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["verdict"], report["exit_code"]) == ("no_verdict", 3)
    assert "parity" not in {outcome["verdict"] for outcome in report["outcomes"]}


def test_the_order_is_decided_by_a_seed_which_is_printed(config_file, tmp_path, capsys):
    config = config_file(CONFIG.format(rust=free_port(), go=free_port()))
    out = ["--config", str(config), "--suite", "usage", "--out", str(tmp_path / "out")]
    orders = []
    for order in (["--shuffle", "7"], ["--shuffle", "7"], ["--shuffle"], []):
        assert main(["run", *out, *order]) == 3
        report = json.loads((tmp_path / "out" / "report.json").read_text())
        orders.append([outcome["probe"] for outcome in report["outcomes"]])
    said = capsys.readouterr().out
    assert said.count("order: shuffled; the same order again: --shuffle 7\n") == 2
    assert said.count("order: shuffled") == 3
    assert orders[0] == orders[1] != orders[2] != orders[3]
    assert sorted(orders[0]) == sorted(orders[3])


PROBE = "probes:\n  - name: one\n    clauses: [IT-1]\n    iterate: {kind: fill, prompt: p}\n"

BAD = {
    "an unknown key": (PROBE + "    colour: red\n", "one.yaml:5: unknown key 'colour'"),
    "a name used twice": (
        PROBE + PROBE.partition("\n")[2],
        "one.yaml:5: probe 'iterate/one' exists already at",
    ),
    "an unknown clause": (PROBE.replace("IT-1", "IT-999"), "one.yaml:3: unknown clause 'IT-999'"),
    "a word for a number": (
        PROBE.replace("prompt: p", "prompt: p, max_iterations: three"),
        "one.yaml:4: 'max_iterations' of probe 'iterate/one'.iterate has to be a number, not 'three'",
    ),
    "a worker that does not exist": (
        PROBE.replace("prompt: p", "prompt: !worker W-999"),
        "one.yaml:4: the roster has no worker 'W-999'",
    ),
    "no probes": ("probes: []\n", "one.yaml:1: a probe file needs a list 'probes' that is not empty"),
    "no YAML": ("probes: [\n", "one.yaml:2: is not YAML"),
    "two requests": (PROBE + "    get: /health\n", "one.yaml:2: probe 'iterate/one' needs exactly one of"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_clear_error_with_file_and_line(name, config_file, tmp_path, capsys):
    text, message = BAD[name]
    folder = tmp_path / "probes" / "iterate"
    folder.mkdir(parents=True)
    (folder / "one.yaml").write_text(text)
    config = config_file(CONFIG.format(rust=1, go=2))
    code = main(
        ["run", "--config", str(config), "--probes", str(tmp_path / "probes"), "--out", str(tmp_path / "out")]
    )
    said = capsys.readouterr().err
    assert code == 2
    assert len(said.strip().splitlines()) == 1
    assert message in said


CONFIG_BAD = {
    "an unknown key": (CONFIG + "colour: red\n", "parity.yaml:5: unknown key 'colour'"),
    "a missing seat": (
        'runtimes:\n  rust: {{url: "http://127.0.0.1:1", daemon: d, json: serde_json}}\nroster: r\n',
        "parity.yaml:2: runtimes has no 'go'",
    ),
    "an address that is none": (
        CONFIG.replace('"http://127.0.0.1:{go}"', "nowhere"),
        "parity.yaml:3: 'url' has to be an address",
    ),
    "a variable that is not set": (
        CONFIG + "session_log: ${{NO_SUCH_VARIABLE}}/log\n",
        "parity.yaml:5: the environment has no NO_SUCH_VARIABLE",
    ),
    "an empty file": ("", "parity.yaml: is empty"),
}


@pytest.mark.parametrize("name", CONFIG_BAD)
def test_a_bad_configuration_gets_one_clear_error_with_file_and_line(name, config_file, tmp_path, capsys):
    text, message = CONFIG_BAD[name]
    config = config_file(text.format(rust=1, go=2))
    assert main(["run", "--config", str(config), "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err


def test_a_port_in_use_is_named(config_file, tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = CONFIG.format(rust=1, go=2) + f'model: {{listen: "127.0.0.1:{port}"}}\n'
        assert main(["run", "--config", str(config_file(text)), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "parity.yaml:5" in said
    assert f"cannot listen on 127.0.0.1:{port}" in said
