"""Encryption to a PGP key, with the genuine plugin's demands on the key: base64 of the binary form, able to encrypt."""

from __future__ import annotations

import base64
import binascii


class UnusableKey(Exception):
    """The key cannot be used to encrypt; the message is the genuine plugin's."""


def encrypted(text: str, key: str) -> tuple[str, str]:
    """The key's fingerprint (40 hexadecimal digits) and the base64 of the binary message.

    Raises:
        UnusableKey: the text is not base64, not a key, or the key cannot encrypt.
    """
    import pysequoia  # noqa: PLC0415 - most programs have no PGP keys

    if key.startswith("keybase:"):
        # Unlike AWS's plugin, which asks keybase.io: nothing here leaves this machine.
        raise UnusableKey(f"retrieving Public Key ({key}): the sandbox has no network")
    try:
        raw = base64.b64decode("".join(key.split()), validate=True)
    except binascii.Error as error:
        raise UnusableKey(f"error decoding given PGP key: {error}") from error
    try:
        certificate = pysequoia.Cert.from_bytes(raw)
    except Exception as error:
        raise UnusableKey(f"error parsing given PGP key: {_first_line(error)}") from error
    try:
        message = pysequoia.encrypt(text.encode(), recipients=[certificate], armor=False)
    except Exception as error:
        raise UnusableKey(f"error setting up encryption for PGP message: {_first_line(error)}") from error
    return str(certificate.fingerprint).lower(), base64.b64encode(message).decode()


def _first_line(error: Exception) -> str:
    """Without the stack that pysequoia prints below."""
    return str(error).partition("\n")[0]
