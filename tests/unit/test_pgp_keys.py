"""A key that cannot be used is refused with its own reason, before anything is created."""

from __future__ import annotations

import base64
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pysequoia
import pytest

from components.pgp_keys import HOW_TO_EXPORT, provider_form, why_unusable

if TYPE_CHECKING:
    from tests.unit.conftest import Keys

KEYS = Path(__file__).parent / "keys"


def test_base64_and_armor_are_taken_and_become_the_providers_form(keys: Keys) -> None:
    folded = "\n".join(textwrap.wrap(keys.public, 64))
    for given in (keys.public, f"  {folded}\n", keys.armored, f"\n{keys.armored}"):
        assert why_unusable(given) is None
        packets = base64.b64decode(provider_form(given), validate=True)
        assert pysequoia.Cert.from_bytes(packets).fingerprint == keys.certificate.fingerprint


def test_what_is_encrypted_for_the_providers_form_can_be_decrypted(keys: Keys) -> None:
    recipient = pysequoia.Cert.from_bytes(base64.b64decode(provider_form(keys.armored)))
    message = pysequoia.encrypt(b"a password", recipients=[recipient])
    assert pysequoia.decrypt(message, keys.private.decryptor()).bytes == b"a password"


@pytest.mark.parametrize(
    "garbage",
    [
        "hello",
        "aGVsbG8=",
        "é",
        "\ud800",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxxxx\n-----END PGP PUBLIC KEY BLOCK-----",
    ],
)
def test_garbage_is_no_key(garbage: str) -> None:
    assert why_unusable(garbage) == f"is not a PGP key in base64 or ASCII armor. {HOW_TO_EXPORT}"


@pytest.mark.parametrize("nothing", ["", " ", "\n"])
def test_an_empty_key_is_said_to_be_empty(nothing: str) -> None:
    assert why_unusable(nothing) == f"is empty. {HOW_TO_EXPORT}"


def test_a_truncated_key_is_no_key(keys: Keys) -> None:
    assert why_unusable(keys.public[: len(keys.public) // 2 // 4 * 4]) is not None


def test_a_private_key_is_refused_in_both_forms(keys: Keys) -> None:
    binary = base64.b64encode(bytes(keys.private)).decode()
    for given in (binary, str(keys.private)):
        assert str(why_unusable(given)).startswith("is a private key, which must never leave its owner")


def test_a_revoked_key_is_refused(keys: Keys) -> None:
    assert why_unusable(keys.revoked) == "is revoked. Ask its owner for the new key."


def test_an_expired_key_is_refused_with_its_date() -> None:
    expired = (KEYS / "expired.asc").read_text()
    assert why_unusable(expired) == "expired on 2020-01-02. Ask its owner to extend it, or for a new key."


def test_a_key_that_can_only_sign_is_refused() -> None:
    assert str(why_unusable((KEYS / "sign-only.asc").read_text())).startswith("can sign but not encrypt.")


def test_two_keys_are_not_one(keys: Keys) -> None:
    other = pysequoia.Tsk.generate("mina <mina@example.com>").extract_certificate()
    both = base64.b64encode(bytes(keys.certificate) + bytes(other)).decode()
    assert why_unusable(both) == f"holds 2 keys, not one. {HOW_TO_EXPORT}"
