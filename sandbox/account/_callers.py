"""Who calls: the administrator, a user by access key or by signing in to the console, or a role."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.iam.models import Role, User

from sandbox.account._call import Call, Refused
from sandbox.account._clock import now
from sandbox.account._last_use import key_is_used
from sandbox.account._moto import ACCOUNT_ID, iam_backend, partition_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from moto.iam.models import AccessKey

    from sandbox.account._decision import Context

ADMIN_ACCESS_KEY_ID = "AKIAADMINISTRATOR000"
CONSOLE_SESSION = timedelta(hours=12)
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


@dataclass(frozen=True)
class Session:
    """Temporary credentials: of a user (console, GetSessionToken) or of a role (AssumeRole...)."""

    identity: User | Role
    name: str  # of a role session; "" for a user's
    mfa: bool | None  # None: the key aws:MultiFactorAuthPresent does not exist
    console: bool
    policies: Sequence[str]  # session policies
    context: Context  # what else is known of the circumstances
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

    @property
    def arn(self) -> str:
        """The user's, or that of the role's session."""
        if isinstance(self.identity, User):
            return str(self.identity.arn)
        return f"arn:{self.identity.partition}:sts::{ACCOUNT_ID}:assumed-role/{self.identity.name}/{self.name}"

    @property
    def user_id(self) -> str:
        """The user's id, or that of the role with the session's name."""
        return f"{self.identity.id}:{self.name}" if self.name else str(self.identity.id)


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
            Refused: the key is none of this account, not any more, switched off or expired.
        """
        key = call.access_key_id
        if call.action == "AssumeRoleWithWebIdentity":
            return Caller("")  # the token in it tells who asks
        if key == ADMIN_ACCESS_KEY_ID or not key.startswith(("AKIA", "ASIA")):
            # Unlike AWS: keys that AWS could not have made ("test") are the administrator's too.
            return Caller(f"arn:{partition_of(call.region)}:iam::{ACCOUNT_ID}:root")
        if session := self._sessions.get(key):
            return _by_session(session, call)
        backend = iam_backend(call.region)
        owned: AccessKey | None = backend.access_keys.get(key)
        if owned is None or owned.status != "Active":
            raise _nobody()
        key_is_used(owned, call)
        user = backend.users[str(owned.user_name)]
        return Caller(user.arn, user, {**_of_user(user), **_circumstances(call.region)})

    def open_session(  # noqa: PLR0913 - what a session is made of, by name
        self,
        identity: User | Role,
        *,
        lasts: timedelta,
        mfa: bool | None,
        console: bool = False,
        name: str = "",
        policies: Sequence[str] = (),
        context: Context | None = None,
    ) -> Session:
        """Temporary credentials for a user or a role."""
        alphabet = string.ascii_uppercase + string.digits
        session = Session(
            identity=identity,
            name=name,
            mfa=mfa,
            console=console,
            policies=policies,
            context=context or {},
            access_key_id="ASIA" + "".join(secrets.choice(alphabet) for _ in range(16)),
            secret_access_key=secrets.token_urlsafe(30),
            token=secrets.token_urlsafe(60),
            expiration=now() + lasts,
        )
        self._sessions[session.access_key_id] = session
        return session


def in_own_name(caller: Caller, call: Call) -> Call:
    """The call with the caller's name where AWS takes that for granted."""
    if caller.user_name is None or call.action not in _ABOUT_ONESELF or "UserName" in call.parameters:
        return call
    return replace(call, parameters={**call.parameters, "UserName": caller.user_name})


def _by_session(session: Session, call: Call) -> Caller:
    if session.expiration <= now():
        code = "ExpiredTokenException" if call.protocol == "json" else "ExpiredToken"
        raise Refused(code, "The security token included in the request is expired", 403)
    identity, backend = session.identity, iam_backend(call.region)
    if isinstance(identity, User):
        gone, known = backend.users.get(identity.name) is not identity, _of_user(identity)
    else:
        gone, known = backend.roles.get(identity.id) is not identity, _of_role(session)
    if gone:
        raise _nobody()
    if isinstance(identity, Role):
        vars(identity).update(last_used=now().replace(tzinfo=None), last_used_region=call.region)
    if session.mfa is not None:  # with an access key alone, the key does not exist at all
        known["aws:multifactorauthpresent"] = [str(session.mfa).lower()]
    return Caller(session.arn, identity, {**known, **session.context, **_circumstances(call.region)}, session)


def _of_user(user: User) -> Context:
    return {
        "aws:username": [user.name],
        "aws:userid": [user.id],
        "aws:principaltype": ["User"],
        "aws:principalarn": [user.arn],
        "aws:principalaccount": [ACCOUNT_ID],
    }


def _of_role(session: Session) -> Context:
    return {
        "aws:userid": [session.user_id],
        "aws:principaltype": ["AssumedRole"],
        "aws:principalarn": [session.identity.arn],
        "aws:principalaccount": [ACCOUNT_ID],
    }


def _circumstances(region: str) -> Context:
    return {
        "aws:currenttime": [now().isoformat()],
        "aws:requestedregion": [region],
        "aws:securetransport": ["true"],  # Unlike AWS: plain HTTP here, but no policy should see that
        "aws:sourceip": ["127.0.0.1"],
    }


def _nobody() -> Refused:
    return Refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
