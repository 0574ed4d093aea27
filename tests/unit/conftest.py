"""PGP keys, made anew by pysequoia itself; `keys/` has what only gpg makes."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pysequoia
import pytest


def in_base64(packets: bytes) -> str:
    return base64.b64encode(packets).decode()


@dataclass(frozen=True)
class Keys:
    """One key pair in the forms that people give: base64 of binary, and armored."""

    private: pysequoia.Tsk

    @property
    def certificate(self) -> pysequoia.Cert:
        return self.private.extract_certificate()

    @property
    def public(self) -> str:
        return in_base64(bytes(self.certificate))

    @property
    def armored(self) -> str:
        return str(self.certificate)

    @property
    def revoked(self) -> str:
        return in_base64(bytes(self.certificate) + bytes(self.certificate.revoke(self.private.certifier())))


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys(pysequoia.Tsk.generate("jin <jin@example.com>"))
