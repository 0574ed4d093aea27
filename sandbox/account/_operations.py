"""What moto does not do, or does wrong: done here, on what moto keeps."""

from __future__ import annotations

import re
import string
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from moto.codepipeline.models import codepipeline_backends

from sandbox.account._call import ApiError, Call
from sandbox.account._callers import Caller, Callers, decision_for
from sandbox.account._decision import Request
from sandbox.account._moto import ACCOUNT_ID, iam_backend

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.codepipeline.models import CodePipeline
    from moto.iam.models import IAMBackend, User

Result = dict[str, Any]
_SHORTEST_PASSWORD = 8  # without a password policy; "Set an account password policy for IAM users"


def do(call: Call, caller: Caller, callers: Callers) -> Result | None:
    """The result of an operation that is ours; None for what moto does."""
    if call.service == "sts":
        return _STS[call.action](call, caller, callers) if call.action in _STS else None
    if call.service == "iam" and call.action in _IAM:
        return _IAM[call.action](call, caller, iam_backend(call.region))
    if call.service == "codepipeline" and call.action in _CODEPIPELINE:
        return _CODEPIPELINE[call.action](call)
    return None


# Passwords: moto forgets PasswordResetRequired, and its update without a password deletes the login.


def create_login_profile(call: Call, caller: Caller, backend: IAMBackend) -> Result:
    user = _user(call, caller, backend)
    if user.password:
        raise ApiError("EntityAlreadyExists", f"Login Profile for user {user.name} already exists.", 409)
    _refuse_weak(call.text("Password"), user, backend)
    user.password = call.text("Password")
    user.password_reset_required = call.text("PasswordResetRequired") == "true"
    return {
        "LoginProfile": {
            "UserName": user.name,
            "CreateDate": datetime.now(timezone.utc),
            "PasswordResetRequired": user.password_reset_required,
        }
    }


def update_login_profile(call: Call, caller: Caller, backend: IAMBackend) -> Result:
    user = _with_login(_user(call, caller, backend))
    if "Password" in call.parameters:
        _refuse_weak(call.text("Password"), user, backend)
        user.password = call.text("Password")
    if "PasswordResetRequired" in call.parameters:
        user.password_reset_required = call.text("PasswordResetRequired") == "true"
    return {}


def delete_login_profile(call: Call, caller: Caller, backend: IAMBackend) -> Result:
    user = _with_login(_user(call, caller, backend))
    user.password, user.password_reset_required = None, False
    return {}


def get_login_profile(call: Call, caller: Caller, backend: IAMBackend) -> None:
    _with_login(_user(call, caller, backend))


def change_password(call: Call, caller: Caller, backend: IAMBackend) -> Result:
    if caller.user_name is None:
        raise ApiError("InvalidUserType", "Only IAM Users can change their own password.")
    user = _with_login(backend.users[caller.user_name])
    if call.text("OldPassword") != user.password:
        raise ApiError("AccessDenied", "The old password was incorrect.", 403)
    _refuse_weak(call.text("NewPassword"), user, backend)
    if call.text("NewPassword") == user.password:
        raise ApiError("PasswordPolicyViolation", "Password does not conform to the account password policy.")
    user.password, user.password_reset_required = call.text("NewPassword"), False
    return {}


# Names and paths: moto refuses an unchanged name, overwrites a neighbour, and loses a user's tags.


def update_user(call: Call, caller: Caller, backend: IAMBackend) -> Result:
    user = backend.users[call.text("UserName")]
    tags = backend.tagger.list_tags_for_resource(user.arn)["Tags"]
    backend.tagger.delete_all_tags_for_resource(user.arn)
    user.path = call.text("NewPath") or user.path
    backend.users.pop(user.name)
    user.name = call.text("NewUserName") or user.name
    backend.users[user.name] = user
    for key in user.access_keys:
        key.user_name = user.name
    backend.tagger.tag_resource(user.arn, tags)
    return {}


def update_group(call: Call, caller: Caller, backend: IAMBackend) -> Result:
    group = backend.groups.pop(call.text("GroupName"))
    group.path = call.text("NewPath") or group.path
    group.name = call.text("NewGroupName") or group.name
    backend.groups[group.name] = group
    return {}


def attach_once(call: Call, caller: Caller, backend: IAMBackend) -> Result | None:
    """To attach what is attached changes nothing; moto counts it twice."""
    role = next((role for role in backend.roles.values() if role.name == call.text("RoleName")), None)
    holder = backend.groups.get(call.text("GroupName")) or backend.users.get(call.text("UserName")) or role
    return {} if holder and call.text("PolicyArn") in holder.managed_policies else None


def list_service_specific_credentials(call: Call, caller: Caller, backend: IAMBackend) -> Result:
    return {"ServiceSpecificCredentials": []}


def simulate(call: Call, caller: Caller, backend: IAMBackend) -> Result:
    """SimulatePrincipalPolicy for users, groups and roles; the principal's own context unless it is given."""
    arn = call.text("PolicySourceArn")
    holders = (*backend.users.values(), *backend.groups.values(), *backend.roles.values())
    identity = next((holder for holder in holders if holder.arn == arn), None)
    if identity is None:
        raise ApiError("NoSuchEntity", f"Policy source arn {arn} cannot be found.", 404)
    context = {"aws:username": [identity.name]} if arn.split(":")[-1].startswith("user/") else {}
    for entry in call.parameters.get("ContextEntries", []):
        context[entry["ContextKeyName"].lower()] = entry.get("ContextKeyValues", [])
    return {
        "EvaluationResults": [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": decision_for(identity, Request(action, resource, context)),
                "MatchedStatements": [],
                "MissingContextValues": [],
            }
            for action in call.parameters["ActionNames"]
            for resource in call.parameters.get("ResourceArns") or ["*"]
        ],
        "IsTruncated": False,
    }


# Sessions: moto gives everybody the same ones.


def get_session_token(call: Call, caller: Caller, callers: Callers) -> Result:
    serial = call.text("SerialNumber")
    if caller.user_name is None or caller.session:
        raise ApiError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    if serial:
        devices = getattr(caller.identity, "mfa_devices", {})
        # Unlike AWS: any six digits are the right code.
        if serial not in devices or not re.fullmatch(r"\d{6}", call.text("TokenCode")):
            raise ApiError(
                "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. ", 403
            )
    session = callers.open_session(caller.user_name, call.region, mfa=bool(serial), console=False)
    return {"Credentials": session.credentials()}


def get_caller_identity(call: Call, caller: Caller, callers: Callers) -> Result:
    user_id = caller.context.get("aws:userid", [ACCOUNT_ID])[0]
    return {"UserId": user_id, "Account": ACCOUNT_ID, "Arn": caller.arn}


# CodePipeline: the six of the guide's twelve actions that moto lacks, and stopping; nothing really runs.


def get_pipeline_state(call: Call) -> Result:
    pipeline = _pipeline(call, "name")
    return {
        "pipelineName": call.text("name"),
        "pipelineVersion": pipeline.pipeline["version"],
        "stageStates": [
            {
                "stageName": stage["name"],
                "inboundTransitionState": {"enabled": True},
                "actionStates": [{"actionName": action["name"]} for action in stage["actions"]],
            }
            for stage in pipeline.pipeline["stages"]
        ],
    }


def list_action_executions(call: Call) -> Result:
    _pipeline(call, "pipelineName")
    return {"actionExecutionDetails": []}


def list_rule_executions(call: Call) -> Result:
    _pipeline(call, "pipelineName")
    return {"ruleExecutionDetails": []}


def list_action_types(call: Call) -> Result:
    kind = {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
    counts = {"minimumCount": 0, "maximumCount": 5}
    return {"actionTypes": [{"id": kind, "inputArtifactDetails": counts, "outputArtifactDetails": counts}]}


def retry_stage_execution(call: Call) -> Result:
    pipeline = _pipeline(call, "pipelineName")
    if call.text("stageName") not in [stage["name"] for stage in pipeline.pipeline["stages"]]:
        raise ApiError("StageNotFoundException", f"The stage {call.text('stageName')} does not exist.")
    return {"pipelineExecutionId": _execution(call, pipeline)}


def stop_pipeline_execution(call: Call) -> Result:
    pipeline = _pipeline(call, "pipelineName")
    execution = pipeline.executions[_execution(call, pipeline)]
    execution.status = "Stopped"
    return {"pipelineExecutionId": execution.pipeline_execution_id}


def _pipeline(call: Call, parameter: str) -> CodePipeline:
    name = call.text(parameter)
    found: CodePipeline | None = codepipeline_backends[ACCOUNT_ID][call.region].pipelines.get(name)
    if found is None:
        raise ApiError(
            "PipelineNotFoundException", f"Account '{ACCOUNT_ID}' does not have a pipeline with name '{name}'"
        )
    return found


def _execution(call: Call, pipeline: CodePipeline) -> str:
    execution = call.text("pipelineExecutionId")
    if execution not in pipeline.executions:
        raise ApiError("PipelineExecutionNotFoundException", f"There is no execution {execution}.")
    return execution


def _user(call: Call, caller: Caller, backend: IAMBackend) -> User:
    name = call.text("UserName") or caller.user_name or ""
    if name not in backend.users:
        raise ApiError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    user: User = backend.users[name]
    return user


def _with_login(user: User) -> User:
    if not user.password:
        raise ApiError("NoSuchEntity", f"Login Profile for User {user.name} cannot be found.", 404)
    return user


def _refuse_weak(password: str, user: User, backend: IAMBackend) -> None:
    """The account's password policy, or AWS's own: "Set an account password policy for IAM users"."""
    has = {
        "lowercase letter": any(c in string.ascii_lowercase for c in password),
        "uppercase letter": any(c in string.ascii_uppercase for c in password),
        "number": any(c in string.digits for c in password),
        "symbol": any(c in "!@#$%^&*()_+-=[]{}|'" for c in password),
    }
    policy = backend.account_password_policy
    if policy is None:
        if len(password) < _SHORTEST_PASSWORD or sum(has.values()) < 3 or password == user.name:  # noqa: PLR2004 - likewise
            raise ApiError("PasswordPolicyViolation", "Password does not conform to the account password policy.")
        return
    if len(password) < policy.minimum_password_length:
        raise ApiError(
            "PasswordPolicyViolation",
            f"Password should have a minimum length of {policy.minimum_password_length}",
        )
    required = {
        "lowercase letter": policy.require_lowercase_characters,
        "uppercase letter": policy.require_uppercase_characters,
        "number": policy.require_numbers,
        "symbol": policy.require_symbols,
    }
    for kind, wanted in required.items():
        if wanted and not has[kind]:
            raise ApiError("PasswordPolicyViolation", f"Password should have at least one {kind}")


_IAM: dict[str, Callable[[Call, Caller, IAMBackend], Result | None]] = {
    "CreateLoginProfile": create_login_profile,
    "UpdateLoginProfile": update_login_profile,
    "DeleteLoginProfile": delete_login_profile,
    "GetLoginProfile": get_login_profile,
    "ChangePassword": change_password,
    "UpdateUser": update_user,
    "UpdateGroup": update_group,
    "AttachGroupPolicy": attach_once,
    "AttachUserPolicy": attach_once,
    "AttachRolePolicy": attach_once,
    "ListServiceSpecificCredentials": list_service_specific_credentials,
    "SimulatePrincipalPolicy": simulate,
}
_STS: dict[str, Callable[[Call, Caller, Callers], Result]] = {
    "GetSessionToken": get_session_token,
    "GetCallerIdentity": get_caller_identity,
}
_CODEPIPELINE: dict[str, Callable[[Call], Result]] = {
    "GetPipelineState": get_pipeline_state,
    "ListActionExecutions": list_action_executions,
    "ListRuleExecutions": list_rule_executions,
    "ListActionTypes": list_action_types,
    "RetryStageExecution": retry_stage_execution,
    "StopPipelineExecution": stop_pipeline_execution,
}
