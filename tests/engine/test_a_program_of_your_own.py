"""`DeveloperAccess` in users' own programs: several components, and what they share."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import CompletedProcess

    from walkthrough.workbench import Workbench

CONFIGURATION = Path(__file__).parents[2] / "docs/configuration.md"


def documented_program() -> str:
    """The program on the page."""
    section = CONFIGURATION.read_text().partition("## In a program of your own")[2]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def pulumi(bench: Workbench) -> Callable[[str, str], CompletedProcess[str]]:
    """Runs `pulumi COMMAND` on a program of these lines, without any stack config of this project."""
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    bench.write_config("dev", {})

    def run(command: str, program: str) -> CompletedProcess[str]:
        (bench.folder / "__main__.py").write_text(program)
        confirmed = [] if command == "preview" else ["--yes", "--skip-preview"]
        return bench.run("pulumi", command, *confirmed, "--stack", "dev", "--policy-pack", "policypack")

    return run


def members(bench: Workbench, team: str) -> list[str]:
    users = bench.client("iam").get_group(GroupName=f"{team}-developer-group")["Users"]
    return sorted(user["UserName"] for user in users)


def resources(bench: Workbench) -> dict[str, dict[str, Any]]:
    """The resources of the state, such as "User a-jin"."""
    state = json.loads(bench.run("pulumi", "stack", "export", "--stack", "dev").stdout)
    found: list[dict[str, Any]] = state["deployment"]["resources"]
    return {re.sub(r".*:(\w+)::", r"\1 ", resource["urn"]): resource for resource in found}


def test_the_program_on_the_page_makes_two_teams_that_share_a_developer(
    bench: Workbench, pulumi: Callable[[str, str], CompletedProcess[str]]
) -> None:
    program = documented_program()
    previewed = pulumi("preview", program)
    assert previewed.returncode == 0, previewed.stdout
    done = pulumi("up", program)
    assert done.returncode == 0, done.stdout
    assert members(bench, "helprr-backend") == ["jin", "mina"]
    assert members(bench, "helprr-mobile") == ["jin", "sora"]
    made = resources(bench)
    assert made["User backend-jin"]["urn"] in made["GroupMembership mobile-members"]["dependencies"]
    outputs = made["DeveloperAccess mobile"]["outputs"]
    assert (outputs["developers"], outputs["group"]) == (["sora"], "helprr-mobile-developer-group")
    assert "| jin | elsewhere | | |" in outputs["readme"]
    again = bench.run("pulumi", "up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "dev")
    assert again.returncode == 0, again.stdout
    assert pulumi("up", "").returncode == 0
    assert bench.client("iam").list_users()["Users"] == []


def test_a_developer_of_an_earlier_component_is_shared_by_name_too(
    bench: Workbench, pulumi: Callable[[str, str], CompletedProcess[str]]
) -> None:
    done = pulumi(
        "up",
        "from components import DeveloperAccess\n"
        "DeveloperAccess('a', {'team': 'a', 'developers': ['jin']})\n"
        "DeveloperAccess('b', {'team': 'b', 'existing': ['jin']})",
    )
    assert done.returncode == 0, done.stdout
    assert members(bench, "b") == ["jin"]
    made = resources(bench)
    assert made["User a-jin"]["urn"] in made["GroupMembership b-members"]["dependencies"]


def test_what_waits_for_the_developers_waits_for_their_users(
    bench: Workbench, pulumi: Callable[[str, str], CompletedProcess[str]]
) -> None:
    done = pulumi(
        "up",
        "import pulumi_aws as aws\n"
        "from components import DeveloperAccess\n"
        "team = DeveloperAccess('a', {'team': 'a', 'developers': ['jin', 'mina']})\n"
        "aws.iam.Group('later', name=team.developers.apply('-'.join))",
    )
    assert done.returncode == 0, done.stdout
    made = resources(bench)
    assert {made["User a-jin"]["urn"], made["User a-mina"]["urn"]} <= set(made["Group later"]["dependencies"])


def test_a_developer_of_two_components_fails_the_preview(
    pulumi: Callable[[str, str], CompletedProcess[str]],
) -> None:
    done = pulumi(
        "preview",
        "from components import DeveloperAccess\n"
        "DeveloperAccess('a', {'team': 'a', 'developers': ['jin', 'mina']})\n"
        "DeveloperAccess('b', {'team': 'A', 'developers': ['sora', 'JIN'], 'existing': ['nobody']})\n",
    )
    assert done.returncode != 0
    assert 'DeveloperAccess "b" has problems:' in done.stdout
    assert 'developers[1] "JIN" is made by DeveloperAccess "a" in this program already.' in done.stdout
    assert 'team "A" is made by DeveloperAccess "a" in this program already.' in done.stdout
    assert 'existing[0] "nobody" is not a user of this account.' in done.stdout
    assert "Traceback" not in done.stdout


def test_a_team_may_come_twice_where_one_has_unique_names(
    pulumi: Callable[[str, str], CompletedProcess[str]],
) -> None:
    done = pulumi(
        "preview",
        "from components import DeveloperAccess\n"
        "DeveloperAccess('a', {'team': 'helprr', 'unique_names': True})\n"
        "DeveloperAccess('b', {'team': 'helprr'})\n",
    )
    assert done.returncode == 0, done.stdout


def test_problems_of_arguments_are_told_before_anything_is_registered(
    bench: Workbench, pulumi: Callable[[str, str], CompletedProcess[str]]
) -> None:
    done = pulumi(
        "preview",
        "from components import DeveloperAccess\n"
        "args = {'team': 'a', 'developers': ['jin', 1207], 'requireMfa': True, 'pgp_keys': {'jin': 'x'}}\n"
        "DeveloperAccess('a', args)",
    )
    assert done.returncode != 0
    for problem in [
        'error: DeveloperAccess "a" has problems:',
        "requireMfa is not a known setting. Did you mean require_mfa?",
        "developers[1] is the number 1207, not a string.",
        "pgp_keys.jin is not a PGP key in base64 or ASCII armor.",
    ]:
        assert problem in done.stdout
    assert "Traceback" not in done.stdout
    assert bench.sandbox.account.calls == []


def test_a_policy_written_as_an_object_is_judged_and_made_as_text(
    bench: Workbench, pulumi: Callable[[str, str], CompletedProcess[str]]
) -> None:
    program = """
import pulumi_aws as aws

user = aws.iam.User("jin")
statement = {"Effect": "Allow", "Action": "iam:GetUser", "Resource": user.arn}
aws.iam.Policy("look", name="look", policy={"Version": "2012-10-17", "Statement": [statement]})
"""
    refused = pulumi(
        "preview", program.replace("iam:GetUser", "codepipeline:UpdatePipeline").replace("user.arn", '"*"')
    )
    assert (refused.returncode, "no-pipeline-change-grants" in refused.stdout) == (1, True), refused.stdout
    made = pulumi("up", program)
    assert made.returncode == 0, made.stdout
    iam = bench.client("iam")
    arn = resources(bench)["Policy look"]["outputs"]["arn"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    (statement,) = document["Statement"]
    assert statement["Resource"] == resources(bench)["User jin"]["outputs"]["arn"]
    assert isinstance(resources(bench)["Policy look"]["inputs"]["policy"], str)
