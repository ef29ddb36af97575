"""The records that everything else passes on: probes, observations, differences, outcomes."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from lakehouse_parity.errors import Place  # noqa: TC001  msgspec reads it
from lakehouse_parity.seats import RUNTIMES
from lakehouse_spec.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "RUNTIMES", "Answer", "Difference", "Fault", "Mask", "ModelRequest", "Observation", "Outage", "Outcome",
    "Probe", "Refusal", "Request", "Stability", "Step", "Surface", "Tree", "Verdict",
]  # fmt: skip

Tree = Any
"""Lossless JSON: dict, list, str, bool, None, and numbers as the bytes of their lexeme (`b"1.0"`),
so that no number ever equals a string, a truth value or a differently written number."""


class Surface(Enum):
    """One kind of thing that is observed and compared."""

    STATUS = "status"
    HEADER = "header"
    BODY = "body"
    SESSION_ROW = "session_row"
    MODEL_REQUEST = "model_request"
    SPAN = "span"
    EXTRACTION = "extraction"
    USAGE = "usage"

    __hash__ = object.__hash__  # each stands for itself, and is looked up for every place


class Verdict(Enum):
    """What the comparison of one probe came to."""

    PARITY = "parity"
    RUST_DRIFT = "rust_drift"
    GO_DRIFT = "go_drift"
    BOTH_DRIFT = "both_drift"
    REFERENCE_DRIFT = "reference_drift"
    DIALECT = "dialect"
    SPLIT = "split"
    UNSTABLE = "unstable"
    KNOWN = "known"
    SKIPPED = "skipped"
    BROKEN = "broken"

    __hash__ = object.__hash__  # as above


class Request(Struct, frozen=True):
    """One HTTP request, encoded once: the same bytes go to every runtime."""

    method: str
    path: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


class Fault(Enum):
    """How the scripted model fails when it is not to answer."""

    HANG_UP = "hang_up"
    """Close the connection without a byte of an answer."""
    BREAK_OFF = "break_off"
    """Close it in the middle of the body."""


class Outage(Enum):
    """How Langfuse fails while a probe is asked; no answer may be later or other for it (SP-3)."""

    SLOW = "slow"
    """It takes spans, and says so seconds later."""
    REFUSE = "refuse"
    """It knows nobody by these keys."""
    FAIL = "fail"
    """It answers 500."""
    BREAK_OFF = "break_off"
    """It closes the connection in the middle of its answer."""
    DOWN = "down"
    """Nothing listens at its address."""
    OVER = "over"
    """It works again, after it has failed in every other way: spans come as ever (SP-1)."""


class Step(Struct, frozen=True):
    """What the scripted model does with one call."""

    content: Tree = None
    """The message's content in the provider's own shape; any JSON."""
    tokens: tuple[int, int] | None = None
    """Prompt and completion tokens that it claims, if any."""
    status: int = 200
    body: bytes | None = None
    """The whole answer as it is, in place of a shaped one."""
    content_type: str = "application/json"
    """Empty where none is sent."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers of the answer."""
    fault: Fault | None = None
    delay: float = 0.0
    """Seconds to wait before anything is sent."""
    meets: str = ""
    """The meeting that it waits for before that, with the calls of other probes that name it."""
    chunked: bool = False
    """Whether the body is sent in chunks, and so without its length."""


class Mask(Struct, frozen=True):
    """A place where the value is free within a type; declared, typed and reasoned."""

    surface: Surface
    path: str
    type: str
    reason: str
    place: Place | None = None


class Probe(Struct, frozen=True):
    """One literal case: a request, the model's script, and which clauses it is for."""

    id: str
    suite: str
    clauses: tuple[str, ...]
    request: Request
    place: Place
    why: str = ""
    script: tuple[Step, ...] = ()
    provider: str = ""
    """The provider and the model that the request names, as far as it names them: the script's key."""
    model: str = ""
    raw: str | None = None
    """The text for the extraction adapters, if the probe is for extraction."""
    trace: str | None = None
    """The trace id that must come back, or None where one has to be minted."""
    expect: tuple[tuple[Surface, str, Tree], ...] = ()
    """Values spelled out by hand from the contract: surface, path, value."""
    absent: tuple[tuple[Surface, str], ...] = ()
    """Places that must not be there, spelled out by hand likewise."""
    masks: tuple[Mask, ...] = ()
    exact: bool = False
    """Whether the answer's body is compared byte for byte, where otherwise JSON is compared by value, and
    its content type with its parameters."""
    needs: frozenset[str] = frozenset()
    outage: Outage | None = None
    """How Langfuse fails meanwhile, or that it has; None where it works."""
    alone: bool = False
    """Whether a real model answers, so that there is nothing to compare and the invariants alone judge."""

    @property
    def converses(self) -> bool:
        """Whether a model may be asked; one with a script may have the empty name."""
        return bool(self.model or self.script)

    @property
    def meets(self) -> str:
        """The meeting of its calls with those of other probes; empty where there is none."""
        return next((step.meets for step in self.script if step.meets), "")

    @property
    def langfuse_fails(self) -> bool:
        """Whether Langfuse fails while it is asked, so that its spans are no evidence."""
        return self.outage not in (None, Outage.OVER)


class Answer(Struct, frozen=True):
    """One HTTP answer as it came: header names in lower case, body bytes untouched."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


class ModelRequest(Struct, frozen=True):
    """One call that the scripted model received; times are seconds since the epoch."""

    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received: float = 0.0
    answered: float = 0.0
    alone: bool = False
    """Whether the others that it was to meet had not come when it was answered."""

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


class Observation(Struct, frozen=True):
    """All that one target did with one probe; None where a surface was not looked at."""

    answer: Answer | None = None
    model_requests: tuple[ModelRequest, ...] | None = None
    rows: tuple[bytes, ...] | None = None
    spans: tuple[bytes, ...] | None = None
    traces: tuple[bytes, ...] | None = None
    """The bodies of the traces that Langfuse was told to make; looked at where spans are."""
    in_time: bool | None = None
    """Whether the answer waited for no Langfuse that fails; None where Langfuse works."""
    surely_late: bool = False
    """Whether it waited so long that nothing else explains it."""
    usage: bytes | None = None
    """The counts that the probe's provider and model gained; `null` where there is no entry."""
    extraction: bytes | None = None
    refusal: Refusal | None = None
    """The reference only: this answer is a refusal, of which not everything is fixed (IT-3, HT-7)."""
    failure: str = ""
    """Why this target could not be observed; empty if it could."""


class Difference(Struct, frozen=True):
    """One place where the targets are not all the same; an absent side is missing in `values`."""

    surface: Surface
    path: str
    values: Mapping[str, Tree]
    """Keys: rust, go, reference, and reference_go where the dialects make two of it."""
    verdict: Verdict
    clause: str


class Stability(Struct, frozen=True):
    """What asking the same again showed."""

    asked: int
    """How often in all, the first time included."""
    flip_rate: Mapping[str, float]
    """Runtime -> the share of its answers that were otherwise than its most frequent one."""
    flips: tuple[tuple[str, str, str], ...] = ()
    """Runtime, surface and path of each place where a runtime did not hold to its own answer."""

    def __str__(self) -> str:
        rates = ", ".join(f"{runtime} {rate:g}" for runtime, rate in self.flip_rate.items())
        return f"{self.asked} times in all; flip rate {rates}"


class Outcome(Struct, frozen=True):
    """What one probe came to."""

    probe: Probe
    verdict: Verdict
    reason: str
    differences: tuple[Difference, ...] = ()
    forms: tuple[str, ...] = ()
    """Lower tiers: places where only the writing differs (`1` and `1.0`), reported and not judged."""
    masked: Mapping[str, int] = field(default_factory=dict)
    """How often each mask fired."""
    unwired: frozenset[Surface] = frozenset()
    """Surfaces that nothing was seen of because they are not wired."""
    stability: Stability | None = None
    """What asking again showed, where it was asked again."""
