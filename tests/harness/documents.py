"""The documents as tests read them: blocks, links, headings, commands, and what a session shows.

A block in the language `console` is a session: a line that begins with `$ ` is a command, and what stands
below it is what the command prints. `…` stands for any text in a line, alone on a line for any lines.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDE = sorted((ROOT / "docs" / "guide").glob("*.md"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), ROOT / "tests" / "README.md", *(ROOT / "docs").rglob("*.md")])

VARYING = {
    r"127\.0\.0\.1:\d+": "an address",
    r"\.yaml:\d+|\.yaml,line=\d+": "a line of a probe file, which moves when a probe is added above it",
    r"\d+(?= probes: every clause)": "how many probes there are",
    r"within \d+\.\d+ s": "how far two clocks are apart",
    r"\d+ bytes; causes": "the length of a request, which has the port in it",
}
"""What varies from run to run or whenever a probe is added, and is not compared; nothing else is."""

_PLACEHOLDERS = re.compile(r"^\w+(?:\|\w+)+$")


@dataclass(frozen=True)
class Block:
    """A fenced block and the line at which it begins."""

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Exchange:
    """A command of a session, what it is said to print, and the line at which it stands."""

    command: str
    printed: str
    line: int


def name(path):
    return str(path.relative_to(ROOT))


def blocks(path):
    text = path.read_text()
    found = re.finditer(r"^```(.*?)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(m[1], m[2], text.count("\n", 0, m.start()) + 1) for m in found]


def prose(path):
    """The text without its blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


def spans(path):
    """What stands in backticks in the text."""
    return [" ".join(code.split()) for code in re.findall(r"(?<!`)`([^`]+)`(?!`)", prose(path))]


def anchors(path):
    """The anchors that a repository's page and MyST both give to the headings."""
    titles = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(path):
    return re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", prose(path))


def exchanges(path):
    """The sessions of a document, command by command."""
    found = []
    for block in (block for block in blocks(path) if block.language == "console"):
        for number, line in enumerate(block.text.splitlines(keepends=True), start=block.line + 1):
            if line.startswith("$ "):
                found.append(Exchange(line[2:].strip(), "", number))
            else:
                last = found.pop()
                found.append(Exchange(last.command, last.printed + line, last.line))
    return found


def commands(path):
    """Every command line of ours in blocks and in backticks, as words."""
    shells = [block for block in blocks(path) if block.language in ("", "sh", "console", "text")]
    lines = [line.removeprefix("$ ") for block in shells for line in block.text.splitlines()]
    return [words for line in [*lines, *spans(path)] for words in _ours(line)]


def _ours(line):
    match = re.search(r"(?:^|\| |again: |run: )((?:\.venv/bin/)?parity |make )(.*)", line.strip())
    if match is None or line.startswith("#"):
        return
    words = shlex.split(match[0].removeprefix("| "), comments=True)
    while words[0].split("/")[-1] not in ("parity", "make"):
        words.pop(0)
    yield from _alternatives([words[0].split("/")[-1], *words[1:]])


def _alternatives(words):
    """`parity fuzz extract|validate` is two commands."""
    for index, word in enumerate(words):
        if _PLACEHOLDERS.match(word):
            return [[*words[:index], one, *words[index + 1 :]] for one in word.split("|")]
    return [words]


def masked(text):
    for pattern, what in VARYING.items():
        text = re.sub(pattern, f"<{what}>", text)
    return text


def is_like(told, printed):
    """Whether a command printed what a document tells."""
    parts = []
    for line in masked(told).splitlines():
        if line.strip() == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(piece) for piece in line.split("…")) + r"[ ]*\n")
    return re.fullmatch("".join(parts), masked(printed)) is not None
