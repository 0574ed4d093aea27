"""The `random` plugin: values that exist only in the state."""

from __future__ import annotations

import secrets
import string
from typing import TYPE_CHECKING

from sandbox.provider._errors import RequestFailed
from sandbox.provider._resource_type import Made, ResourceType
from sandbox.provider._schema import Property, properties

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties

_FLAG = Property(bool, replaces=True, default=True)
_AT_LEAST = Property(int, replaces=True, default=0)


class RandomString(ResourceType):
    """A random string, which is also the id."""

    resource_type = "random:index/randomString:RandomString"
    autonamed = False
    importable = False
    properties = properties(
        length=Property(int, required=True, replaces=True),
        keepers=Property(dict, replaces=True),
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
        result=Property(output=True),
    )

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
            raise RequestFailed("the character set specified is empty")
        sure = [secrets.choice(characters) for characters, _, least in classes for _ in range(least)]
        result = sure + [secrets.choice(every) for _ in range(new["length"] - len(sure))]
        secrets.SystemRandom().shuffle(result)
        text = "".join(result)
        return Made(text, {"result": text, "numeric": numeric, "number": numeric})

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        return state

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        return resource_id

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        pass


RESOURCE_TYPES: tuple[ResourceType, ...] = (RandomString(),)
