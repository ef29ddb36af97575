"""What `/v1/chat` was asked, by provider and model (US-1 to US-4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lakehouse_spec.dialects import Json

LARGEST_EXACT = 2**53
"""Up to here every integer is kept exactly by both dialects; a token count beyond it is none."""


class UsageCount(NamedTuple):
    """What one call to a provider adds (US-2, US-3)."""

    provider: str
    """The provider asked."""
    model: str
    """The model requested."""
    failed: bool
    """Whether it was not answered in the class 2xx, or unreadably (CH-7)."""
    prompt_tokens: int = 0
    """What a successful answer says; 0 where it says nothing."""
    completion_tokens: int = 0
    """What a successful answer says; 0 where it says nothing."""


@dataclass(slots=True)
class Totals:
    """The sums of one provider and model; each member's name is the wire's (US-1)."""

    requests: int = 0
    """Calls made to the provider, those of iterate's hops included."""
    failures: int = 0
    """Those of them that failed."""
    prompt_tokens: int = 0
    """The sum over successful answers."""
    completion_tokens: int = 0
    """The sum over successful answers."""


@dataclass(slots=True)
class UsageBook:
    """All sums since the start: the one thing that calls share, kept and guarded by the driver (US-4)."""

    totals: dict[tuple[str, str], Totals] = field(default_factory=dict)
    """The sums by provider and model."""

    def add(self, count: UsageCount) -> None:
        """Count one call."""
        totals = self.totals.setdefault((count.provider, count.model), Totals())
        totals.requests += 1
        totals.failures += count.failed
        totals.prompt_tokens += count.prompt_tokens
        totals.completion_tokens += count.completion_tokens

    def body(self) -> dict[str, Json]:
        """Build the answer of `GET /v1/usage`: one entry per provider and model, in that order (US-1)."""
        return {"usage": [_entry(*key, totals) for key, totals in sorted(self.totals.items(), key=_key)]}


def _key(item: tuple[tuple[str, str], Totals]) -> tuple[str, str]:
    return item[0]


def _entry(provider: str, model: str, totals: Totals) -> Json:
    return {
        "provider": provider,
        "model": model,
        "requests": totals.requests,
        "failures": totals.failures,
        "prompt_tokens": totals.prompt_tokens,
        "completion_tokens": totals.completion_tokens,
    }


def integer(value: Json) -> int | None:
    """Read a number whose value is an integer (`2.0` is 2); None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if abs(value) <= LARGEST_EXACT and value == int(value) else None
