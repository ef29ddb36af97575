"""The pytest plugin's door: `pytest --parity-config parity.yaml probes/` collects probes as tests.

Without that option nothing is collected and nothing else is loaded: pytest reads this file in every project
of the environment.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("parity", "lakehouse-parity: probes as tests")
    group.addoption("--parity-config", type=Path, metavar="F", help="ask the runtimes of this parity.yaml")
    group.addoption(
        "--parity-bundled", action="store_true", help="build, start and ask the bundled daemons instead"
    )
    group.addoption(
        "--parity-probes", type=Path, default=Path("probes"), metavar="DIR", help="default: probes"
    )
    group.addoption(
        "--parity-out",
        type=Path,
        default=Path("reports/latest"),
        metavar="DIR",
        help="where the recording goes; default: reports/latest",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect probes, if this run is for them."""
    if config.option.parity_config is not None or config.option.parity_bundled:
        module = importlib.import_module("lakehouse_parity.probes_as_tests")
        config.pluginmanager.register(module.Gate(config), "parity-gate")
