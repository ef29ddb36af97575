"""`parity evidence verify|sign`: whether the folder that a run left still backs its claim."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from lakehouse_parity.claims import bundle
from lakehouse_parity.claims.verify import verify
from lakehouse_parity.errors import Mistake
from lakehouse_parity.reports import terminal

if TYPE_CHECKING:
    import argparse
    from pathlib import Path
    from types import ModuleType


def run(options: argparse.Namespace) -> int:
    """0 where the claim stands, 1 where it does not. Raises Mistake for what is no evidence."""
    if options.action == "sign":
        return _sign(options)
    return _verify(options.folder, options.public_key)


def _sign(options: argparse.Namespace) -> int:
    if options.key is None:
        raise Mistake("sign needs --key FILE: `openssl genpkey -algorithm ed25519 -out FILE` makes one")
    _signing().sign(options.folder, options.key)
    terminal.screen().print(f"signed: {options.folder / bundle.SIGNATURE}", soft_wrap=True)
    return 0


def _verify(folder: Path, public_key: Path | None) -> int:
    screen = terminal.screen()
    checked = verify(folder)
    checked.complaints += _signature(folder, public_key)
    screen.print(f"claim: {checked.claim.get('sentence')}", soft_wrap=True, markup=False)
    for complaint in checked.complaints:
        screen.print(f"  against it: {complaint}", soft_wrap=True, markup=False)
    if not checked.stands:
        screen.print("THE CLAIM DOES NOT STAND")
        return 1
    screen.print(
        f"{checked.files} files have the digests of the manifest, {checked.probes} probes judged again"
    )
    if public_key is None and (folder / bundle.SIGNATURE).exists():
        screen.print("there is a signature, which was not checked: --public-key FILE does")
    screen.print("THE CLAIM STANDS")
    return 0


def _signature(folder: Path, public_key: Path | None) -> list[str]:
    if public_key is None or _signing().is_signed_by(folder, public_key):
        return []
    return [f"the manifest is not signed by the key of {public_key}"]


def _signing() -> ModuleType:
    """Loaded only where a key is at hand: its library is an extra."""
    return importlib.import_module("lakehouse_parity.claims.signing")
