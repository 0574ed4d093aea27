"""The `random` plugin: values that live in the state alone."""

from __future__ import annotations

import base64
import secrets
import string
import uuid
from typing import TYPE_CHECKING

from sandbox.provider._errors import PluginError
from sandbox.provider._resource_type import Made, ResourceType
from sandbox.provider._schema import Property, properties

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties

_KEEPERS = Property(dict, replaces=True)
_FLAG = Property(bool, replaces=True, default=True)
_AT_LEAST = Property(int, replaces=True, default=0)
_RESULT = Property(output=True)
_WORDS = ("amber", "basil", "cedar", "delta", "ember", "fern", "grove", "heron", "iris", "jade", "koala", "lark")


class _Kept(ResourceType):
    autonamed = False
    importable = False

    def read(self, aws: Aws, key: str, state: Properties) -> Properties | None:
        return state

    def update(self, aws: Aws, key: str, old: Properties, new: Properties) -> str:
        return key

    def delete(self, aws: Aws, key: str, state: Properties) -> None:
        pass


class RandomString(_Kept):
    """Characters; with `secret_result`, a password that Pulumi keeps secret."""

    def __init__(self, kind: str, *, secret_result: bool) -> None:
        self.kind = kind
        self.properties = properties(
            length=Property(int, required=True, replaces=True),
            keepers=_KEEPERS,
            lower=_FLAG,
            upper=_FLAG,
            numeric=Property(bool, replaces=True, computed=True),
            number=Property(bool, replaces=True, computed=True),
            special=_FLAG,
            minLower=_AT_LEAST,
            minUpper=_AT_LEAST,
            minNumeric=_AT_LEAST,
            minSpecial=_AT_LEAST,
            overrideSpecial=Property(replaces=True),
            result=Property(output=True, secret=secret_result),
            **({"bcryptHash": Property(output=True, secret=True)} if secret_result else {}),
        )
        self._secret = secret_result

    def create(self, aws: Aws, new: Properties) -> Made:
        numeric = new.get("numeric", new.get("number", True))
        special = new.get("overrideSpecial") or "!@#$%&*()-_=+[]{}<>:?"
        classes = [
            (string.ascii_lowercase, new["lower"], new["minLower"]),
            (string.ascii_uppercase, new["upper"], new["minUpper"]),
            (string.digits, numeric, new["minNumeric"]),
            (special, new["special"], new["minSpecial"]),
        ]
        every = "".join(characters for characters, wanted, _ in classes if wanted)
        if not every:
            raise PluginError("the character set specified is empty")
        sure = [secrets.choice(characters) for characters, _, least in classes for _ in range(least)]
        result = sure + [secrets.choice(every) for _ in range(new["length"] - len(sure))]
        secrets.SystemRandom().shuffle(result)
        text = "".join(result)
        return Made("none" if self._secret else text, {"result": text, "numeric": numeric, "number": numeric})


class RandomId(_Kept):
    """Bytes."""

    kind = "random:index/randomId:RandomId"
    properties = properties(
        byteLength=Property(int, required=True, replaces=True),
        keepers=_KEEPERS,
        prefix=Property(replaces=True),
        hex=_RESULT,
        dec=_RESULT,
        b64Std=_RESULT,
        b64Url=_RESULT,
    )

    def create(self, aws: Aws, new: Properties) -> Made:
        raw, prefix = secrets.token_bytes(new["byteLength"]), new.get("prefix") or ""
        url = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        outputs = {
            "hex": prefix + raw.hex(),
            "dec": prefix + str(int.from_bytes(raw, "big")),
            "b64Std": prefix + base64.b64encode(raw).decode(),
            "b64Url": prefix + url,
        }
        return Made(url, outputs)


class RandomPet(_Kept):
    """Words."""

    kind = "random:index/randomPet:RandomPet"
    properties = properties(
        length=Property(int, replaces=True, default=2),
        keepers=_KEEPERS,
        prefix=Property(replaces=True),
        separator=Property(replaces=True, default="-"),
    )

    def create(self, aws: Aws, new: Properties) -> Made:
        words = [secrets.choice(_WORDS) for _ in range(new["length"])]
        return Made(new["separator"].join([new["prefix"], *words] if new.get("prefix") else words))


class RandomUuid(_Kept):
    """A UUID of version 4."""

    kind = "random:index/randomUuid:RandomUuid"
    properties = properties(keepers=_KEEPERS, result=_RESULT)

    def create(self, aws: Aws, new: Properties) -> Made:
        result = str(uuid.uuid4())
        return Made(result, {"result": result})


RESOURCE_TYPES: tuple[ResourceType, ...] = (
    RandomString("random:index/randomString:RandomString", secret_result=False),
    RandomString("random:index/randomPassword:RandomPassword", secret_result=True),
    RandomId(),
    RandomPet(),
    RandomUuid(),
)
