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
    by_service = {
        "codebuild": _projects,
        "codepipeline": _pipeline,
        "iam": _identity,
        "logs": _log_group,
        "s3": _bucket,
        "sts": _role,
    }
    return by_service.get(call.service, _any)(call) or ["*"]


def _pipeline(call: Call) -> list[str]:
    if "resourceArn" in call.parameters:
        return [call.text("resourceArn")]
    described = call.parameters.get("pipeline", {})
    name = call.text("pipelineName") or call.text("name") or described.get("name", "")
    if not name:
        return []
    parts = [name]
    if call.action in _STAGE_ACTIONS | _ACTION_ACTIONS:
        parts.append(call.text("stageName"))
    if call.action in _ACTION_ACTIONS:
        parts.append(call.text("actionName"))
    return [_arn(call, "/".join(parts))]


def _projects(call: Call) -> list[str]:
    names = call.parameters.get("names") or [build.split(":")[0] for build in call.parameters.get("ids", [])]
    return [_arn(call, f"project/{name}") for name in names]


def _log_group(call: Call) -> list[str]:
    if "logGroupName" not in call.parameters:
        return []
    stream = f":log-stream:{call.text('logStreamName')}" if "logStreamName" in call.parameters else ""
    return [_arn(call, f"log-group:{call.text('logGroupName')}{stream}")]


def _role(call: Call) -> list[str]:
    return [call.text("RoleArn")] if "RoleArn" in call.parameters else []


def _bucket(call: Call) -> list[str]:
    path = call.action.partition(" ")[2].strip("/")
    return [f"arn:{partition_of(call.region)}:s3:::{path}"] if path else []


def _any(call: Call) -> list[str]:
    given = (call.text(name) for name in ("ResourceArn", "resourceArn", "connectionArn", "KeyId"))
    return [arn for arn in given if arn][:1]


def _arn(call: Call, what: str) -> str:
    return f"arn:{partition_of(call.region)}:{call.service}:{call.region}:{ACCOUNT_ID}:{what}"


def _identity(call: Call) -> list[str]:
    """A group before a user (AddUserToGroup acts on the group), a policy only where nothing else is named."""
    prefix = f"arn:{partition_of(call.region)}:iam::{ACCOUNT_ID}:"
    backend, path = iam_backend(call.region), call.text("Path", "/")
    known = {
        "GroupName": ("group", backend.groups.get(call.text("GroupName"))),
        "RoleName": ("role", role_named(backend, call.text("RoleName"))),
        "UserName": ("user", backend.users.get(call.text("UserName"))),
        "VirtualMFADeviceName": ("mfa", None),
        "PolicyName": ("policy", None),
    }
    for parameter, (kind, found) in known.items():
        if name := call.text(parameter):
            there = found.arn if found else f"{prefix}{kind}{path}{name}"
            return [there, *_target(call, parameter, there)]
    given = call.text("PolicyArn") or call.text("SerialNumber")
    return [given] if given else []


def _target(call: Call, parameter: str, there: str) -> list[str]:
    """Where a rename or move leads: "permissions on both the source object and the target object" (UpdateUser)."""
    if not {f"New{parameter}", "NewPath"} & call.parameters.keys():
        return []
    stem, _, rest = there.partition("/")
    old_path, _, old_name = f"/{rest}".rpartition("/")
    path, name = call.text("NewPath") or f"{old_path}/", call.text(f"New{parameter}") or old_name
    return [f"{stem}{path}{name}"]
