import json
import sys

import pytest

from lakehouse_parity.cli import main

REFERENCE = [sys.executable, "-m", "lakehouse_parity", "extract", "--lines", "--dialect"]


def config(folder, rust):
    file = folder / "parity.yaml"
    adapters = {"rust": rust, "go": [*REFERENCE, "encoding/json"]}
    runtimes = "\n".join(
        f"  {name}: {{url: 'http://127.0.0.1:1', daemon: {name}, json: {library},"
        f" extract_json: {{command: {json.dumps(adapters[name])}}}}}"
        for name, library in (("rust", "serde_json"), ("go", "encoding/json"))
    )
    file.write_text(f"runtimes:\n{runtimes}\nroster: fixtures/roster/workers.parquet\n")
    return file


@pytest.fixture
def fuzz(tmp_path, capsys):
    """Runs the command on the given adapter in Rust's place: exit code, JSON result, what was said."""

    def run(rust, *arguments):
        out = tmp_path / "result.json"
        probes = ["--probes", str(tmp_path / "probes"), "--json", str(out), "--jobs", "1"]
        code = main(["fuzz", "extract", "--config", str(config(tmp_path, rust)), *probes, *arguments])
        return code, json.loads(out.read_text()), capsys.readouterr().out

    return run


def lying(lie):
    return [sys.executable, "-m", "tests.fakes.adapter", lie]


def test_no_finding_is_exit_0_and_the_seed_is_printed(fuzz):
    code, result, said = fuzz([*REFERENCE, "serde_json"], "--examples", "1000", "--seed", "9")
    assert (code, result["findings"], result["executed"], result["seed"]) == (0, [], 1000, 9)
    assert "seed 9" in said
    assert result["predicted"] > 0


def test_a_new_finding_is_exit_1_and_saved_as_a_probe(fuzz, tmp_path):
    code, result, _ = fuzz(lying("depth_clamped_at_zero"), "--examples", "1000", "--seed", "9", "--save")
    assert code == 1
    saved = {path.stem for path in (tmp_path / "probes" / "regressions" / "extract").iterdir()}
    assert saved == {finding["signature"] for finding in result["findings"]}
    first = result["findings"][0]
    needed = {"signature", "chapter", "raw", "rust", "go", "reference", "known", "seconds"}
    assert needed <= first.keys()
    assert first["known"] is False


def test_in_ci_the_same_tree_gives_the_same_result(fuzz):
    results = [fuzz(lying("string_aware_braces"), "--ci", "--examples", "800")[1] for _ in range(2)]
    for result in results:
        result.pop("seconds")
        for finding in result["findings"]:
            finding.pop("seconds")
    assert results[0] == results[1]
    assert results[0]["findings"]


def test_an_adapter_that_cannot_be_run_is_exit_3(tmp_path, capsys):
    file = config(tmp_path, ["/nowhere/adapter"])
    assert main(["fuzz", "extract", "--config", str(file), "--examples", "10", "--jobs", "1"]) == 3
    assert "cannot be run" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--seconds", "0"], ["--ci", "--seed", "1"], ["--jobs", "-1"]])
def test_wrong_use_is_exit_2(arguments, capsys):
    assert main(["fuzz", "extract", *arguments]) == 2
    assert capsys.readouterr().err.startswith("parity: ")


def test_a_class_of_which_an_example_is_known_is_counted_and_not_reported(fuzz, tmp_path):
    code, result, _ = fuzz(lying("empty_is_nothing"), "--examples", "1000", "--seed", "9", "--save")
    assert code == 1
    entries = "\n".join(
        f"  - {{probe: extract/{finding['signature']}, runtime: rust, right: go, reason: because,"
        " places: [{surface: extraction, path: $.found, rust: 'false', go: 'true'}]}"
        for finding in result["findings"]
    )
    (tmp_path / "probes" / "known.yaml").write_text(f"known:\n{entries}\n")
    code, result, said = fuzz(lying("empty_is_nothing"), "--examples", "1000", "--seed", "9")
    assert [finding["known"] for finding in result["findings"]] == [True] * len(result["findings"])
    assert (code, "known: extract/" in said) == (0, True)


def test_a_known_example_under_any_name_makes_its_class_known(fuzz, tmp_path):
    folder = tmp_path / "probes" / "extract"
    folder.mkdir(parents=True)
    probe = "probes:\n  - {name: empty, clauses: [EX-13], extract: 'x {} y'}\n"
    (folder / "empty.yaml").write_text(probe)
    place = "{surface: extraction, path: $.found, rust: 'false', go: 'true'}"
    entry = f"{{probe: extract/empty, runtime: rust, right: go, reason: because, places: [{place}]}}"
    (tmp_path / "probes" / "known.yaml").write_text(f"known:\n  - {entry}\n")
    _, result, _ = fuzz(lying("empty_is_nothing"), "--examples", "500", "--seed", "9")
    known = {finding["signature"]: finding["known"] for finding in result["findings"]}
    assert known["rust-finds-nothing-object-ex-13"] is True
