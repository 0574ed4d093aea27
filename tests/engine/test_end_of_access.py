"""Access ends on its day by AWS alone: no run between, for whatever was signed in, and for nobody else."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from deploy.needed_roles import needed_roles
from tests.engine.conftest import GUIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.conftest import Preview, Up
    from walkthrough import Workbench

LAST_EVENING = datetime(2027, 3, 31, 20, tzinfo=timezone.utc)
END = datetime(2027, 4, 1, tzinfo=timezone.utc)
NEW = "what-Jin-chose-1"
PIPELINE = {"pipelineName": "api"}
EXECUTION = {**PIPELINE, "pipelineExecutionId": "0" * 8 + "-0000-0000-0000-" + "0" * 12}
ARN = "arn:aws:codepipeline:us-east-1:123456789012:api"


def twelve(client: Any) -> list[Callable[[], object]]:  # noqa: ANN401 - boto3 makes its types
    return [
        client.list_pipelines,
        lambda: client.get_pipeline(name="api"),
        lambda: client.get_pipeline_state(name="api"),
        lambda: client.get_pipeline_execution(**EXECUTION),
        lambda: client.list_pipeline_executions(**PIPELINE),
        lambda: client.list_action_executions(**PIPELINE),
        client.list_action_types,
        lambda: client.list_rule_executions(**PIPELINE),
        lambda: client.list_tags_for_resource(resourceArn=ARN),
        lambda: client.start_pipeline_execution(name="api"),
        lambda: client.retry_stage_execution(**EXECUTION, stageName="Source", retryMode="FAILED_ACTIONS"),
        lambda: client.stop_pipeline_execution(**EXECUTION),
    ]


def allowed(client: Any) -> int:  # noqa: ANN401 - boto3 makes its types
    """How many of the twelve actions are let through; a pipeline that is not there is another matter."""
    count = 0
    for call in twelve(client):
        try:
            call()
        except ClientError as error:  # noqa: PERF203 - each call counts for itself
            count += "not authorized" not in str(error)
        else:
            count += 1
    return count


def test_access_ends_without_a_run_and_is_extended_and_shortened(bench: Workbench, up: Up, preview: Preview) -> None:
    account, iam = bench.sandbox.account, bench.client("iam")
    account.set_now(LAST_EVENING)
    settings = {"developers": ["jin", "mina"]}
    up({**settings, "until": {"jin": "2027-03-31"}})
    password = bench.temporary_password("jin")
    assert (
        "Your access ends 2027-03-31 24:00 UTC."
        in bench.run("python", "-m", "components.hand_over", "jin", "--stack", "dev").stdout
    )
    bench.console("jin", password)("iam").change_password(OldPassword=password, NewPassword=NEW)

    def by_key(name: str) -> tuple[str, str]:
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    jins, minas = by_key("jin"), by_key("mina")
    token = bench.client("sts", jins).get_session_token()["Credentials"]
    by_session = bench._client(  # noqa: SLF001 - a client with a session token
        "codepipeline",
        aws_access_key_id=token["AccessKeyId"],
        aws_secret_access_key=token["SecretAccessKey"],
        aws_session_token=token["SessionToken"],
    )
    ways = [bench.console("jin", NEW)("codepipeline"), bench.client("codepipeline", jins), by_session]
    mina = bench.client("codepipeline", minas)
    assert [allowed(way) for way in [*ways, mina]] == [12, 12, 12, 12]
    account.set_now(END)
    assert [allowed(way) for way in [*ways, mina]] == [0, 0, 0, 12]
    # Waiting is no drift; each change of an end is a policy of the group, and nothing of anybody else.
    assert preview({**settings, "until": {"jin": "2027-03-31"}}) == []
    assert preview({**settings, "until": {"jin": "2027-04-30"}}) == [
        "create GroupPolicy access-access-ends-20270501T000000Z",
        "delete GroupPolicy access-access-ends-20270401T000000Z",
        "update GroupPoliciesExclusive access-inline-policies",
    ]
    up({**settings, "until": {"jin": "2027-04-30"}})
    assert [allowed(way) for way in [*ways, mina]] == [12, 12, 12, 12]
    up({**settings, "until": {"jin": "2027-03-01"}})
    assert [allowed(way) for way in [*ways, mina]] == [0, 0, 0, 12]
    up(settings)
    assert [allowed(way) for way in [*ways, mina]] == [12, 12, 12, 12]


def test_the_end_in_one_team_does_not_take_what_another_team_grants(bench: Workbench, up: Up) -> None:
    """Neither team names pipelines, so both grant the same; ada and ben were made elsewhere."""
    account, iam = bench.sandbox.account, bench.client("iam")
    account.set_now(LAST_EVENING)
    keys = {}
    for name in ("ada", "ben"):
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys[name] = (key["AccessKeyId"], key["SecretAccessKey"])
    ends = {"ada": "2027-03-31", "ben": "2027-03-31"}
    up({"existing": ["ada", "ben"], "until": ends}, "--policy-pack", "policypack")
    bench.write_config("web", {"team": "helprr-web", "existing": ["ada"]})
    assert bench.run("pulumi", "stack", "init", "web").returncode == 0
    done = bench.run("pulumi", "up", "--yes", "--skip-preview", "--stack", "web", "--policy-pack", "policypack")
    assert done.returncode == 0, done.stdout
    ada, ben = (bench.client("codepipeline", keys[name]) for name in ("ada", "ben"))
    assert [allowed(ada), allowed(ben)] == [12, 12]
    account.set_now(END)
    assert [allowed(ada), allowed(ben)] == [12, 0]
    # The policy would be updated before the members: in two runs, with an approval between, ben had his access back.
    bench.write_config("dev", {**GUIDE, "existing": ["ada"], "until": {"ada": "2027-03-31"}})
    assert needed_roles(bench.run("pulumi", "preview", "--json", "--stack", "dev").stdout) == ["administrator"]
    up({})
    assert [allowed(ada), allowed(ben)] == [12, 0]
