"""The guided tour behind `make demo`: real commands of the real engine, on a simulated account."""

from __future__ import annotations

import json
import re
import shlex
import tempfile
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from sandbox.command import Refusal
from walkthrough.workbench import Workbench, workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GROUP = "helprr-backend-developer-group"
PIPELINE = "helprr-api"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN_PASSWORD = "what-they-chose-1"  # noqa: S105 - of simulated users
UP = ("pulumi", "up", "--yes", "--stack", "dev", "--policy-pack", "policypack", "--suppress-progress")
CATALOGUE = "components/pipeline_actions.py"
BEFORE = '    Permission("codepipeline:StopPipelineExecution"'
# Lines of Pulumi's output that mean nothing to a first-time reader.
NOISE = re.compile(
    r"^ *\[(urn|provider)=|^Loading policy packs|^@ |refresh(ing)?( \(.*\))? *$"
    r"|(creat|updat)ing \(|running *$|^ {4}[a-z]\S+ \S+ +$"
)
INTRODUCTION = """The commands are real, and so is their output; only Pulumi's lines about URNs,
providers and progress are left out. The AWS account is simulated.
"""
SNEAKED_IN = '    Permission("codepipeline:Update*", Scope.PIPELINE, "edit a pipeline"),\n'


class UnexpectedOutcome(Refusal):
    """A step of the tour did not have the expected outcome."""


def main() -> int:
    """Walk through the guide and what goes beyond it; returns 0.

    Raises:
        EngineMissing, UnexpectedOutcome: no Pulumi CLI is available, or a step has an unexpected outcome.
    """
    with tempfile.TemporaryDirectory(prefix="codepipeline-access-") as folder, workbench(Path(folder)) as bench:
        _say(INTRODUCTION)
        for title, step in STEPS:
            _say(f"* {title}")
            step(bench)
            _say("")
    _say("* Everything was as it should be; nothing is left of the simulated account.")
    return 0


def _the_guide(bench: Workbench) -> None:
    _say(_indented((bench.folder / "Pulumi.dev.yaml").read_text()))
    _command(bench, "pulumi", "stack", "init", "dev")
    _command(bench, *UP, "--skip-preview", "--suppress-outputs")
    iam = bench.client("iam")
    policy = iam.get_policy(
        PolicyArn=f"arn:aws:iam::{bench.sandbox.account.account_id}:policy/helprr-backend-developer-policy"
    )
    version = policy["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=policy["Policy"]["Arn"], VersionId=version)["PolicyVersion"]["Document"]
    members = [user["UserName"] for user in iam.get_group(GroupName=GROUP)["Users"]]
    _expect(members == ["jin"], f"the group has the members {members}")
    actions = document["Statement"][0]["Action"]
    _say(
        f"The account now has the policy, group and user; the policy allows {len(actions)} actions, on every pipeline."
    )


def _hand_over(bench: Workbench) -> None:
    _command(bench, "python", "-m", "components.hand_over", "jin", "--stack", "dev")


def _act_as_jin(bench: Workbench) -> None:
    password = _temporary_password(bench, "jin")
    _make_pipeline(bench)
    first = bench.console("jin", password)
    _attempt("before choosing a password: ListPipelines", first("codepipeline").list_pipelines, allowed=False)
    _attempt(
        "ChangePassword",
        lambda: first("iam").change_password(OldPassword=password, NewPassword=OWN_PASSWORD),
        allowed=True,
    )
    jin = bench.console("jin", OWN_PASSWORD)("codepipeline")
    execution = jin.start_pipeline_execution(name=PIPELINE)["pipelineExecutionId"]
    changes: dict[str, Callable[[], object]] = {
        "CreatePipeline": lambda: jin.create_pipeline(pipeline=_pipeline("other")),
        "UpdatePipeline": lambda: jin.update_pipeline(pipeline=_pipeline(PIPELINE)),
        "DeletePipeline": lambda: jin.delete_pipeline(name=PIPELINE),
    }
    for action, call in _twelve_actions(bench, jin, execution).items():
        _attempt(action, call, allowed=True)
    for action, call in changes.items():
        _attempt(action, call, allowed=False)


def _add_mina(bench: Workbench) -> None:
    _command(bench, "python", "-m", "team", "add", "mina", "--stack", "dev")
    output = _command(bench, *UP, "--skip-preview", "--diff", "--suppress-outputs")
    _expect("+ 2 created" in output and "~ 1 updated" in output, "more than mina and the membership changed")


def _refused(bench: Workbench) -> None:
    catalogue = bench.folder / CATALOGUE
    honest = catalogue.read_text()
    catalogue.write_text(honest.replace(BEFORE, SNEAKED_IN + BEFORE))
    _say(f"  {CATALOGUE}\n  +{SNEAKED_IN}")
    _command(bench, "pulumi", "preview", "--stack", "dev", "--policy-pack", "policypack", succeeds=False)
    catalogue.write_text(honest)


def _found_and_removed(bench: Workbench) -> None:
    _say("In the console, someone attaches AdministratorAccess to the group. The next preview shows it:")
    bench.client("iam").attach_group_policy(GroupName=GROUP, PolicyArn=ADMINISTRATOR)
    output = _command(bench, "pulumi", "preview", "--stack", "dev", "--diff", "--suppress-progress")
    _expect(ADMINISTRATOR in output, "the preview does not show it")
    _say("The audit asks the account itself. The explicit Deny still holds, but members could now delete it:")
    output = _command(bench, "python", "-m", "audit", "--strict", succeeds=False, changes=False)
    _expect("user/jin" in output.partition("At second hand:")[2], "the audit does not name jin")
    _command(bench, *UP, "--skip-preview", "--diff", "--suppress-outputs")
    attached = bench.client("iam").list_attached_group_policies(GroupName=GROUP)["AttachedPolicies"]
    names = sorted(policy["PolicyName"] for policy in attached)
    _expect(names == ["IAMUserChangePassword", "helprr-backend-developer-policy"], f"attached are {names}")
    _say(f"Only {' and '.join(names)} are attached again.")


def _contractor(bench: Workbench) -> None:
    last_day = datetime.now(timezone.utc).date() + timedelta(days=90)
    end = datetime.combine(last_day + timedelta(days=1), time(), timezone.utc)
    _command(bench, "python", "-m", "team", "add", "kim", "--stack", "dev", "--until", str(last_day))
    _command(bench, *UP, "--skip-preview", "--suppress-outputs")
    for name in ("mina", "kim"):
        password = _temporary_password(bench, name)
        bench.console(name, password)("iam").change_password(OldPassword=password, NewPassword=OWN_PASSWORD)
    _say("The account's clock moves past the end. Nothing runs in between, and everyone stays signed in:")
    bench.sandbox.account.set_now(end - timedelta(hours=1))
    sessions = {name: bench.console(name, OWN_PASSWORD)("codepipeline") for name in ("jin", "mina", "kim")}
    for instant, kims in ((end - timedelta(hours=1), 12), (end, 0)):
        bench.sandbox.account.set_now(instant)
        counts = {name: _allowed(bench, client) for name, client in sessions.items()}
        said = ", ".join(f"{name} {count}" for name, count in counts.items())
        _say(f"  {instant:%Y-%m-%d %H:%M} UTC    allowed of the twelve actions: {said}")
        _expect(counts == {"jin": 12, "mina": 12, "kim": kims}, "access did not end as it should")


def _off_boarding(bench: Workbench) -> None:
    _command(bench, "python", "-m", "team", "off-board", "jin")
    output = _command(bench, *UP, "--skip-preview", "--diff", "--suppress-outputs")
    _expect("- 2 deleted" in output, "not just jin's user and login went")
    users = [user["UserName"] for user in bench.client("iam").list_users()["Users"]]
    _expect(sorted(users) == ["kim", "mina"], f"the account has the users {users}")
    _command(bench, "python", "-m", "team", "gone", "jin")


STEPS: tuple[tuple[str, Callable[[Workbench], None]], ...] = (
    ("Policy, group and user, as the console guide makes them, from this stack file", _the_guide),
    ("The guide's last step: the message for jin", _hand_over),
    ("Acting as jin: the first sign-in, the twelve actions, the three that are denied", _act_as_jin),
    ("Another developer: one command adds a line to the stack file", _add_mina),
    ("A change that grants UpdatePipeline meets the policy pack", _refused),
    ("What was done by hand is found and removed", _found_and_removed),
    ("A contractor's access ends by itself", _contractor),
    ("Off-boarding jin", _off_boarding),
)


def _say(text: str) -> None:
    print(text, flush=True)


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def _expect(met: bool, otherwise: str) -> None:
    if not met:
        raise UnexpectedOutcome(f"The demo stops here: {otherwise}")


def _command(bench: Workbench, *command: str, succeeds: bool = True, changes: bool = True) -> str:
    """Show a command and its output; check that it succeeds or fails as expected; `changes`: it might have changed."""
    _say(f"> {shlex.join(command)}")
    done = bench.run(*command, NO_COLOR="1")
    lines = (done.stdout + done.stderr).strip("\n").splitlines()
    _say("\n".join(line.rstrip() for line in lines if not NOISE.search(line)))
    _expect((done.returncode == 0) is succeeds, f"the command ended with exit code {done.returncode}")
    if changes and not succeeds:
        _say(f"It ended with exit code {done.returncode}: nothing was changed.")
    return done.stdout


def _attempt(name: str, call: Callable[[], object], *, allowed: bool) -> None:
    """Make one AWS call and show its outcome."""
    try:
        call()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        _say(f"  {name:44} denied")
        _expect(not allowed and "AccessDenied" in code, f"{name} ended with {error}")
    else:
        _say(f"  {name:44} allowed")
        _expect(allowed, f"{name} was allowed")


def _temporary_password(bench: Workbench, developer: str) -> str:
    try:
        return bench.temporary_password(developer)
    except LookupError as error:
        raise UnexpectedOutcome(f"The demo stops here: {error}") from None


def _twelve_actions(bench: Workbench, client: Any, execution: str) -> Mapping[str, Callable[[], object]]:  # noqa: ANN401 - boto3 makes its types
    arn = f"arn:aws:codepipeline:us-east-1:{bench.sandbox.account.account_id}:{PIPELINE}"
    stage = {"pipelineName": PIPELINE, "stageName": "Source", "pipelineExecutionId": execution}
    return {
        "ListPipelines": client.list_pipelines,
        "GetPipeline": lambda: client.get_pipeline(name=PIPELINE),
        "GetPipelineState": lambda: client.get_pipeline_state(name=PIPELINE),
        "GetPipelineExecution": lambda: client.get_pipeline_execution(
            pipelineName=PIPELINE, pipelineExecutionId=execution
        ),
        "ListPipelineExecutions": lambda: client.list_pipeline_executions(pipelineName=PIPELINE),
        "ListActionExecutions": lambda: client.list_action_executions(pipelineName=PIPELINE),
        "ListActionTypes": client.list_action_types,
        "ListRuleExecutions": lambda: client.list_rule_executions(pipelineName=PIPELINE),
        "ListTagsForResource": lambda: client.list_tags_for_resource(resourceArn=arn),
        "StartPipelineExecution": lambda: client.start_pipeline_execution(name=PIPELINE),
        "RetryStageExecution": lambda: client.retry_stage_execution(**stage, retryMode="FAILED_ACTIONS"),
        "StopPipelineExecution": lambda: client.stop_pipeline_execution(
            pipelineName=PIPELINE, pipelineExecutionId=execution
        ),
    }


def _allowed(bench: Workbench, client: Any) -> int:  # noqa: ANN401 - boto3 makes its types
    """How many of the twelve actions are allowed; the others are denied."""
    execution = bench.client("codepipeline").start_pipeline_execution(name=PIPELINE)["pipelineExecutionId"]
    count = 0
    for action, call in _twelve_actions(bench, client, execution).items():
        try:
            call()
        except ClientError as error:  # noqa: PERF203 - each call counts for itself
            _expect("AccessDenied" in error.response["Error"]["Code"], f"{action} ended with {error}")
        else:
            count += 1
    return count


def _make_pipeline(bench: Workbench) -> None:
    trusts = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {"Version": "2012-10-17", "Statement": [trusts]}
    bench.client("iam").create_role(RoleName="pipeline", AssumeRolePolicyDocument=json.dumps(role))
    bench.client("codepipeline").create_pipeline(pipeline=_pipeline(PIPELINE))


def _pipeline(name: str) -> dict[str, Any]:
    """The smallest pipeline that AWS accepts: two stages."""

    def stage(category: str) -> dict[str, Any]:
        kind = {"category": category, "owner": "AWS", "provider": "S3", "version": "1"}
        return {"name": category, "actions": [{"name": category, "actionTypeId": kind}]}

    return {
        "name": name,
        "roleArn": "arn:aws:iam::123456789012:role/pipeline",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [stage("Source"), stage("Deploy")],
        "version": 1,
    }
