"""Every session of the guide is run from top to bottom, and prints what the page shows."""

import pytest
from tests.fakes import guide
from tests.harness.documents import GUIDE, ROOT, blocks, exchanges, is_like, masked, name

from lakehouse_parity import config

STORIES = {
    "before-a-cutover": {"probes": guide.FEW_PROBES},
    "wiring-your-daemons": {"go": guide.HAS_NO_LANGFUSE, "probes": guide.FEW_PROBES},
    "reading-a-divergence": {"go": guide.LETS_FEEDBACK_PILE_UP, "probes": guide.FEW_PROBES},
    "accepting-a-difference": {"go": guide.LETS_FEEDBACK_PILE_UP, "probes": guide.FEW_PROBES},
    "adding-a-probe": {},
    "adding-a-runtime-or-adapter": {"probes": guide.FEW_PROBES},
    "ci": {"go": guide.LETS_FEEDBACK_PILE_UP, "probes": guide.FEW_PROBES},
}


@pytest.mark.parametrize("path", GUIDE, ids=lambda path: path.stem)
def test_what_a_page_shows_is_what_its_commands_print(path, tmp_path):
    with guide.standing(tmp_path, **STORIES[path.stem]) as ran:
        guide.write_files(path, tmp_path)
        for exchange in exchanges(path):
            printed = ran(exchange.command)
            where = f"{name(path)}:{exchange.line}: {exchange.command}\nprints\n{masked(printed)}"
            assert is_like(exchange.printed, printed), where


def test_the_configurations_of_the_guide_are_read(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    found = [
        block.text
        for path in GUIDE
        for block in blocks(path)
        if block.language == "yaml" and "\nruntimes:" in f"\n{block.text}"
    ]
    assert len(found) == 3
    for text in found:
        file = tmp_path / "parity.yaml"
        whole = text if "roster:" in text else f"{text}roster: fixtures/roster/workers.parquet\n"
        file.write_text(whole)
        assert set(config.load(file).runtimes) == {"rust", "go"}


def test_the_divergence_in_the_readme_is_what_that_probe_prints(tmp_path):
    [told] = [block.text for block in blocks(ROOT / "README.md") if "go_drift" in block.text]
    with guide.standing(tmp_path, **STORIES["reading-a-divergence"]) as ran:
        printed = ran("parity run --probe iterate/exhausted-no-json")
    assert is_like(f"…\n{told}…\n", printed), printed
