"""Whether a PGP key can encrypt a password, checked before anything is created.

The AWS provider finds out only after it has made the login profile, which leaves a password that nobody knows.
"""

from __future__ import annotations

import base64
import warnings
from datetime import datetime, timezone

import pysequoia

ARMOR = "-----BEGIN PGP"
HOW_TO_EXPORT = "Give the public key: gpg --export KEY | base64 -w0, or the armored text of gpg --export --armor KEY."


def why_unusable(key: str) -> str | None:  # noqa: PLR0911 - one return for each reason
    """Why no password can be encrypted with `key`, or None if one can.

    Args:
        key: base64 of the binary public key, or ASCII-armored.
    """
    if not key.strip():
        return f"is empty. {HOW_TO_EXPORT}"
    try:
        certificates = _certificates(key)
    except Exception:  # noqa: BLE001 - the library's parser, on foreign bytes
        return f"is not a PGP key in base64 or ASCII armor. {HOW_TO_EXPORT}"
    if len(certificates) != 1:
        return f"holds {len(certificates)} keys, not one. {HOW_TO_EXPORT}"
    certificate = certificates[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the only way to ask before the key is used
        private = certificate.has_secret_keys
    if private:
        return f"is a private key, which must never leave its owner (make a new key pair). {HOW_TO_EXPORT}"
    if certificate.is_revoked:
        return "is revoked. Ask its owner for the new key."
    if certificate.expiration is not None and certificate.expiration <= datetime.now(timezone.utc):
        return f"expired on {certificate.expiration:%Y-%m-%d}. Ask its owner to extend it, or for a new key."
    try:
        pysequoia.encrypt(b"", recipients=[certificate])
    except Exception:  # noqa: BLE001 - whatever the library cannot encrypt with, the provider could not either
        return "can sign but not encrypt. Its owner adds a subkey: gpg --quick-add-key FINGERPRINT cv25519 encr."
    return None


def fingerprint(key: str) -> str:
    """The fingerprint of a usable `key`: 40 or 64 hexadecimal digits, in capitals as gpg prints them."""
    return str(_certificates(key)[0].fingerprint).upper()


def provider_form(key: str) -> str:
    """A usable `key` in the only form that the AWS provider accepts: base64 of the binary key."""
    return base64.b64encode(bytes(_certificates(key)[0])).decode()


def pgp_fingerprint(key: str) -> str | None:
    """The fingerprint of a public key in 40 hexadecimal digits (64 for version 6); None if it cannot be read."""
    try:
        return fingerprint(key)
    except Exception:  # noqa: BLE001 - the library's parser, on foreign bytes
        return None


def _certificates(key: str) -> list[pysequoia.Cert]:
    text = key.strip()
    # Line breaks matter in armor; base64 is often folded, and means the same without them.
    packets = text.encode() if text.startswith(ARMOR) else base64.b64decode("".join(text.split()), validate=True)
    return pysequoia.Cert.split_bytes(packets)
