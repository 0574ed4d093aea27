"""Which ARNs a call is about, as the Service Authorization Reference says for each action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.account._moto import ACCOUNT_ID, iam_backend, partition_of, role_named

if TYPE_CHECKING:
    from sandbox.account._call import Call

_STAGE_ACTIONS = frozenset(
    {
        "RetryStageExecution",
        "RollbackStage",
        "EnableStageTransition",
        "DisableStageTransition",
        "OverrideStageCondition",
    }
)
_ACTION_ACTIONS = frozenset({"PutApprovalResult", "PutActionRevision"})


def resources_of(call: Call) -> list[str]:
    """The ARNs that a policy must allow for this call, all of them."""
    prefix = f"arn:{partition_of(call.region)}:{call.service}:{call.region}:{ACCOUNT_ID}:"
    if call.service == "codepipeline":
        return [_pipeline(call, prefix)]
    if call.service == "codebuild":
        names = call.parameters.get("names") or [i.split(":")[0] for i in call.parameters.get("ids", [])]
        return [f"{prefix}project/{name}" for name in names] or ["*"]
    if call.service == "logs" and "logGroupName" in call.parameters:
        stream = f":log-stream:{call.text('logStreamName')}" if "logStreamName" in call.parameters else ""
        return [f"{prefix}log-group:{call.text('logGroupName')}{stream}"]
    if call.service == "iam":
        return [_identity(call)]
    if call.service == "sts" and "RoleArn" in call.parameters:
        return [call.text("RoleArn")]
    if call.service == "s3":
        path = call.action.partition(" ")[2].strip("/")
        return [f"arn:{partition_of(call.region)}:s3:::{path}"] if path else ["*"]
    given = (
        call.parameters.get("ResourceArn") or call.parameters.get("resourceArn") or call.parameters.get("connectionArn")
    )
    return [str(given)] if given else ["*"]


def _pipeline(call: Call, prefix: str) -> str:
    if "resourceArn" in call.parameters:
        return call.text("resourceArn")
    described = call.parameters.get("pipeline")
    name = call.text("pipelineName") or call.text("name") or (described or {}).get("name", "")
    if not name:
        return "*"
    if call.action in _STAGE_ACTIONS:
        return f"{prefix}{name}/{call.text('stageName')}"
    if call.action in _ACTION_ACTIONS:
        return f"{prefix}{name}/{call.text('stageName')}/{call.text('actionName')}"
    return f"{prefix}{name}"


def _identity(call: Call) -> str:
    """A group before a user (AddUserToGroup acts on the group), a policy only where nothing else is named."""
    prefix = f"arn:{partition_of(call.region)}:iam::{ACCOUNT_ID}:"
    backend = iam_backend(call.region)
    path = call.text("Path", "/")
    if name := call.text("GroupName"):
        return backend.groups[name].arn if name in backend.groups else f"{prefix}group{path}{name}"
    if name := call.text("RoleName"):
        role = role_named(backend, name)
        return role.arn if role else f"{prefix}role{path}{name}"
    if name := call.text("UserName"):
        return backend.users[name].arn if name in backend.users else f"{prefix}user{path}{name}"
    if device := call.text("VirtualMFADeviceName"):
        return f"{prefix}mfa{path}{device}"
    if name := call.text("PolicyName"):
        return f"{prefix}policy{path}{name}"
    return call.text("PolicyArn") or call.text("SerialNumber") or "*"
