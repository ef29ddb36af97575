"""What tests of several folders share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings
from tests.spec.conformance import BUILDS, build_adapters, missing_tools

if TYPE_CHECKING:
    from pathlib import Path

    from lakehouse_spec.dialects import Dialect

settings.register_profile(
    "mutants",
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)
"""For `make mutants`, where each test is run a thousand times: whether it fails, and not how shortly."""


@pytest.fixture(scope="session")
def adapters() -> dict[Dialect, Path]:
    """Both extraction adapters, brought up to date: the program by the dialect that it answers in."""
    if missing := missing_tools():
        pytest.skip(
            f"the extraction adapters cannot be built: there is no {' and no '.join(missing)} on PATH"
        )
    build_adapters()
    return {build.dialect: build.program for build in BUILDS}
