"""The `random` plugin."""

from __future__ import annotations

import base64
import secrets
import string
from typing import TYPE_CHECKING

from sandbox.provider._resource_type import Made, Property, ResourceType

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties


class _Kept(ResourceType):
    """A random value lives in the state alone."""

    autonamed = False

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        return state

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        pass

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        pass


class RandomString(_Kept):
    token = "random:index/randomString:RandomString"
    properties = {
        "length": Property(int, required=True, replaces=True),
        "keepers": Property(dict, replaces=True),
        "special": Property(bool, replaces=True, default=True),
        "upper": Property(bool, replaces=True, default=True),
        "lower": Property(bool, replaces=True, default=True),
        "numeric": Property(bool, replaces=True, default=True),
        "number": Property(bool, replaces=True, default=True),
        "minLower": Property(int, replaces=True, default=0),
        "minUpper": Property(int, replaces=True, default=0),
        "minNumeric": Property(int, replaces=True, default=0),
        "minSpecial": Property(int, replaces=True, default=0),
        "overrideSpecial": Property(replaces=True),
        "result": Property(output=True),
    }

    def create(self, aws: Aws, new: Properties) -> Made:
        chars = (
            string.ascii_lowercase * bool(new["lower"])
            + string.ascii_uppercase * bool(new["upper"])
            + string.digits * bool(new["numeric"])
            + str(new.get("overrideSpecial", "!@#$%&*()-_=+[]{}<>:?")) * bool(new["special"])
        )
        result = "".join(secrets.choice(chars) for _ in range(int(str(new["length"]))))
        return Made(result, {"result": result})


class RandomId(_Kept):
    token = "random:index/randomId:RandomId"
    properties = {
        "byteLength": Property(int, required=True, replaces=True),
        "keepers": Property(dict, replaces=True),
        "prefix": Property(replaces=True),
        "hex": Property(output=True),
        "dec": Property(output=True),
        "b64Std": Property(output=True),
        "b64Url": Property(output=True),
    }

    def create(self, aws: Aws, new: Properties) -> Made:
        raw, prefix = secrets.token_bytes(int(str(new["byteLength"]))), str(new.get("prefix", ""))
        url = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        return Made(
            url,
            {
                "hex": prefix + raw.hex(),
                "dec": prefix + str(int.from_bytes(raw, "big")),
                "b64Std": prefix + base64.b64encode(raw).decode(),
                "b64Url": prefix + url,
            },
        )


RESOURCE_TYPES: tuple[ResourceType, ...] = (RandomString(), RandomId())
