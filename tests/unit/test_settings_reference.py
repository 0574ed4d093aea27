"""Schema and table are generated; what is checked in is what would be generated now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from components.settings_reference import CONFIGURATION, SCHEMA, stack_file_schema, with_table
from components.stack_config import NAMESPACE
from tests.unit.test_end_of_access import ACCEPTED, NO_SUCH_DAY, REFUSED

PROJECT = Path(__file__).parent.parent.parent
STACK_FILES = sorted(PROJECT.glob("Pulumi.*.yaml"))


def stack_file(**settings: object) -> dict[str, Any]:
    keys = {"team": "helprr"} | settings
    return {"config": {"aws:region": "us-east-1"} | {f"{NAMESPACE}:{key}": value for key, value in keys.items()}}


def test_the_schema_that_is_checked_in_is_current() -> None:
    assert json.loads(SCHEMA.read_text()) == stack_file_schema()


def test_the_table_that_is_checked_in_is_current() -> None:
    page = CONFIGURATION.read_text()
    assert with_table(page) == page


@pytest.mark.parametrize("path", STACK_FILES, ids=[path.name for path in STACK_FILES])
def test_the_stack_files_are_valid_and_refer_to_the_schema(path: Path) -> None:
    text = path.read_text()
    jsonschema.validate(yaml.safe_load(text), stack_file_schema())
    assert f"# yaml-language-server: $schema={SCHEMA.relative_to(PROJECT)}" in text


@pytest.mark.parametrize(
    "settings",
    [
        {"developer": ["jin"]},
        {"developers": "jin"},
        {"developers": [1207]},
        {"developers": ["a b"]},
        {"pipelines": []},
        {"capabilities": ["build-log"]},
        {"credentialIssues": {"jin": 0}},
        {"requireMfa": "yes"},
        {"passwordLength": 4},
        {"path": "teams"},
        {"team": None},
    ],
    ids=str,
)
def test_editors_underline_what_the_program_refuses(settings: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(stack_file(**settings), stack_file_schema())


@pytest.mark.parametrize(
    "settings", [{"requireMfa": "true"}, {"passwordLength": "24"}, {"uniqueNames": False}], ids=str
)
def test_editors_take_what_pulumi_config_set_writes(settings: dict[str, object]) -> None:
    jsonschema.validate(stack_file(**settings), stack_file_schema())


@pytest.mark.parametrize("until", [*ACCEPTED, *NO_SUCH_DAY])
def test_editors_take_every_form_of_an_end_that_the_program_takes(until: str) -> None:
    jsonschema.validate(stack_file(developers=["jin"], until={"jin": until}), stack_file_schema())


@pytest.mark.parametrize("until", REFUSED, ids=repr)
def test_editors_underline_every_form_of_an_end_that_the_program_refuses(until: object) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(stack_file(developers=["jin"], until={"jin": until}), stack_file_schema())


def test_keys_of_others_are_none_of_the_schemas_business() -> None:
    jsonschema.validate(stack_file() | {"encryptionsalt": "v1:x"}, stack_file_schema())
