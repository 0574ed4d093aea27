"""What the engine asks of a pack, for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # what the engine sends for a text that the preview cannot know


@dataclass(frozen=True)
class Finding:
    rule: str
    level: str
    message: str
    urn: str = field(default="", compare=False)


@dataclass(frozen=True)
class Resource:
    """A resource of a program, as the engine tells of it."""

    resource_type: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Beyond the inputs."""
    name: str = ""
    depends_on: Sequence["Resource"] = ()
    taken_from: Mapping[str, "Resource"] = field(default_factory=dict)
    """By property, the resource of which it is an output."""

    @property
    def urn(self) -> str:
        name = self.name or self.resource_type.rpartition(":")[2].lower()
        return f"urn:pulumi:dev::project::{self.resource_type}::{name}"


def days_ahead(days: int) -> str:
    """A day in UTC, as exceptions are written."""
    return str(datetime.now(timezone.utc).date() + timedelta(days=days))


def excepting(*matches: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - anything, so as to be refused
    """Parameters of a rule with an exception for each pattern."""
    made = {"reason": "reviewed, SEC-12", "until": days_ahead(90), **changes}
    return {"exceptions": [{"match": match, **made} for match in matches]}


class Pack:
    """A running pack, asked the way the engine asks."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub = analyzer_pb2_grpc.AnalyzerStub(channel)

    def analyze(self, resource_type: str, **props: Any) -> list[Finding]:  # noqa: ANN401 - any input of any resource
        return self.analyze_resource(Resource(resource_type, props))

    def analyze_resource(self, resource: Resource) -> list[Finding]:
        request = analyzer_pb2.AnalyzeRequest(
            type=resource.resource_type,
            properties=_struct(resource.inputs),
            urn=resource.urn,
            name=resource.urn.split("::")[-1],
        )
        return _findings(self.stub.Analyze(request))

    def rules(self, resource_type: str, **props: Any) -> list[str]:  # noqa: ANN401 - as above
        """The rules that refuse it, each once; notes are no refusals."""
        return refusals(self.analyze(resource_type, **props))

    def program(self, *resources: Resource) -> list[Finding]:
        """What is said of a whole program: of each resource, and at the end of all of them."""
        found = [finding for resource in resources for finding in self.analyze_resource(resource)]
        return found + self.stack(*resources)

    def stack(self, *resources: Resource) -> list[Finding]:
        request = analyzer_pb2.AnalyzeStackRequest()
        for resource in resources:
            told = request.resources.add(
                type=resource.resource_type,
                urn=resource.urn,
                name=resource.urn.split("::")[-1],
                properties=_struct({**resource.inputs, **resource.outputs}),
            )
            told.dependencies.extend(other.urn for other in (*resource.depends_on, *resource.taken_from.values()))
            for name, source in resource.taken_from.items():
                told.propertyDependencies[name].urns.append(source.urn)
        return _findings(self.stub.AnalyzeStack(request))

    def configure(self, **rules: Mapping[str, Any]) -> None:
        """Set parameters of rules, as --policy-pack-config does; dashes are underscores here."""
        levels = {info.name: info.enforcementLevel for info in self.stub.GetAnalyzerInfo(empty_pb2.Empty()).policies}
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for rule, parameters in rules.items():
            name = rule.replace("_", "-")
            request.policyConfig[name].enforcementLevel = levels.get(name, 0)
            request.policyConfig[name].properties.update(parameters)
        self.stub.Configure(request)

    def run(self, *, preview: bool) -> None:
        """Begin a preview or an update."""
        self.stub.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="dev", dry_run=preview))


def refusals(findings: Sequence[Finding]) -> list[str]:
    """The rules that refuse, each once."""
    return list(dict.fromkeys(finding.rule for finding in findings if finding.level == "MANDATORY"))


def _struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(properties)
    return made


def _findings(response: analyzer_pb2.AnalyzeResponse) -> list[Finding]:
    return [
        Finding(found.policyName, analyzer_pb2.EnforcementLevel.Name(found.enforcementLevel), found.message, found.urn)
        for found in response.diagnostics
    ]
