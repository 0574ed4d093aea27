"""Who calls: the administrator, a user by access key or by signing in to the console, or a role."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.sts.models import sts_backends

from sandbox.account._call import ApiError, Call
from sandbox.account._clock import now
from sandbox.account._decision import Question
from sandbox.account._moto import ACCOUNT_ID, iam_backend, partition_of, role_named
from sandbox.account._policies import verdict_for
from sandbox.account._resources import resources_of

if TYPE_CHECKING:
    from moto.iam.models import Role, User

    from sandbox.account._decision import Context, Verdict

ADMIN_ACCESS_KEY_ID = "AKIAADMINISTRATOR000"
_BEFORE_THE_RESET = frozenset({"ChangePassword", "GetAccountPasswordPolicy", "GetCallerIdentity"})
_ABOUT_ONESELF = frozenset(  # IAM actions that are about the caller where no user is named
    {
        "ChangePassword",
        "CreateAccessKey",
        "CreateLoginProfile",
        "DeleteAccessKey",
        "DeleteLoginProfile",
        "GetLoginProfile",
        "GetUser",
        "ListAccessKeys",
        "ListMFADevices",
        "ListServiceSpecificCredentials",
        "ListSSHPublicKeys",
        "ListSigningCertificates",
        "UpdateAccessKey",
    }
)
_ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})


@dataclass(frozen=True)
class Session:
    """Temporary credentials of a user: of the console, or of GetSessionToken."""

    user_id: str
    region: str
    mfa: bool
    console: bool
    access_key_id: str
    secret_access_key: str
    token: str
    expiration: datetime

    def credentials(self) -> dict[str, Any]:
        """As STS gives them."""
        return {
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key,
            "SessionToken": self.token,
            "Expiration": self.expiration,
        }


@dataclass(frozen=True)
class Caller:
    """Who calls, and what IAM knows of the circumstances; the administrator is the root of the account."""

    arn: str
    identity: User | Role | None = None
    context: Context = field(default_factory=dict)
    session: Session | None = None

    @property
    def user_name(self) -> str | None:
        """The name of a user; None for a role and the administrator."""
        return self.context["aws:username"][0] if "aws:username" in self.context else None


class Callers:
    """The account's view of access keys and sessions."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def of(self, call: Call) -> Caller:
        """Who signed this call.

        Raises:
            ApiError: the key is none of this account, not any more, or switched off.
        """
        key = call.access_key_id
        partition, backend = partition_of(call.region), iam_backend(call.region)
        if key == ADMIN_ACCESS_KEY_ID or not key.startswith(("AKIA", "ASIA")):
            # Unlike AWS: keys that AWS could not have made ("test") are the administrator's too.
            return Caller(f"arn:{partition}:iam::{ACCOUNT_ID}:root")
        session = self._sessions.get(key)
        if session and session.expiration <= now():
            code = "ExpiredTokenException" if call.protocol == "json" else "ExpiredToken"
            raise ApiError(code, "The security token included in the request is expired", 403)
        for user in backend.users.values():
            by_key = any(owned.access_key_id == key and owned.status == "Active" for owned in user.access_keys)
            if by_key or (session and session.user_id == user.id):
                return _user(user, session, call.region)
        if role := _assumed_role(key, call.region):
            return role
        raise ApiError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)

    def open_session(self, user: User, region: str, *, mfa: bool, console: bool) -> Session:
        """Temporary credentials for a user."""
        alphabet = string.ascii_uppercase + string.digits
        session = Session(
            user_id=user.id,
            region=region,
            mfa=mfa,
            console=console,
            access_key_id="ASIA" + "".join(secrets.choice(alphabet) for _ in range(16)),
            secret_access_key=secrets.token_urlsafe(30),
            token=secrets.token_urlsafe(60),
            expiration=now() + timedelta(hours=12),
        )
        self._sessions[session.access_key_id] = session
        return session


def in_own_name(caller: Caller, call: Call) -> Call:
    """The call with the caller's name where AWS takes that for granted."""
    if caller.user_name is None or call.action not in _ABOUT_ONESELF or "UserName" in call.parameters:
        return call
    return replace(call, parameters={**call.parameters, "UserName": caller.user_name})


def authorize(caller: Caller, call: Call) -> None:
    """Let a call pass or not; the administrator may do everything.

    Raises:
        ApiError: AccessDenied, in the words of the service.
    """
    action = f"{call.service}:{call.action}"
    if caller.identity is None or (action in _ALWAYS_ALLOWED):
        return
    reset_first = (
        caller.session and caller.session.console and getattr(caller.identity, "password_reset_required", False)
    )
    for resource in resources_of(call):
        if reset_first and call.action not in _BEFORE_THE_RESET:
            # "Change an IAM user's own password", IAM User Guide: nothing works in the console before
            raise denied(caller.arn, call, resource, "the password has to be changed first")
        verdict = verdict_for(caller.identity, Question(action, resource, {**caller.context, **_of_call(call)}))
        if verdict.decision != "allowed":
            raise denied(caller.arn, call, resource, _why(verdict, action))


def _user(user: User, session: Session | None, region: str) -> Caller:
    context = {
        "aws:username": [user.name],
        "aws:userid": [user.id],
        "aws:principaltype": ["User"],
        "aws:principalarn": [user.arn],
        "aws:principalaccount": [ACCOUNT_ID],
        **_circumstances(region),
    }
    if session:  # with an access key alone, the key aws:MultiFactorAuthPresent does not exist at all
        context["aws:multifactorauthpresent"] = [str(session.mfa).lower()]
    return Caller(user.arn, user, context, session)


def _assumed_role(key: str, region: str) -> Caller | None:
    assumed = sts_backends[ACCOUNT_ID][partition_of(region)].get_assumed_role_from_access_key(key)
    role = role_named(iam_backend(region), assumed.role_arn.split("/")[-1]) if assumed else None
    if not assumed or not role:
        return None
    context = {
        "aws:userid": [assumed.user_id],
        "aws:principaltype": ["AssumedRole"],
        "aws:principalarn": [role.arn],
        "aws:principalaccount": [ACCOUNT_ID],
        **_circumstances(region),
    }
    return Caller(assumed.arn, role, context)


def _circumstances(region: str) -> Context:
    return {
        "aws:currenttime": [now().isoformat()],
        "aws:requestedregion": [region],
        "aws:securetransport": ["true"],  # Unlike AWS: plain HTTP here, but no policy should see that
        "aws:sourceip": ["127.0.0.1"],
    }


def _of_call(call: Call) -> Context:
    """Condition keys that a call's own parameters set."""
    if call.service != "iam":
        return {}
    keys = {"iam:policyarn": "PolicyArn", "iam:permissionsboundary": "PermissionsBoundary"}
    context = {key: [call.text(name)] for key, name in keys.items() if name in call.parameters}
    tags = call.parameters.get("Tags", [])
    return {**context, **{f"aws:requesttag/{tag['Key'].lower()}": [tag["Value"]] for tag in tags}}


def _why(verdict: Verdict, action: str) -> str:
    """The reason as in "Troubleshoot access denied error messages", IAM User Guide."""
    if verdict.decision == "explicitDeny":
        article = "an" if verdict.by == "identity-based policy" else "a"
        return f"with an explicit deny in {article} {verdict.by}"
    return f"because no {verdict.by} allows the {action} action"


def denied(caller: str, call: Call, resource: str, why: str) -> ApiError:
    """AccessDenied in the words of AWS; `caller` is an ARN."""
    message = f"User: {caller} is not authorized to perform: {call.service}:{call.action} on resource: {resource} {why}"
    if call.protocol == "json":
        return ApiError("AccessDeniedException", message, 400)
    return ApiError("AccessDenied", message, 403)
