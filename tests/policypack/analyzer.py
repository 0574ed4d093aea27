"""What the engine asks of a pack, for tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc


@dataclass(frozen=True)
class Finding:
    rule: str
    level: str
    message: str


class Pack:
    """A running pack, asked the way the engine asks."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub = analyzer_pb2_grpc.AnalyzerStub(channel)

    def analyze(self, resource_type: str, **props: Any) -> list[Finding]:  # noqa: ANN401 - any input of any resource
        properties = struct_pb2.Struct()
        properties.update(props)
        name = resource_type.rpartition(":")[2].lower()
        request = analyzer_pb2.AnalyzeRequest(
            type=resource_type,
            properties=properties,
            urn=f"urn:pulumi:dev::project::{resource_type}::{name}",
            name=name,
        )
        return [
            Finding(found.policyName, analyzer_pb2.EnforcementLevel.Name(found.enforcementLevel), found.message)
            for found in self.stub.Analyze(request).diagnostics
        ]

    def rules(self, resource_type: str, **props: Any) -> list[str]:  # noqa: ANN401 - as above
        """The rules that refuse it, each once; notes are no refusals."""
        found = self.analyze(resource_type, **props)
        return list(dict.fromkeys(finding.rule for finding in found if finding.level == "MANDATORY"))

    def configure(self, **rules: Mapping[str, Any]) -> None:
        """Set parameters of rules, as --policy-pack-config does; dashes are underscores here."""
        levels = {info.name: info.enforcementLevel for info in self.stub.GetAnalyzerInfo(empty_pb2.Empty()).policies}
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for rule, parameters in rules.items():
            name = rule.replace("_", "-")
            request.policyConfig[name].enforcementLevel = levels[name]
            request.policyConfig[name].properties.update(parameters)
        self.stub.Configure(request)
