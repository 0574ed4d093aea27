"""One scenario on a running sandbox: its commands one after the other, each measured.

`python -m sandbox run -- python -m bench.scale_steps SCENARIO` runs it; what each command took is written to stdout,
a line of JSON each, as soon as it is known.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.processes import peak_megabytes, processor_seconds, taken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAM_FILES = ("Pulumi.yaml", "__main__.py", "components", "policypack")
NAIVE = """
import json, pulumi, pulumi_aws as aws
config = pulumi.Config()
team = config.require("team")
actions = ["codepipeline:GetPipeline", "codepipeline:ListPipelines", "codepipeline:StartPipelineExecution"]
statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
policy = aws.iam.Policy(f"{team}-policy", policy=document)
group = aws.iam.Group(f"{team}-group")
aws.iam.GroupPolicyAttachment(f"{team}-attachment", group=group.name, policy_arn=policy.arn)
for name in config.require_object("developers"):
    user = aws.iam.User(name, name=name)
    aws.iam.UserLoginProfile(name, user=user.name)
    aws.iam.UserGroupMembership(name, user=user.name, groups=[group.name])
"""
EMPTY_PACK = """
from pulumi_policy import PolicyPack, ResourceValidationPolicy
nothing = ResourceValidationPolicy(name="nothing", description="Looks at nothing.", validate=lambda args, report: None)
PolicyPack(name="empty", policies=[nothing])
"""
EMPTY_PACK_YAML = "runtime: {name: python, options: {toolchain: pip, virtualenv: venv}}\n"
# The team of `components` in Terraform's language, resource by resource.
TERRAFORM = """
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
provider "aws" {}
variable "developers" { type = set(string) }
resource "aws_iam_policy" "policy" {
  name = "large-developer-policy"
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["codepipeline:GetPipeline", "codepipeline:ListPipelines"], Resource = "*" }] })
}
resource "aws_iam_group" "group" { name = "large-developer-group" }
resource "aws_iam_group_policy" "deny" {
  name = "deny-pipeline-changes"
  group = aws_iam_group.group.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Deny", Action = ["codepipeline:CreatePipeline", "codepipeline:UpdatePipeline"], Resource = "*" }] })
}
resource "aws_iam_group_policy_attachment" "policy" {
  group = aws_iam_group.group.name
  policy_arn = aws_iam_policy.policy.arn
}
resource "aws_iam_user" "user" {
  for_each = var.developers
  name = each.key
  force_destroy = true
  depends_on = [aws_iam_group_policy.deny]
}
resource "aws_iam_user_login_profile" "login" {
  for_each = var.developers
  user = aws_iam_user.user[each.key].name
  password_reset_required = true
}
resource "aws_iam_group_membership" "members" {
  name = "developers"
  group = aws_iam_group.group.name
  users = [for user in aws_iam_user.user : user.name]
}
"""


@dataclass(frozen=True)
class Scenario:
    """A program, how many developers it has in how many stacks, and how often its previews are measured."""

    program: str  # ours, before, naive, terraform
    developers: int
    stacks: int = 1
    previews: int = 1
    repetition: int = 0
    commands: tuple[str, ...] = ()  # all by default
    plugins: str = ""  # a folder with Terraform's provider

    @property
    def title(self) -> str:
        """What tells it from the others."""
        stacks = f" in {self.stacks} stacks" if self.stacks > 1 else ""
        return f"{self.program} {self.developers}{stacks}, repetition {self.repetition + 1}"


class Failed(Exception):
    """A command of a scenario failed; the message is its output's end."""


class _Runner:
    def __init__(self, scenario: Scenario, folder: Path, environment: Mapping[str, str]) -> None:
        self.scenario, self.folder, self.environment = scenario, folder, environment
        self._sandbox = os.getppid()

    def wanted(self, name: str) -> bool:
        return not self.scenario.commands or name in self.scenario.commands

    def run(self, name: str, *command: str, measured: bool = True, **told: object) -> None:
        log = self.folder / "log"
        program = shutil.which(command[0], path=self.environment["PATH"]) or command[0]
        before = processor_seconds(self._sandbox)
        code, result = taken([program, *command[1:]], self.folder, self.environment, log)
        if code:
            raise Failed(f"{' '.join(command)}: {log.read_text()[-2000:]}")
        if measured and self.wanted(name):
            sandbox = processor_seconds(self._sandbox) - before
            memory = peak_megabytes(self._sandbox)
            print(
                json.dumps(
                    {"command": name, "sandbox": sandbox, "sandbox_megabytes": memory, **told, **asdict(result)}
                ),
                flush=True,
            )


def names(count: int, first: int = 0) -> list[str]:
    """Of developers."""
    return [f"developer-{number:05}" for number in range(first, first + count)]


def _write_config(folder: Path, stack: str, team: str, developers: Sequence[str]) -> None:
    path = folder / f"Pulumi.{stack}.yaml"
    salt = [line for line in path.read_text().splitlines() if line.startswith("encryptionsalt")]
    config = {
        "aws:region": os.environ["AWS_REGION"],
        "codepipeline-access:team": team,
        "codepipeline-access:developers": list(developers),
    }
    path.write_text("\n".join([*salt, f"config: {json.dumps(config)}", ""]))


def _pulumi_program(tree: Path, folder: Path, *, naive: bool) -> None:
    ignored = shutil.ignore_patterns("venv", "__pycache__")
    for name in PROGRAM_FILES:
        if (tree / name).is_dir():
            shutil.copytree(tree / name, folder / name, ignore=ignored)
        else:
            shutil.copy(tree / name, folder / name)
    if naive:
        (folder / "__main__.py").write_text(NAIVE)
    (folder / "empty").mkdir()
    (folder / "empty" / "__main__.py").write_text(EMPTY_PACK)
    (folder / "empty" / "PulumiPolicy.yaml").write_text(EMPTY_PACK_YAML)
    (folder / ".venv").symlink_to(tree / ".venv")
    for pack in ("policypack", "empty"):
        (folder / pack / "venv").symlink_to(tree / "policypack" / "venv")


def pulumi(scenario: Scenario, tree: Path, folder: Path) -> None:
    """Preview, up, previews with nothing to do, one more developer, destroy: of each stack."""
    _pulumi_program(tree, folder, naive=scenario.program == "naive")
    runner = _Runner(scenario, folder, os.environ)
    each = scenario.developers // scenario.stacks
    stacks = [f"team-{number:03}" for number in range(scenario.stacks)]
    packs = {
        "no change": [],
        "no change, empty pack": ["--policy-pack", "empty"],
        "no change, pack": ["--policy-pack", "policypack"],
    }
    for number, stack in enumerate(stacks):
        at = ("--stack", stack)
        runner.run("init", "pulumi", "stack", "init", stack, measured=False)
        developers = names(each, number * each)
        _write_config(folder, stack, stack, developers)
        if runner.wanted("preview"):
            runner.run("preview", "pulumi", "preview", *at, stack=number)
        runner.run("up", "pulumi", "up", "--yes", "--skip-preview", *at, stack=number)
    for turn in range(scenario.previews):
        for number, stack in enumerate(stacks):
            for name, pack in packs.items():
                if runner.wanted(name):
                    runner.run(
                        name,
                        "pulumi",
                        "preview",
                        "--expect-no-changes",
                        "--stack",
                        stack,
                        *pack,
                        stack=number,
                        turn=turn,
                    )
    for number, stack in enumerate(stacks):
        now = ("--yes", "--skip-preview", "--stack", stack)
        if runner.wanted("add one"):
            _write_config(folder, stack, stack, [*names(each, number * each), "one-more"])
            runner.run("add one", "pulumi", "up", *now, stack=number)
        if runner.wanted("destroy"):
            runner.run("destroy", "pulumi", "destroy", *now, stack=number)


def terraform(scenario: Scenario, folder: Path) -> None:
    """The same with Terraform, where nothing but what was measured for it is needed."""
    (folder / "main.tf").write_text(TERRAFORM)
    settings = folder / "settings.tfrc"
    mirror = f'filesystem_mirror {{ path = "{scenario.plugins}" }}' if scenario.plugins else "direct {}"
    settings.write_text(f"provider_installation {{ {mirror} }}\n")
    runner = _Runner(scenario, folder, os.environ | {"TF_CLI_CONFIG_FILE": str(settings), "CHECKPOINT_DISABLE": "1"})

    def write(developers: Sequence[str]) -> None:
        (folder / "terraform.tfvars.json").write_text(json.dumps({"developers": list(developers)}))

    write(names(scenario.developers))
    quiet = ("-input=false", "-no-color")
    runner.run("init", "terraform", "init", *quiet, measured=False)
    runner.run("preview", "terraform", "plan", *quiet)
    runner.run("up", "terraform", "apply", "-auto-approve", *quiet)
    for turn in range(scenario.previews):
        runner.run("no change", "terraform", "plan", *quiet, turn=turn)
    if runner.wanted("add one"):
        write([*names(scenario.developers), "one-more"])
        runner.run("add one", "terraform", "apply", "-auto-approve", *quiet)
    if runner.wanted("destroy"):
        runner.run("destroy", "terraform", "destroy", "-auto-approve", *quiet)


def main() -> int:
    """Run the scenario that the first argument describes, on the tree that the second names."""
    scenario, tree = Scenario(**json.loads(sys.argv[1])), Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        try:
            if scenario.program == "terraform":
                terraform(scenario, Path(folder))
            else:
                pulumi(scenario, tree, Path(folder))
        except Failed as failed:
            print(failed, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
