"""The counts of the sample run in the README: what they have to be, and how to write them (`make counts`)."""

import re

from tests.harness.documents import ROOT

from lakehouse_parity import known, rosters, suite

README = ROOT / "README.md"
_ROW = re.compile(r"^(\w+) +\d+ +\d+ +· +(?:\d+|·) +· +·$", re.MULTILINE)


def counts():
    """Of each suite and of all: how many probes there are, and how many stand on the known list."""
    roster = rosters.load(ROOT / "fixtures" / "roster" / "workers.parquet")
    probes = suite.load(ROOT / "probes", roster, suite.Names(ollama_provider="parity-ollama"))
    entries = known.load(ROOT / "probes" / suite.KNOWN_FILE)
    found = {}
    for probe in probes:
        listed = any(entry.names(probe.id) for entry in entries)
        for row in (probe.suite, "all"):
            whole, accepted = found.get(row, (0, 0))
            found[row] = (whole + 1, accepted + listed)
    return found


def counted(text, found):
    """The text with the counts of a run in which nothing diverges, and the suites that it tells of."""
    told = []

    def row(match):
        told.append(match[1])
        whole, accepted = found.get(match[1], (0, 0))
        return f"{match[1]:<8}{whole:>8}{whole - accepted:>8}{'·':>10}{accepted or '·':>7}{'·':>9}{'·':>8}"

    text = _ROW.sub(row, text)
    whole = found["all"][0]
    text = re.sub(r"^judged (\d+) of \d+\n…$", rf"judged \1 of {whole}\n…", text, flags=re.MULTILINE)
    return re.sub(
        r"^judged \d+ of \d+\n(?=suite)", f"judged {whole} of {whole}\n", text, flags=re.MULTILINE
    ), told


if __name__ == "__main__":
    README.write_text(counted(README.read_text(), counts())[0])
