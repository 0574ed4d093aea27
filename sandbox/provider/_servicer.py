"""The gRPC service of both plugins: the engine's requests, answered from the tables of resource types."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2  # type: ignore[import-untyped]  # it comes without types
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.provider._aws import GONE, Aws, CallFailed, configured
from sandbox.provider._errors import RequestFailed
from sandbox.provider._resource_type import HalfMade, ResourceType
from sandbox.provider._wire import Properties, Secret, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from google.protobuf import struct_pb2

    from sandbox.account import Account

_SOME, _NONE = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
_THREADS = 32  # the engine's default is four steps a core at a time


@dataclass(frozen=True)
class Plugin:
    """A plugin's name, version, resource types and functions."""

    name: str
    version: str
    types: Mapping[str, ResourceType]
    functions: Mapping[str, Callable[[Aws, Properties], Properties]]


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One plugin, serving any number of providers; each connection has its own configuration."""

    def __init__(self, plugin: Plugin, account: Account) -> None:
        self._plugin = plugin
        self._account = account
        self._configured: dict[str, Aws] = {}
        self._latest = Aws(account, account.region)  # for a connection that was lost and made again

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._plugin.version)

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        old, new = decode(request.olds), decode(request.news)
        changed = sorted(name for name in {**old, **new} if old.get(name) != new.get(name))
        return provider_pb2.DiffResponse(changes=_SOME if changed else _NONE, diffs=changed)

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        with _told(context):
            self._latest = self._configured[context.peer()] = configured(self._account, decode(request.args))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        with _told(context):
            resource, name = self._type(request.urn), request.urn.split("::", 3)[3]
            inputs, problems = resource.checked(decode(request.news), decode(request.olds), name, request.randomSeed)
            if "tagsAll" in resource.properties:
                inputs["tagsAll"] = self._aws(context).all_tags(inputs.get("tags"))
            failures = [provider_pb2.CheckFailure(reason=problem) for problem in problems]
            return provider_pb2.CheckResponse(inputs=encode(inputs), failures=failures)

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        with _told(context):
            resource = self._type(request.urn)
            ignored = [path.split(".")[0].split("[")[0] for path in request.ignoreChanges]
            found = resource.difference(decode(request.olds), decode(request.news), ignored)
            return provider_pb2.DiffResponse(
                changes=_SOME if found.changed else _NONE,
                diffs=found.changed,
                replaces=found.replaces,
                deleteBeforeReplace=bool(found.replaces) and found.delete_first,
                detailedDiff={
                    path: provider_pb2.PropertyDiff(kind=_kind_of_change(path, change, found.replaces))
                    for path, change in found.paths.items()
                },
                hasDetailedDiff=True,
            )

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        with _told(context):
            resource, new = self._type(request.urn), decode(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=encode(resource.planned(new, {})))
            aws = self._aws(context)
            try:
                made = resource.create(aws, new)
            except HalfMade as error:
                made, state = error.made, {**resource.inputs(new), **error.made.outputs}
                _answer_half_made(context, error, made.id, _outputs(resource, made.id, state), new)
            state = {**resource.inputs(new), **made.outputs}
            try:
                found = _found(resource, aws, made.id, state) or {}
            except RequestFailed as error:
                _answer_half_made(context, error, made.id, _outputs(resource, made.id, state), new)
            return provider_pb2.CreateResponse(id=made.id, properties=_outputs(resource, made.id, {**state, **found}))

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        with _told(context):
            resource, state, old_inputs = self._type(request.urn), decode(request.properties), decode(request.inputs)
            resource_id, refresh = request.id, bool(state)
            if not refresh:
                if not resource.importable:
                    what = f"{resource.resource_type} cannot be imported"
                    raise RequestFailed(f"{what}: its id ({resource_id}) does not identify it")
                resource_id, state = resource.imported(resource_id)
            found = _found(resource, self._aws(context), resource_id, state)
            if found is None:
                return provider_pb2.ReadResponse()
            state = {**state, **found}
            if refresh:
                written = resource.inputs(state)
                inputs = {name: written.get(name, old) for name, old in old_inputs.items()}
            else:
                inputs = resource.inputs_of_import(state)
            return provider_pb2.ReadResponse(
                id=resource_id, properties=_outputs(resource, resource_id, state), inputs=encode(inputs)
            )

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        with _told(context):
            resource, old, new = self._type(request.urn), decode(request.olds), decode(request.news)
            if request.preview:
                return provider_pb2.UpdateResponse(properties=encode(resource.planned(new, old)))
            if not resource.difference(old, new, list(request.ignoreChanges)).changed:
                return provider_pb2.UpdateResponse(properties=_outputs(resource, request.id, old))
            aws = self._aws(context)
            kept = {name: value for name, value in old.items() if name not in resource.inputs(old)}
            state = {**kept, **resource.inputs(new)}
            try:
                resource_id = resource.update(aws, request.id, old, new)
                found = _found(resource, aws, resource_id, state) or {}
            except RequestFailed as error:
                if not resource.half_updated:
                    raise
                _answer_half_made(context, error, request.id, _outputs(resource, request.id, state), new)
            return provider_pb2.UpdateResponse(properties=_outputs(resource, resource_id, {**state, **found}))

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        with _told(context):
            self._type(request.urn).delete(self._aws(context), request.id, decode(request.properties))
            return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        with _told(context):
            function = self._plugin.functions.get(request.tok)
            if function is None:
                raise RequestFailed(_unknown("function", request.tok, self._plugin.functions))
            result = encode(function(self._aws(context), decode(request.args)))
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(result)  # a keyword of Python's
            return response

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _aws(self, context: grpc.ServicerContext) -> Aws:
        return self._configured.get(context.peer(), self._latest)

    def _type(self, urn: str) -> ResourceType:
        resource_type = urn.split("::")[2].rpartition("$")[2]  # a child's type comes after its parents'
        if resource_type not in self._plugin.types:
            raise RequestFailed(_unknown("resource type", resource_type, self._plugin.types))
        return self._plugin.types[resource_type]


@contextmanager
def served(plugin: Plugin, account: Account) -> Iterator[int]:
    """Serve a plugin on a free port, which is yielded, until the context ends."""
    unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        server = grpc.server(pool, options=unlimited)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(plugin, account), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(grace=None).wait()


@contextmanager
def _told(context: grpc.ServicerContext) -> Iterator[None]:
    """Return a `RequestFailed` to the engine as its message, without a traceback."""
    try:
        yield
    except RequestFailed as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _found(resource: ResourceType, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
    try:
        return resource.read(aws, resource_id, state)
    except CallFailed as error:
        if error.code in GONE:
            return None
        raise


def _outputs(resource: ResourceType, resource_id: str, state: Properties) -> struct_pb2.Struct:
    """The state on the wire, secret where the table says so."""
    secret = {name for name, prop in resource.properties.items() if prop.secret}
    marked = {name: Secret(value) if name in secret and value else value for name, value in state.items()}
    return encode({**marked, "id": resource_id})


def _kind_of_change(path: str, change: str, replaces: list[str]) -> provider_pb2.PropertyDiff.Kind.ValueType:
    name = path.partition("[")[0]
    return provider_pb2.PropertyDiff.Kind.Value(f"{change}_REPLACE" if name in replaces else change)


def _answer_half_made(
    context: grpc.ServicerContext, error: RequestFailed, resource_id: str, state: struct_pb2.Struct, inputs: Properties
) -> NoReturn:
    """Report that the resource exists but is incomplete: the engine keeps the state, and the next update repairs it."""
    reasons = [str(error)]
    failed = provider_pb2.ErrorResourceInitFailed(
        id=resource_id, properties=state, inputs=encode(inputs), reasons=reasons
    )
    detail = any_pb2.Any()
    detail.Pack(failed)
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=str(error), details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, str(error))


def _unknown(what: str, name: str, known: Mapping[str, object]) -> str:
    return f"The sandbox has no {what} {name}. It has these:\n" + "\n".join(f"  {one}" for one in sorted(known))
