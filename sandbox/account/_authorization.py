"""Whether a call passes: what is asked of which policies, and a refusal in AWS's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.account._call import Call, Refused
from sandbox.account._decision import Question
from sandbox.account._moto import iam_backend_of, role_named
from sandbox.account._policies import boundary_of, documents_of, verdict_for
from sandbox.account._resources import resources_of
from sandbox.account._trust import may_take

if TYPE_CHECKING:
    from moto.iam.models import Role

    from sandbox.account._callers import Caller
    from sandbox.account._decision import Context, Verdict

_BEFORE_THE_RESET = frozenset({"ChangePassword", "GetAccountPasswordPolicy", "GetCallerIdentity"})
_SETS = {  # service -> condition key -> parameter
    "iam": {"iam:policyarn": "PolicyArn", "iam:permissionsboundary": "PermissionsBoundary"},
    "sts": {
        "sts:externalid": "ExternalId",
        "sts:rolesessionname": "RoleSessionName",
        "sts:sourceidentity": "SourceIdentity",
    },
}
_ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})


def authorize(caller: Caller, call: Call) -> None:
    """Let a call pass or not; the administrator may do everything.

    Raises:
        Refused: AccessDenied, in the words of the service.
    """
    action = f"{call.service}:{call.action}"
    if caller.identity is None or (action in _ALWAYS_ALLOWED):
        return
    session = caller.session
    if session and not session.name and not session.console and not session.mfa and call.service == "iam":
        # API reference, GetSessionToken: "You cannot call any IAM API operations unless MFA authentication
        # information is included in the request"
        raise Refused("InvalidClientTokenId", "The security token included in the request is invalid", 403)
    reset_first = session and session.console and getattr(caller.identity, "password_reset_required", False)
    for resource in resources_of(call):
        if reset_first and call.action not in _BEFORE_THE_RESET:
            # "Change an IAM user's own password", IAM User Guide: nothing works in the console before
            raise denied(caller.arn, call, resource, "the password must be changed first")
        question = Question(action, resource, {**caller.context, **_of_call(call)})
        verdict = _about_a_role(caller, question) if action == "sts:AssumeRole" else _verdict(caller, question)
        if verdict.decision != "allowed":
            raise denied(caller.arn, call, resource, _why(verdict, action))


def role_of(arn: str) -> Role | None:
    """The role of this account that an ARN names."""
    role = role_named(iam_backend_of(arn), arn.rpartition("/")[2]) if ":role/" in arn else None
    return role if role and role.arn == arn else None


def denied(caller: str, call: Call, resource: str, why: str) -> Refused:
    """AccessDenied in the words of AWS; `caller` is an ARN."""
    message = f"User: {caller} is not authorized to perform: {call.service}:{call.action} on resource: {resource} {why}"
    if call.protocol == "json":
        return Refused("AccessDeniedException", message, 400)
    return Refused("AccessDenied", message, 403)


def _verdict(caller: Caller, question: Question) -> Verdict:
    assert caller.identity  # noqa: S101 - the administrator is not asked about
    policies = caller.session.policies if caller.session else ()
    return verdict_for(caller.identity, question, session_policies=policies)


def _about_a_role(caller: Caller, question: Question) -> Verdict:
    assert caller.identity  # noqa: S101 - likewise
    role = role_of(question.resource)
    return may_take(
        role.assume_role_policy_document if role else None,
        question,
        session_arn=caller.arn,
        identity_policies=documents_of(caller.identity),
        boundary=boundary_of(caller.identity),
        session_policies=caller.session.policies if caller.session else (),
    )


def _of_call(call: Call) -> Context:
    """Condition keys that a call's own parameters set."""
    names = _SETS.get(call.service, {})
    context = {key: [call.text(name)] for key, name in names.items() if name in call.parameters}
    if call.service == "sts" and "TokenCode" in call.parameters:
        context["aws:multifactorauthpresent"] = ["true"]  # the code itself is looked at when the role is taken
    tags = call.parameters.get("Tags", []) if names else []
    return {**context, **{f"aws:requesttag/{tag['Key'].lower()}": [tag["Value"]] for tag in tags}}


def _why(verdict: Verdict, action: str) -> str:
    """The reason as in "Troubleshoot access denied error messages", IAM User Guide."""
    if verdict.by == "role trust policy" and verdict.decision == "explicitDeny":
        return "with an explicit deny in the role trust policy"
    if verdict.decision == "explicitDeny":
        return f"with an explicit deny in {'an' if verdict.by == 'identity-based policy' else 'a'} {verdict.by}"
    return f"because no {verdict.by} allows the {action} action"
