"""The gRPC side that both plugins share: what the engine asks, answered from the tables of resource types."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.provider._aws import Aws, configured
from sandbox.provider._resource_type import HalfMadeError, PluginError, Properties, ResourceType
from sandbox.provider._wire import Secret, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.account import Account

Function = "Callable[[Aws, Properties], Properties]"


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One plugin."""

    def __init__(self, account: Account, types: Mapping[str, ResourceType], functions: Mapping[str, Function]) -> None:
        self._account = account
        self._types = types
        self._functions = functions
        self._configured: dict[str, Aws] = {}  # by connection: each provider of a program has its own

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version="7.51.1")

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        same = decode(request.olds) == decode(request.news)
        return provider_pb2.DiffResponse(changes=_NONE if same else _SOME)

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        with _told(context):
            self._configured[context.peer()] = configured(self._account, decode(request.args))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        with _told(context):
            kind = self._type(request.urn)
            inputs, problems = kind.checked(decode(request.news), decode(request.olds), _name(request.urn))
            if "tagsAll" in kind.properties:
                inputs["tagsAll"] = self._aws(context).all_tags(inputs.get("tags"))
        failures = [provider_pb2.CheckFailure(property=name, reason=why) for name, why in problems.items()]
        return provider_pb2.CheckResponse(inputs=encode(inputs), failures=failures)

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        with _told(context):
            kind = self._type(request.urn)
            old, new = decode(request.olds), decode(request.news)
            changed = [name for name in kind.changed(old, new) if name not in request.ignoreChanges]
        replaces = [name for name in changed if kind.properties[name].replaces]
        detailed = {
            name: provider_pb2.PropertyDiff(
                kind=provider_pb2.PropertyDiff.UPDATE_REPLACE if name in replaces else provider_pb2.PropertyDiff.UPDATE
            )
            for name in changed
        }
        return provider_pb2.DiffResponse(
            changes=_SOME if changed else _NONE,
            replaces=replaces,
            diffs=changed,
            deleteBeforeReplace=bool(replaces) and kind.deleted_before_replaced(old, new),
            detailedDiff=detailed,
            hasDetailedDiff=True,
        )

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        with _told(context):
            kind, new = self._type(request.urn), decode(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=encode(kind.planned(new, {})))
            aws = self._aws(context)
            try:
                made = kind.create(aws, new)
            except HalfMadeError as error:
                state = {**kind.inputs(new), **error.made.outputs}
                _half_made(context, error, error.made.id, _state(kind, state), encode(kind.inputs(new)))
            state = {**kind.inputs(new), **made.outputs}
            found = kind.read(aws, made.id, state)
            return provider_pb2.CreateResponse(id=made.id, properties=_state(kind, {**state, **(found or {})}))

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        with _told(context):
            kind, state, old_inputs = self._type(request.urn), decode(request.properties), decode(request.inputs)
            refresh = bool(state)
            state = state or kind.imported(request.id)
            found = kind.read(self._aws(context), request.id, state)
            if found is None:
                return provider_pb2.ReadResponse()
            state = {**state, **found}
            inputs = (
                {name: value for name, value in kind.inputs(state).items() if name in old_inputs}
                if refresh
                else kind.inputs_of_import(state)
            )
            return provider_pb2.ReadResponse(id=request.id, properties=_state(kind, state), inputs=encode(inputs))

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        with _told(context):
            kind, old, new = self._type(request.urn), decode(request.olds), decode(request.news)
            if request.preview:
                return provider_pb2.UpdateResponse(properties=encode(kind.planned(new, old)))
            aws = self._aws(context)
            kind.update(aws, request.id, old, new)
            state = {**old, **kind.inputs(new)}
            found = kind.read(aws, request.id, state)
            return provider_pb2.UpdateResponse(properties=_state(kind, {**state, **(found or {})}))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        with _told(context):
            self._type(request.urn).delete(self._aws(context), request.id, decode(request.properties))
        return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        with _told(context):
            function = self._functions.get(request.tok)
            if function is None:
                raise PluginError(f"The sandbox has no function {request.tok}. It knows {', '.join(self._functions)}.")
            return provider_pb2.InvokeResponse(**{"return": encode(function(self._aws(context), decode(request.args)))})

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _aws(self, context: grpc.ServicerContext) -> Aws:
        return self._configured.get(context.peer()) or Aws(self._account, self._account.region)

    def _type(self, urn: str) -> ResourceType:
        token = urn.split("::")[2].split("$")[-1]
        if token not in self._types:
            known = "\n".join(f"  {known}" for known in sorted(self._types))
            raise PluginError(f"The sandbox has no resource type {token}. It knows these:\n{known}")
        return self._types[token]


_SOME, _NONE = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE


@contextmanager
def served(servicer: Servicer) -> Iterator[int]:
    """Serve a plugin on a free port until the context ends; gives the port."""
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    with ThreadPoolExecutor(max_workers=32) as pool:
        server = grpc.server(pool, options=unlimited)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)  # type: ignore[no-untyped-call]
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(grace=None).wait()


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _state(kind: ResourceType, properties: Properties) -> object:
    """Outputs on the wire, secret where the table says so."""
    secret = {name for name, prop in kind.properties.items() if prop.secret}
    return encode({n: Secret(v) if n in secret and isinstance(v, str) else v for n, v in properties.items()})


@contextmanager
def _told(context: grpc.ServicerContext) -> Iterator[None]:
    """Answer a `PluginError` as the engine shows it to people: its text, no traceback."""
    try:
        yield
    except PluginError as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _half_made(context, error, id, properties, inputs) -> None:
    detail = any_pb2.Any()
    detail.Pack(provider_pb2.ErrorResourceInitFailed(id=id, properties=properties, inputs=inputs, reasons=[str(error)]))
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message="resource init failed", details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, "resource init failed")
