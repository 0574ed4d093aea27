"""Property values on the wire: plain Python on this side, Pulumi's protobuf structs on the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.protobuf import json_format, struct_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # a value that a preview cannot know
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - marks a secret, is none

Properties = dict[str, Any]


@dataclass(frozen=True)
class Secret:
    """An output that Pulumi must encrypt in the state and hide in what it prints."""

    value: str


def decode(struct: struct_pb2.Struct) -> Properties:
    """Properties without nulls; whole numbers are ints, unknown values stay `UNKNOWN`."""
    return {name: _plain(value) for name, value in json_format.MessageToDict(struct).items() if value is not None}


def encode(properties: Mapping[str, object]) -> struct_pb2.Struct:
    """The inverse of `decode`; `Secret` values get Pulumi's marker."""
    struct = struct_pb2.Struct()
    struct.update({name: _marked(value) for name, value in properties.items() if value is not None})
    return struct


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET:
            return _plain(value["value"])
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _marked(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Secret):
        return {_SIGNATURE: _SECRET, "value": value.value}
    if isinstance(value, dict):
        return {name: _marked(item) for name, item in value.items() if item is not None}
    return [_marked(item) for item in value] if isinstance(value, (list, tuple)) else value
