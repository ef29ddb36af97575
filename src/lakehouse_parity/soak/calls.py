"""The calls: contents that are a function of the seed and the number, and are nobody else's.

Every text that a call sends or is answered with is filled with its *mark* and a hash of it, so that a piece
of it is known wherever it turns up: in another call's answer, or in the middle of another call's row.
"""

from __future__ import annotations

import hashlib
import math
import re
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from msgspec import Struct

from lakehouse_parity import lossless
from lakehouse_parity.asking import RUN_PREFIX, TRACE_HEADER
from lakehouse_parity.errors import Place
from lakehouse_parity.model import Fault, Probe, Request, Step

if TYPE_CHECKING:
    from lakehouse_parity.config import Config
    from lakehouse_parity.model import Tree
    from lakehouse_parity.soak.load import Load
    from lakehouse_spec.roster import Roster

MODELS = ("soak-0", "soak-1", "soak-2")
"""Few names for many calls: they share their counters of usage (US-4)."""
LEFT = "soak-left"
"""The model of calls whose caller goes away: how such a call ends is open, and so is what it counts for."""
_LEAVES = 25
"""Of so many calls one is left by its caller."""

CLAUSES = ("IT-28", "SE-1", "SE-4")
"""What the calls are for; most places in what they give have a clause of their own."""

_KINDS = ("fill", "email", "playbook")
_ENDINGS = {
    ("good",): 40,
    ("bad", "good"): 20,
    ("bad", "bad", "good"): 10,
    ("bad",): 6,
    ("bad", "bad"): 6,
    ("bad", "bad", "bad"): 6,
    ("error",): 7,
    ("bad", "error"): 5,
}
"""What the model's answers are, attempt by attempt, and how often so among a hundred."""

_TINY, _LARGE = 0.15, 0.05
_LARGE_SIZES = (66_000, 100_000)
_MIDDLE_SIZES = (20, 40_000)
_PROMPT_SIZES = (0, 0, 60, 600, 6000)
_BLOCK = 48
_BETWEEN = (" ", "\n", '"', "\\", "é", "漢", "🦀", "</b>&", "\t", "'")
"""What has to be escaped in JSON, or takes more than a byte, or once had to be taken care of."""

_KEPT = 512
"""Both runtimes are asked the same call at about the same time."""
_JSON = (b"Content-Type", b"application/json")


class Call(Struct, frozen=True):
    """One call, the same for both daemons."""

    number: int
    mark: str
    probe: Probe
    minted: bool


class Calls:
    """All calls of one soak, each made when it is asked for. Not kept: contents take more than a seed."""

    def __init__(self, load: Load, config: Config, roster: Roster) -> None:
        self._load = load
        self._provider = config.provider
        self._workers = [worker.worker_id for worker in roster.workers if worker.status == "active"]
        self._minted = [False] * load.calls + [True] * load.minted
        Random(load.seed).shuffle(self._minted)  # noqa: S311  a sequence, no secret
        self._made = lru_cache(_KEPT)(self._make)
        self.pattern = re.compile(rf"{load.run}-([0-9]{{6}})".encode())
        """Finds marks."""

    def __len__(self) -> int:
        return len(self._minted)

    def is_minted(self, number: int) -> bool:
        """Tell whether the call brings no trace id."""
        return self._minted[number]

    def leaves(self, number: int) -> bool:
        """Tell whether the caller goes away while the model is thinking: the row is due (SE-1)."""
        return number % _LEAVES == _LEAVES // 2 and not self._minted[number]

    def mark(self, number: int) -> str:
        """Give what stands in everything that the call sends."""
        return f"{self._load.run}-{number:06}"

    def trace(self, number: int) -> str:
        """Give the trace id of a call that brings one."""
        return f"{RUN_PREFIX}{self.mark(number)}"

    def marks(self, data: bytes) -> set[int]:
        """Tell of which calls something stands here."""
        return {number for number in map(int, self.pattern.findall(data)) if number < len(self)}

    def others(self, number: int, *texts: bytes) -> list[int]:
        """Tell of which calls but this something stands there."""
        return sorted(set().union(*map(self.marks, texts)) - {number})

    def __getitem__(self, number: int) -> Call:
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._made(number)

    def _make(self, number: int) -> Call:
        mark = self.mark(number)
        if self._minted[number]:
            return Call(number, mark, self._short(mark, MODELS[0]), minted=True)
        if self.leaves(number):
            return Call(number, mark, self._short(mark, LEFT, self.trace(number)), minted=False)
        random = Random(f"{self._load.seed}/{number}")  # noqa: S311  a sequence, no secret
        return Call(number, mark, _Making(mark, random, self._provider, self._workers).probe(), minted=False)

    def _short(self, mark: str, model: str, trace: str | None = None) -> Probe:
        members = {"kind": "fill", "prompt": mark, "max_iterations": b"1"}
        script = (_says(f"no {mark}", 2, 1),)
        return _probe(mark, members, (self._provider, model), script, trace)


class _Making:
    """One call in the making."""

    def __init__(self, mark: str, random: Random, provider: str, workers: list[str]) -> None:
        self._mark = mark
        self._random = random
        self._provider = provider
        self._workers = workers
        self._kind = random.choice(_KINDS)
        self._tiny = random.random() < _TINY
        self._texts = 0

    def probe(self) -> Probe:
        ending = self._random.choices([*_ENDINGS], [*_ENDINGS.values()])[0]
        script = tuple(self._step(each) for each in ending)
        members: dict[str, Tree] = {"kind": self._kind, "prompt": self._prompt()}
        if len(ending) != 3 or ending[-1] != "bad" or self._random.random() < 0.5:  # noqa: PLR2004  IT-4
            members["max_iterations"] = str(max(len(ending), 1 if ending[-1] == "bad" else 3)).encode()
        if not self._tiny and self._random.random() < 0.3:  # noqa: PLR2004  a share
            members |= {"system": self._text(60), "context": {"note": self._text(200)}}
        names = (self._provider, self._random.choice(MODELS))
        return _probe(self._mark, members, names, script, f"{RUN_PREFIX}{self._mark}")

    def _prompt(self) -> str:
        """Begin with the mark, by which the model knows the call whatever else a daemon does."""
        size = 0 if self._tiny else self._random.choice(_PROMPT_SIZES)
        return f"{self._mark} {self._text(size)}" if size else self._mark

    def _step(self, kind: str) -> Step:
        tokens = (self._random.randrange(1, 2000), self._random.randrange(1, 2000))
        if kind == "error":
            return self._error()
        if kind == "bad" and self._random.random() < 0.4:  # noqa: PLR2004  a share
            return _says(f"no object {self._text(self._size() // 4)}", *tokens)
        artifact = self._good() if kind == "good" else self._bad()
        return _says(f"Here: {lossless.write(artifact)}", *tokens)

    def _error(self) -> Step:
        if self._random.random() < 0.2:  # noqa: PLR2004  a share
            return Step(fault=Fault.HANG_UP)
        return Step(status=500, body=self._text(400).encode(), content_type="text/plain")

    def _good(self) -> Tree:
        text = self._text(self._size())
        if self._kind == "fill":
            worker = [{"candidate_id": self._random.choice(self._workers)}] if self._workers else []
            return {"fills": [] if self._tiny else worker, **({"note": text} if text else {})}
        if self._kind == "email":
            return {"to": self._mark, "subject": self._mark, "body": text or self._mark}
        operation = "fill: Welder x2 in Toledo, OH"
        return {"operation": operation, "endorsed_names": [self._mark], "fingerprint": text or self._mark}

    def _bad(self) -> Tree:
        text = self._text(self._size() // 4) or self._mark
        if self._kind == "fill":
            return {"fills": [{"candidate_id": text}]}
        if self._kind == "email":
            return {"to": text}
        return {"operation": text, "endorsed_names": [self._mark], "fingerprint": text}

    def _size(self) -> int:
        if self._tiny:
            return 0
        if self._random.random() < _LARGE:
            return self._random.randint(*_LARGE_SIZES)
        return int(math.exp(self._random.uniform(*map(math.log, _MIDDLE_SIZES))))

    def _text(self, size: int) -> str:
        """So many characters of the mark, a hash of it, and what stands between."""
        self._texts += 1
        hashed = hashlib.shake_128(f"{self._mark}/{self._texts}".encode()).hexdigest(size // 2 + _BLOCK)
        blocks = range(0, size, _BLOCK + len(self._mark) + 2)
        chosen = self._random.choices(_BETWEEN, k=len(blocks))
        pieces = (
            f"{self._mark}.{hashed[place : place + _BLOCK]}{between}"
            for place, between in zip(blocks, chosen, strict=True)
        )
        return "".join(pieces)[:size]


def _says(text: str, prompt: int, completion: int) -> Step:
    return Step(content=text, tokens=(prompt, completion))


def _probe(
    mark: str, members: dict[str, Tree], names: tuple[str, str], script: tuple[Step, ...], trace: str | None
) -> Probe:
    provider, model = names
    body = lossless.write({**members, "provider": provider, "model": model}).encode()
    headers = (_JSON, *(((TRACE_HEADER, trace.encode()),) if trace else ()))
    return Probe(
        id=f"soak/{mark}",
        suite="soak",
        clauses=CLAUSES,
        request=Request("POST", "/v1/iterate", headers, body),
        place=Place("soak"),
        script=script,
        provider=provider,
        model=model,
        trace=trace,
    )
