"""Serves the rules to the Pulumi engine, which asks about one resource after the other, and at the end about all.

Beyond what the SDK's server does: the properties of a resource are read once for all rules, and not at all for the many
types that carry nothing; the configuration is checked as a whole; a preview is told from an update; and the findings
are written down for machines.
"""

import os
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import empty_pb2, json_format
from pulumi.runtime import proto
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    PolicyResource,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
    policy,
)
from pulumi_policy.deserialize import deserialize_properties

import memory
from configuration import read_configuration
from findings import Findings
from resources import spelling

MANIFEST = Path(__file__).with_name("PulumiPolicy.yaml")


def serve(name: str, policies: list[Policy]) -> None:
    """Serve `policies` until the engine ends this process."""
    # The SDK has no way to bring a server of one's own, and its own reads every resource once for each rule.
    policy._PolicyAnalyzerServicer = _Servicer  # type: ignore[assignment, misc]  # noqa: SLF001 - see above
    PolicyPack(name=name, policies=policies)


def _properties(request: Any) -> dict[str, Any]:  # noqa: ANN401 - a message of protobuf
    """Secrets as what they are, the unknown as the engine's marks: no proxies of the SDK's, which raise at each."""
    return deserialize_properties(json_format.MessageToDict(request.properties))


class _Servicer(policy._PolicyAnalyzerServicer):  # noqa: SLF001 - as in serve
    """Answers the engine."""

    def __init__(self, name: str, _version: str, policies: list[Policy], *rest: Any) -> None:  # noqa: ANN401 - the SDK's
        version = str(yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["version"])
        super().__init__(name, version, policies, *rest)
        self._rules = policies
        try:
            self._findings = Findings.wanted_by(os.environ, name, version, policies)
        except (OSError, ValueError) as reason:
            sys.exit(f"error: the findings cannot be written: {reason}")
        self._info = super().GetAnalyzerInfo(empty_pb2.Empty(), None)  # type: ignore[no-untyped-call]  # the SDK's

    def GetAnalyzerInfo(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - the protocol's
        """What the pack is; asked for each resource."""
        return self._info

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - the protocol's
        """Take the configuration, and begin a run."""
        written = {name: json_format.MessageToDict(rule.properties) for name, rule in request.policyConfig.items()}
        parameters = {
            rule.name: tuple(rule.config_schema.properties if rule.config_schema else ()) for rule in self._rules
        }
        memory.start(*read_configuration(written, parameters, datetime.now(timezone.utc).date()))
        return super().Configure(request, context)  # type: ignore[no-untyped-call]  # the SDK's

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - the protocol's
        """Note which stack it is, and whether this is a preview."""
        memory.memory().previews = request.dry_run
        return super().ConfigureStack(request, context)

    def Remediate(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - the protocol's
        """No rule changes a resource."""
        return proto.RemediateResponse()

    def Analyze(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - the protocol's
        """Judge one resource."""
        response = proto.AnalyzeResponse()
        if spelling(request.type) is None:
            return response
        args = ResourceValidationArgs(
            request.type,
            _properties(request),
            request.urn,
            request.name,
            self._get_resource_options(request),
            self._get_provider_resource(request),
        )
        for rule in self._rules:
            level = self._level(rule)
            if level is not EnforcementLevel.DISABLED and isinstance(rule, ResourceValidationPolicy):
                report = self._create_report_violation(response, rule.name, rule.description, level, rule.severity)
                rule.validate(args, report)
        self._findings.add(response.diagnostics, request.urn)
        return response

    def AnalyzeStack(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - the protocol's
        """Judge all resources together."""
        resources = {
            resource.urn: PolicyResource(
                resource.type,
                _properties(resource) if spelling(resource.type) else {},
                resource.urn,
                resource.name,
                self._get_resource_options(resource),
                None,
                None,
                [],
                {},
            )
            for resource in request.resources
        }
        for resource in request.resources:
            known = resources[resource.urn]
            known.dependencies.extend(resources[urn] for urn in resource.dependencies if urn in resources)
            for name, sources in resource.propertyDependencies.items():
                known.property_dependencies[name] = [resources[urn] for urn in sources.urns if urn in resources]
        response = proto.AnalyzeResponse()
        for rule in self._rules:
            level = self._level(rule)
            if level is not EnforcementLevel.DISABLED and isinstance(rule, StackValidationPolicy):
                report = self._create_report_violation(response, rule.name, rule.description, level, rule.severity)
                rule.validate(StackValidationArgs(list(resources.values())), report)
        self._findings.add(response.diagnostics, "")
        return response

    def _level(self, rule: Policy) -> EnforcementLevel:
        level = self._get_enforcement_level(rule)
        return EnforcementLevel.MANDATORY if level is EnforcementLevel.REMEDIATE else level
