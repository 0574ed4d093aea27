"""State in an S3 bucket, secrets by a KMS key: two people, two machines, and who can read a password."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from sandbox.account import Question, decide_with
from tests.operations.deploying_role import assumed_role, filled
from walkthrough import copy_of_the_program

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from subprocess import CompletedProcess

    from sandbox.account import LoggedCall
    from tests.conftest import Warm
    from walkthrough import Workbench

BUCKET = "helprr-pulumi-state"
SECRETS = "awskms://alias/pulumi?region=us-east-1&context_project=codepipeline-access&context_stack=dev"
UP = ("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev")
PREVIEW = ("pulumi", "preview", "--stack", "dev")
HAND_OVER = ("python", "-m", "components.hand_over", "jin", "--stack", "dev")
LOCK_SECONDS = 30


@dataclass(frozen=True)
class Team:
    """Somebody's machine, on a bucket and a key that the team shares."""

    bench: Workbench
    variables: dict[str, str]
    key: str

    def run(self, *command: str, **variables: str) -> CompletedProcess[str]:
        return self.bench.run(*command, **self.variables, **variables)

    def wait_for_the_lock(self) -> None:
        deadline = time.monotonic() + LOCK_SECONDS
        listing = {"Bucket": BUCKET, "Prefix": ".pulumi/locks/"}
        while not self.bench.client("s3").list_objects_v2(**listing)["KeyCount"]:
            assert time.monotonic() < deadline, "nobody locked the stack"
            time.sleep(0.02)


@pytest.fixture
def team(bench: Workbench) -> Team:
    bench.client("s3").create_bucket(Bucket=BUCKET)
    key = bench.client("kms").create_key()["KeyMetadata"]["Arn"]
    bench.client("kms").create_alias(AliasName="alias/pulumi", TargetKeyId=key)
    endpoint = bench.sandbox.account.endpoint.removeprefix("http://")
    backend = f"s3://{BUCKET}?region=us-east-1&endpoint={endpoint}&disableSSL=true&s3ForcePathStyle=true"
    # Without the passphrase of the sandbox: only the key can open a secret.
    ours = Team(bench, {"PULUMI_BACKEND_URL": backend, "PULUMI_CONFIG_PASSPHRASE": ""}, key)
    done = ours.run("pulumi", "stack", "init", "dev", "--secrets-provider", SECRETS)
    assert done.returncode == 0, done.stderr
    return ours


def second_machine(team: Team, folder: Path, warm: Warm) -> Team:
    """A fresh clone, with the stack file that the first machine committed."""
    copy_of_the_program(folder)
    (folder / "Pulumi.dev.yaml").write_text((team.bench.folder / "Pulumi.dev.yaml").read_text())
    return replace(
        team,
        bench=warm(replace(team.bench, folder=folder)),
        variables=team.variables | {"PULUMI_HOME": str(folder / "home")},
    )


def test_two_people_on_two_machines_work_on_one_stack_one_at_a_time(team: Team, tmp_path: Path, warm: Warm) -> None:
    (tmp_path / "second").mkdir()
    second = second_machine(team, tmp_path / "second", warm)
    environment = team.bench.sandbox.environment | team.variables
    with subprocess.Popen(UP, cwd=team.bench.folder, env=environment, stdout=subprocess.PIPE) as first:
        team.wait_for_the_lock()
        first.send_signal(signal.SIGSTOP)
        try:
            refused = second.run(*UP)
        finally:
            first.send_signal(signal.SIGCONT)
        first.communicate(timeout=60)
    assert first.returncode == 0
    assert refused.returncode != 0
    assert "error: the stack is currently locked by 1 lock(s)" in refused.stderr
    # The refused update has changed nothing, and the second machine takes over what the first one made.
    assert second.run(*PREVIEW, "--expect-no-changes").returncode == 0
    assert "Temporary password:" in second.run(*HAND_OVER).stdout
    second.bench.write_config("dev", {"team": "helprr-backend", "developers": ["jin", "mina"]})
    assert second.run(*UP).returncode == 0
    users = [user["UserName"] for user in team.bench.client("iam").list_users()["Users"]]
    assert users == ["jin", "mina"]


def asked(call: LoggedCall, key: str) -> Question:
    """What a policy must allow for a call on state or key: the account tells S3's calls by method and path only."""
    if call.service == "kms":
        context = call.parameters["EncryptionContext"]
        return Question(
            f"kms:{call.action}", key, {f"kms:encryptioncontext:{name}": [context[name]] for name in context}
        )
    method, _, path = call.action.partition(" ")
    if path.strip("/") == BUCKET:
        return Question("s3:ListBucket", f"arn:aws:s3:::{BUCKET}", {})
    action = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}[method]
    return Question(f"s3:{action}", f"arn:aws:s3:::{path.strip('/')}", {})


def refused(questions: Iterable[Question], files: Sequence[str], key: str, stack: str) -> set[str]:
    """The actions that the files of a stack do not allow."""
    documents = [json.dumps(filled(file, bucket=BUCKET, key=key, stack=stack)) for file in files]
    return {question.action for question in questions if decide_with(documents, question).decision != "allowed"}


def granted(file: str) -> set[str]:
    listed = ([one["Action"]] if isinstance(one["Action"], str) else one["Action"] for one in filled(file)["Statement"])
    return {action for actions in listed for action in actions}


def test_the_files_for_the_state_are_enough_needed_and_about_one_stack_and_show_no_password_without_the_key(
    team: Team,
) -> None:
    calls = team.bench.sandbox.account.calls

    def of(*command: str) -> list[Question]:
        start = len(calls)
        assert team.run(*command).returncode == 0
        return [asked(call, team.key) for call in calls[start:] if call.service in ("s3", "kms")]

    by_up, by_preview = [*of(*UP), *of(*UP)], of(*PREVIEW)
    both, reading = ("state-preview", "state-up"), ("state-preview",)
    assert refused(by_up, both, team.key, "dev") == set()
    assert refused(by_preview, reading, team.key, "dev") == set()
    assert {question.action for question in by_preview} == granted("state-preview")
    assert {question.action for question in by_up} == granted("state-preview") | granted("state-up")
    # A role of another stack, also of one whose name starts alike, can do nothing of it but list names.
    for other in ("prod", "dev2", "de"):
        every = {question.action for question in by_up} - {"s3:ListBucket"}
        ours = [question for question in by_up if not question.resource.endswith("/meta.yaml")]
        assert refused(ours, both, team.key, other) == every
    only_state = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    with assumed_role(team.bench, {"state": {"Version": "2012-10-17", "Statement": [only_state]}}) as role:
        exported = team.run("pulumi", "stack", "export", "--stack", "dev", **role.variables)
        assert '"ciphertext"' in exported.stdout
        done = team.run(*HAND_OVER, **role.variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert "AccessDenied" in done.stderr
