"""The findings of a run as files: JSON, and SARIF that its schema accepts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import jsonschema
import pytest

from tests.policypack.analyzer import Pack, excepting
from tests.policypack.conftest import serving

SCHEMA = json.loads((Path(__file__).with_name("sarif-schema-2.1.0.json")).read_text(encoding="utf-8"))
URN = "urn:pulumi:dev::project::aws:iam/accessKey:AccessKey::accesskey"


@contextmanager
def a_pack(folder: Path) -> Iterator[Pack]:
    with serving(
        CODEPIPELINE_ACCESS_FINDINGS=str(folder / "findings.json"), CODEPIPELINE_ACCESS_SARIF=str(folder / "it.sarif")
    ) as pack:
        yield pack


def test_the_findings_are_written_as_they_come(tmp_path: Path) -> None:
    file = tmp_path / "findings.json"
    with a_pack(tmp_path) as pack:
        assert json.loads(file.read_text())["findings"] == []
        pack.configure(no_access_keys=excepting("user/robot"))
        pack.analyze("aws:iam/accessKey:AccessKey", user="jin")
        found = json.loads(file.read_text())
    assert found["pack"] == {"name": "codepipeline-access", "version": "0.1.0"}
    [finding] = found["findings"]
    assert (finding["rule"], finding["level"], finding["urn"]) == ("no-access-keys", "mandatory", URN)
    assert [one["match"] for one in found["exceptions"]] == ["user/robot"]


def test_sarif_is_what_its_schema_says(tmp_path: Path) -> None:
    with a_pack(tmp_path) as pack:
        pack.configure(no_access_keys=excepting("user/robot"))
        pack.analyze("aws:iam/accessKey:AccessKey", user="jin")
        pack.stack()
    sarif = json.loads((tmp_path / "it.sarif").read_text())
    jsonschema.Draft7Validator(SCHEMA).validate(sarif)
    first, second = sarif["runs"][0]["results"]
    assert (first["ruleId"], first["level"]) == ("no-access-keys", "error")
    assert first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == URN
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "Pulumi.dev.yaml"
    assert (second["ruleId"], second["level"]) == ("exceptions-in-force", "note")


def test_a_file_that_is_not_named_in_full_is_refused() -> None:
    with pytest.raises((ValueError, grpc.RpcError)), serving(CODEPIPELINE_ACCESS_FINDINGS="findings.json") as pack:
        pack.stack()
