"""docs/sandbox.md against the code: its lists are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.account import _operations, _pipelines, _sts
from sandbox.faults import KINDS
from sandbox.provider import _AWS, _RANDOM

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs/sandbox.md").read_text()


@pytest.mark.parametrize(
    ("marker", "known"),
    [
        ("<!-- types -->", {*_AWS.types, *_RANDOM.types}),
        ("<!-- functions -->", {*_AWS.functions}),
    ],
    ids=["types", "functions"],
)
def test_types_and_functions_are_listed(marker: str, known: set[str]) -> None:
    text = PAGE.partition(marker)[2].partition("\n\n")[0]
    listed = {
        (module, name.strip())
        for module, names in re.findall(r"- `(\w+:\w+)`: ([\w,\s]+)", text)
        for name in names.split(",")
    }
    assert listed == {tuple(token.rpartition(":")[0].split("/")) for token in known}


def test_what_was_measured_names_a_test_on_the_engine_or_says_that_there_is_none() -> None:
    engine = "".join(path.read_text() for path in (PROJECT / "tests/engine").glob("test_*.py"))
    rows = [line for line in PAGE.splitlines() if "| measured" in line]
    named = [re.search(r"measured(?: once, not repeated by a test|, in `(\w+)`)", row) for row in rows]
    assert rows
    assert [row for row, name in zip(rows, named, strict=True) if not name] == []
    assert [name[1] for name in named if name and name[1] and f"def {name[1]}(" not in engine] == []


def test_kinds_of_faults_are_listed() -> None:
    section = PAGE.partition("## Faults")[2].partition("\n## ")[0]
    assert dict(re.findall(r"^\| (\w+) \| (.+) \|$", section, re.MULTILINE)) == {"kind": "what happens", **KINDS}


def test_operations_of_our_own_are_listed() -> None:
    text = " ".join(PAGE.partition("Done here because moto does not: ")[2].partition("\n\n")[0].split())
    listed = {name.split()[0] for name in re.split("[,;.] ?", text) if name}
    mended = {  # what moto does as well: the rules say how it is mended
        "AssumeRole",
        "AssumeRoleWithWebIdentity",
        "AttachGroupPolicy",
        "AttachRolePolicy",
        "AttachUserPolicy",
        "CreateLoginProfile",
        "DeleteLoginProfile",
        "GenerateCredentialReport",
        "GetAccessKeyLastUsed",
        "GetAccountAuthorizationDetails",
        "GetCredentialReport",
        "GetLoginProfile",
        "StartPipelineExecution",
        "UpdateGroup",
        "UpdateLoginProfile",
        "UpdateUser",
    }
    assert listed == {*_operations.IAM, *_sts.STS, *_pipelines.ACTIONS} - mended
