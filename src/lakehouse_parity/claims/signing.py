"""Signing a manifest with an Ed25519 key, and checking the signature."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from lakehouse_parity.claims.bundle import MANIFEST, SIGNATURE
from lakehouse_parity.errors import Mistake, Place
from lakehouse_parity.reports import files

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
except ImportError:
    raise Mistake("signing needs the extra [sign]: pip install 'lakehouse-parity[sign]'") from None

if TYPE_CHECKING:
    from pathlib import Path


def sign(folder: Path, key: Path) -> None:
    """Write the signature of the manifest beside it; `key` is in PEM, without a password. Raises Mistake."""
    data = _read(key)
    try:
        private = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise Mistake(f"is no private key in PEM without a password: {error}", Place(str(key))) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise Mistake("is not an Ed25519 key: `openssl genpkey -algorithm ed25519`", Place(str(key)))
    signature = base64.b64encode(private.sign(_read(folder / MANIFEST))).decode()
    files.write(folder / SIGNATURE, signature + "\n")


def is_signed_by(folder: Path, key: Path) -> bool:
    """Whether the manifest's signature was made with the key to this public key (PEM). Raises Mistake."""
    try:
        public = serialization.load_pem_public_key(_read(key))
    except ValueError as error:
        raise Mistake(f"is no public key in PEM: {error}", Place(str(key))) from None
    if not isinstance(public, Ed25519PublicKey):
        raise Mistake("is not an Ed25519 key", Place(str(key)))
    try:
        signature = base64.b64decode(_read(folder / SIGNATURE), validate=False)
        public.verify(signature, _read(folder / MANIFEST))
    except (InvalidSignature, binascii.Error):
        return False
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Mistake(f"cannot be read: {error.strerror}", Place(str(path))) from None
