"""The component as a Pulumi package: what a program in another language gets is what a Python program gets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

    from walkthrough.workbench import Workbench

SCHEMA = Path(__file__).parents[2] / "plugin/schema.json"
# What an SDK of any language sends for a component of a package.
REMOTE = """
import pulumi

class Remote(pulumi.ComponentResource):
    def __init__(self, name, **inputs):
        outputs = dict.fromkeys(["developers", "group", "policyArn", "readme", "signInUrl"])
        super().__init__("codepipeline-access:index:DeveloperAccess", name, outputs | inputs, remote=True)
"""
LOCAL = "from components import DeveloperAccess\n"


@pytest.fixture
def pulumi(bench: Workbench) -> Callable[[str, str], CompletedProcess[str]]:
    """Runs `pulumi COMMAND` on a program of these lines, in a project that names the plugin."""
    project = yaml.safe_load((bench.folder / "Pulumi.yaml").read_text())
    project["plugins"] = {"providers": [{"name": "codepipeline-access", "path": "./plugin"}]}
    (bench.folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    bench.write_config("dev", {})

    def run(command: str, program: str) -> CompletedProcess[str]:
        (bench.folder / "__main__.py").write_text(program)
        confirmed = [] if command == "preview" else ["--yes", "--skip-preview"]
        return bench.run("pulumi", command, *confirmed, "--stack", "dev")

    return run


def made(bench: Workbench) -> dict[str, str]:
    """Resources of the state and their ids; without providers, of which the plugin is one."""
    state = json.loads(bench.run("pulumi", "stack", "export", "--stack", "dev").stdout)
    resources = state["deployment"]["resources"]
    return {resource["urn"]: resource.get("id", "") for resource in resources if ":providers:" not in resource["type"]}


def test_the_schema_that_is_checked_in_is_the_plugins(bench: Workbench) -> None:
    done = bench.run("pulumi", "package", "get-schema", "./plugin")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(SCHEMA.read_text())


def test_a_remote_program_makes_the_same_resources_as_one_in_python(
    bench: Workbench, pulumi: Callable[[str, str], CompletedProcess[str]]
) -> None:
    remote = REMOTE + (
        "a = Remote('a', team='a', developers=['jin'], credentialIssues={'jin': 2}, passwordLength=24)\n"
        "b = Remote('b', team='b', existing=[a.developers[0]])\n"
        "pulumi.export('waits', a.developers)"
    )
    previewed = pulumi("preview", remote)
    assert previewed.returncode == 0, previewed.stdout
    done = pulumi("up", remote)
    assert done.returncode == 0, done.stdout
    from_elsewhere = made(bench)
    members = bench.client("iam").get_group(GroupName="b-developer-group")["Users"]
    assert [user["UserName"] for user in members] == ["jin"]
    outputs = json.loads(bench.run("pulumi", "stack", "output", "--json", "--stack", "dev").stdout)
    assert outputs == {"waits": ["jin"]}

    local = LOCAL + (
        "args = {'team': 'a', 'developers': ['jin'], 'credential_issues': {'jin': 2}, 'password_length': 24}\n"
        "a = DeveloperAccess('a', args)\n"
        "DeveloperAccess('b', {'team': 'b', 'existing': [a.developers[0]]})"
    )
    done = pulumi("up", local)
    assert done.returncode == 0, done.stdout
    assert made(bench) == from_elsewhere
    assert len(from_elsewhere) == 23


@pytest.mark.parametrize(
    ("components", "problems"),
    [
        (
            "Remote('a', developers=['jin', 'JIN'], pgpKeys={'jin': 'no key'}, passwordLength=4, requireMfA=True)",
            [
                'DeveloperAccess "a" has problems:',
                "requireMfA is not a known setting. Did you mean requireMfa?",
                "team is missing.",
                "passwordLength is 4. Allowed: whole numbers from 5 to 128.",
                'developers[1] "JIN" is the same as developers[0] "jin"',
                "pgpKeys.jin is not a PGP key",
            ],
        ),
        (
            "Remote('a', team='a', developers=['jin'])\nRemote('b', team='b', developers=['Jin'])",
            ["developers[0] ", 'in" is made by DeveloperAccess ', " in this program already."],
        ),
    ],
    ids=["every problem with its path", "a developer of two components"],
)
def test_what_is_wrong_is_told_in_the_preview(
    pulumi: Callable[[str, str], CompletedProcess[str]], components: str, problems: list[str]
) -> None:
    done = pulumi("preview", REMOTE + components)
    assert done.returncode != 0
    assert [problem for problem in problems if problem not in done.stdout] == []
    assert "no key" not in done.stdout
