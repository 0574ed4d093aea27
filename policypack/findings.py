"""The findings of a run for machines: as JSON, and as SARIF 2.1.0, which GitHub's code scanning reads.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pulumi.runtime import proto
from pulumi_policy import Policy, Severity

from memory import memory

JSON_FILE = "CODEPIPELINE_ACCESS_FINDINGS"
SARIF_FILE = "CODEPIPELINE_ACCESS_SARIF"
"""Environment variables that name the files to write, by absolute paths: the pack runs in a folder of its own."""

_LEVELS = {"MANDATORY": "error", "ADVISORY": "note"}
_SECURITY_SEVERITY = {  # as GitHub reads it: over 9.0 is critical, 7.0 high, 4.0 medium
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.0",
    Severity.LOW: "2.0",
}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


@dataclass(frozen=True)
class Finding:
    """What one rule said of one resource."""

    rule: str
    level: str
    """`mandatory` or `advisory`."""
    urn: str
    """"" for the stack."""
    message: str


class Findings:
    """Collects the findings of a run, and writes them whenever there are new ones."""

    def __init__(self, files: Mapping[str, Path], name: str, version: str, rules: Sequence[Policy]) -> None:
        self._files = files
        self._name, self._version, self._rules = name, version, rules
        self._found: dict[Finding, None] = {}
        self._write()

    @classmethod
    def wanted_by(cls, environment: Mapping[str, str], name: str, version: str, rules: Sequence[Policy]) -> "Findings":
        """Findings for the files that the environment names.

        Raises:
            ValueError: a name is not an absolute path.
        """
        files = {
            variable: Path(environment[variable]) for variable in (JSON_FILE, SARIF_FILE) if environment.get(variable)
        }
        for variable, path in files.items():
            if not path.is_absolute():
                raise ValueError(f"{variable} is not an absolute path. The pack runs in a folder of its own.")
        return cls(files, name, version, rules)

    def add(self, diagnostics: Iterable[Any], urn: str) -> None:
        """Take what the rules said of a resource, or of the stack."""
        before = len(self._found)
        for said in diagnostics:
            level = proto.EnforcementLevel.Name(said.enforcementLevel)
            self._found[Finding(said.policyName, level.lower(), said.urn or urn, said.message)] = None
        if not urn or len(self._found) > before:
            self._write()

    def _write(self) -> None:
        for variable, path in self._files.items():
            content = self._json() if variable == JSON_FILE else self._sarif()
            half = path.with_name(f"{path.name}.half")
            half.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            os.replace(half, path)  # noqa: PTH105 - Path.replace says the same less clearly

    def _json(self) -> dict[str, Any]:
        return {
            "version": 1,
            "pack": {"name": self._name, "version": self._version},
            "findings": [
                {"rule": one.rule, "level": one.level, "urn": one.urn, "message": one.message} for one in self._found
            ],
            "exceptions": [
                {"rule": rule, "match": one.match, "reason": one.reason, "until": str(one.until), "ended": one.ended}
                for rule, settings in memory().settings.items()
                for one in settings.exceptions
            ],
        }

    def _sarif(self) -> dict[str, Any]:
        index = {rule.name: number for number, rule in enumerate(self._rules)}
        return {
            "$schema": _SCHEMA,
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {
                        "driver": {
                            "name": self._name,
                            "version": self._version,
                            "informationUri": "https://github.com/helprr/codepipeline-access",
                            "rules": [_rule(rule) for rule in self._rules],
                        }
                    },
                    "results": [_result(finding, index[finding.rule]) for finding in self._found],
                }
            ],
        }


def _rule(rule: Policy) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.description},
        "help": {"text": rule.remediation_steps or rule.description},
        "helpUri": rule.url,
        "properties": {
            "tags": ["security"],
            "security-severity": _SECURITY_SEVERITY.get(rule.severity or Severity.MEDIUM, "5.0"),
        },
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    """One result; the file is the stack's, for a URN stands in none, and judge.py finds the line."""
    stack = finding.urn.removeprefix("urn:pulumi:").partition("::")[0]
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": f"Pulumi.{stack}.yaml" if stack else "Pulumi.yaml"},
            "region": {"startLine": 1},
        },
    }
    if finding.urn:
        location["logicalLocations"] = [
            {"fullyQualifiedName": finding.urn, "name": finding.urn.rpartition("::")[2], "kind": "resource"}
        ]
    fingerprint = sha256(f"{finding.rule}\n{finding.urn}\n{finding.message}".encode()).hexdigest()
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS.get(finding.level.upper(), "warning"),
        "message": {"text": finding.message},
        "locations": [location],
        "partialFingerprints": {"finding/v1": fingerprint},
    }
