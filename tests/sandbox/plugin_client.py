"""The engine's side of a plugin: one method for each request of the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from google.rpc import status_pb2  # type: ignore[import-untyped]  # it comes without types
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

SIGNATURE = "4dabf18193072939515e22adb298388d"
Properties = dict[str, Any]


class Refused(Exception):
    """What the engine would show as an error; `kept` is the state that it keeps anyway, if any."""

    def __init__(self, text: str, kept: Properties | None) -> None:
        super().__init__(text)
        self.kept = kept


@dataclass(frozen=True)
class Diff:
    """The answer of a plugin to new inputs."""

    changed: list[str] = field(default_factory=list)
    replaces: list[str] = field(default_factory=list)
    delete_first: bool = False


class PluginClient:
    """One provider of a program."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = provider_pb2_grpc.ResourceProviderStub(channel)

    def configure(self, **arguments: str) -> None:
        _asked(self._stub.Configure, provider_pb2.ConfigureRequest(args=_struct(arguments)))

    def check(
        self, resource_type: str, inputs: Properties, olds: Properties | None = None
    ) -> tuple[Properties, list[str]]:
        checked, problems = self._checked(resource_type, inputs, olds or {})
        return _dict(checked), problems

    def create(self, resource_type: str, inputs: Properties, *, preview: bool = False) -> tuple[str, Properties]:
        """Check and create, as the engine does; returns id and state."""
        checked, problems = self._checked(resource_type, inputs, {})
        assert problems == []
        request = provider_pb2.CreateRequest(urn=_urn(resource_type), properties=checked, preview=preview)
        answer = _asked(self._stub.Create, request)
        return answer.id, _dict(answer.properties)

    def read(
        self, resource_type: str, resource_id: str, state: Properties | None = None
    ) -> tuple[str, Properties, Properties]:
        """Refresh, or import if no state is given; returns id, state and inputs, all empty if it no longer exists."""
        inputs = {name: value for name, value in (state or {}).items() if name not in ("id", "arn", "uniqueId")}
        request = provider_pb2.ReadRequest(
            id=resource_id, urn=_urn(resource_type), properties=_struct(state or {}), inputs=_struct(inputs)
        )
        answer = _asked(self._stub.Read, request)
        return answer.id, _dict(answer.properties), _dict(answer.inputs)

    def diff(self, resource_type: str, state: Properties, inputs: Properties, *ignored: str) -> Diff:
        checked, _ = self._checked(resource_type, inputs, state)
        request = provider_pb2.DiffRequest(
            urn=_urn(resource_type), olds=_struct(state), news=checked, ignoreChanges=ignored
        )
        answer = _asked(self._stub.Diff, request)
        return Diff(list(answer.diffs), list(answer.replaces), answer.deleteBeforeReplace)

    def update(self, resource_type: str, resource_id: str, state: Properties, inputs: Properties) -> Properties:
        checked, problems = self._checked(resource_type, inputs, state)
        assert problems == []
        request = provider_pb2.UpdateRequest(id=resource_id, urn=_urn(resource_type), olds=_struct(state), news=checked)
        return _dict(_asked(self._stub.Update, request).properties)

    def delete(self, resource_type: str, resource_id: str, state: Properties) -> None:
        _asked(
            self._stub.Delete,
            provider_pb2.DeleteRequest(id=resource_id, urn=_urn(resource_type), properties=_struct(state)),
        )

    def invoke(self, function: str, **arguments: object) -> Properties:
        answer = _asked(self._stub.Invoke, provider_pb2.InvokeRequest(tok=function, args=_struct(arguments)))
        return _dict(getattr(answer, "return"))

    def _checked(self, resource_type: str, inputs: Properties, olds: Properties) -> tuple[struct_pb2.Struct, list[str]]:
        request = provider_pb2.CheckRequest(urn=_urn(resource_type), news=_struct(inputs), olds=_struct(olds))
        answer = _asked(self._stub.Check, request)
        return answer.inputs, [failure.reason for failure in answer.failures]


def _asked(method: Any, request: Any) -> Any:  # noqa: ANN401 - generated code
    try:
        return method(request, timeout=20)
    except grpc.RpcError as error:
        raise Refused(error.details() or "", _kept(error)) from error


def _kept(error: Any) -> Properties | None:  # noqa: ANN401 - generated code
    for name, value in error.trailing_metadata() or ():
        if name == "grpc-status-details-bin":
            failed = provider_pb2.ErrorResourceInitFailed()
            status_pb2.Status.FromString(value).details[0].Unpack(failed)
            return _dict(failed.properties)
    return None


def _urn(resource_type: str) -> str:
    return f"urn:pulumi:dev::project::{resource_type}::resource"


def _struct(properties: Properties) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(properties)
    return struct


def _dict(struct: struct_pb2.Struct) -> Properties:
    """Properties without Pulumi's metadata; a secret is {"secret": VALUE}."""
    return {
        name: {"secret": value["value"]} if isinstance(value, dict) and SIGNATURE in value else value
        for name, value in json_format.MessageToDict(struct).items()
        if name != "__defaults"
    }
