"""The page of the rules says what the rules are."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2

from tests.policypack.analyzer import Pack, Resource

PAGE = (Path(__file__).parents[2] / "docs/policy-pack.md").read_text(encoding="utf-8")
SECTIONS = {
    section.partition("\n")[0]: section
    for section in PAGE.partition("\n## The rules\n")[2].partition("\n## ")[0].split("\n### ")[1:]
}
EXAMPLES = {
    name: [json.loads(block) for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL)]
    for name, section in SECTIONS.items()
}


@pytest.fixture
def rules(pack: Pack) -> dict[str, Any]:
    return {rule.name: rule for rule in pack.stub.GetAnalyzerInfo(empty_pb2.Empty()).policies}


def test_every_rule_has_a_section_and_every_section_a_rule(rules: dict[str, Any]) -> None:
    assert list(SECTIONS) == list(rules)
    assert re.findall(r"^\| \[([a-z-]+)\]\(#\1\)", PAGE, re.MULTILINE) == list(rules)


def test_the_levels_are_those_of_the_pack(rules: dict[str, Any]) -> None:
    levels = {name: analyzer_pb2.EnforcementLevel.Name(rule.enforcementLevel).lower() for name, rule in rules.items()}
    assert {
        name: re.findall(r"^Level: (\w+)\.", section, re.MULTILINE)[0] for name, section in SECTIONS.items()
    } == levels
    assert dict(re.findall(r"^\| \[([a-z-]+)\]\(#[a-z-]+\) \| (\w+) \|", PAGE, re.MULTILINE)) == levels


def test_the_parameters_are_those_of_the_pack(rules: dict[str, Any]) -> None:
    for name, section in SECTIONS.items():
        [said] = re.findall(r"^Level: .* Parameters: (.*)$", section, re.MULTILINE)
        named = re.findall(r"`(\w+)`, ", said)
        assert sorted(named) == sorted(json_format.MessageToDict(rules[name].configSchema).get("properties", {}))


def test_every_rule_says_how_to_help_oneself_and_links_to_its_section(rules: dict[str, Any]) -> None:
    for name, rule in rules.items():
        assert rule.url.endswith(f"/docs/policy-pack.md#{name}")
        assert rule.remediation_steps
        assert rule.severity


def program(example: dict[str, Any]) -> list[Resource]:
    """The resources of an example, each after those that it depends on."""
    made: list[Resource] = []
    for one in example.get("resources", [example]):
        depends_on = [made[index] for index in one.get("dependsOn", ())]
        made.append(Resource(one["type"], one["properties"], depends_on=depends_on))
    return made


@pytest.mark.parametrize("rule", [name for name, examples in EXAMPLES.items() if examples])
def test_the_first_example_is_refused_by_the_rule_and_the_second_by_none(pack: Pack, rule: str) -> None:
    *configured, refused, accepted = EXAMPLES[rule]
    rules = {name.replace("-", "_"): parameters for one in configured for name, parameters in one.items()}
    pack.configure(**rules)
    assert [found.rule for found in pack.program(*program(refused))].count(rule) == 1
    pack.configure(**rules)
    assert pack.program(*program(accepted)) == []


def test_the_example_of_a_configuration_names_rules_and_parameters_that_exist(rules: dict[str, Any]) -> None:
    example = json.loads(PAGE.partition("\n## Configure it\n")[2].partition("```json\n")[2].partition("```")[0])
    for name, parameters in example.items():
        known = json_format.MessageToDict(rules[name].configSchema).get("properties", {})
        assert set(parameters) <= {"enforcementLevel", *known}
