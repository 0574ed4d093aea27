"""Temporary credentials: of users and roles, and of a workflow that comes with a token of its identity provider."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from sandbox.account._authorization import role_of
from sandbox.account._call import Refused
from sandbox.account._clock import now
from sandbox.account._decision import Question, statements
from sandbox.account._moto import ACCOUNT_ID, iam_backend, iam_backend_of
from sandbox.account._policies import in_force
from sandbox.account._trust import trusts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from moto.iam.models import OpenIDConnectProvider, Role

    from sandbox.account._call import Call
    from sandbox.account._callers import Caller, Callers, Session

Result = dict[str, Any]
_SHORTEST = 900  # seconds; API reference, AssumeRole
_SESSION_TOKEN_DEFAULT, _SESSION_TOKEN_LONGEST = 43_200, 129_600  # seconds; API reference, GetSessionToken
_ROLE_DEFAULT = 3_600  # seconds; also the longest where one role takes another


def get_caller_identity(_call: Call, caller: Caller, _callers: Callers) -> Result:
    """Who calls; moto does not know our sessions."""
    user_id = caller.context.get("aws:userid", [ACCOUNT_ID])[0]
    return {"UserId": user_id, "Account": ACCOUNT_ID, "Arn": caller.arn}


def get_session_token(call: Call, caller: Caller, callers: Callers) -> Result:
    """Temporary credentials for a user; with their device they count as MFA. moto gives everybody the same ones."""
    if caller.user_name is None or caller.session:
        raise Refused("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    lasts = _lasts(call, _SESSION_TOKEN_DEFAULT, _SESSION_TOKEN_LONGEST, "")
    user = iam_backend(call.region).users[caller.user_name]
    session = callers.open_session(user, lasts=lasts, mfa=_by_device(call, caller))
    return {"Credentials": session.credentials()}


def assume_role(call: Call, caller: Caller, callers: Callers) -> Result:
    """A session of a role, for whom its trust policy lets; of the administrator it is not asked."""
    role = role_of(call.text("RoleArn"))
    if role is None:  # Unlike AWS: there are no roles of other accounts
        raise Refused("AccessDenied", f"There is no role {call.text('RoleArn')} in this account.", 403)
    chained = bool(caller.session and caller.session.name)
    session = _open(call, role, callers, mfa=_by_device(call, caller), longest=_ROLE_DEFAULT if chained else None)
    return {"Credentials": session.credentials(), "AssumedRoleUser": _shown(session)}


def assume_role_with_web_identity(call: Call, _caller: Caller, callers: Callers) -> Result:
    """A session of a role for the bearer of a token, if its provider is known here and the trust policy agrees."""
    claims = _claims(call.text("WebIdentityToken"))
    provider = _provider(claims, call.text("RoleArn"))
    context = {
        f"{provider.url}:{claim}".lower(): list(map(str, value if isinstance(value, list) else [value]))
        for claim, value in claims.items()
    }
    context |= {
        "aws:federatedprovider": [provider.arn],
        "aws:currenttime": [now().isoformat()],
        "sts:rolesessionname": [call.text("RoleSessionName")],
    }
    role = role_of(call.text("RoleArn"))
    question = Question("sts:AssumeRoleWithWebIdentity", call.text("RoleArn"), context)
    if role is None or not trusts(role.assume_role_policy_document, question, "Federated", provider.arn):
        raise Refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
    federated = {"aws:federatedprovider": [provider.arn]}
    session = _open(call, role, callers, mfa=None, context=federated)
    return {
        "Credentials": session.credentials(),
        "AssumedRoleUser": _shown(session),
        "SubjectFromWebIdentityToken": str(claims.get("sub", "")),
        "Audience": _audiences(claims)[0],
        "Provider": provider.arn,
    }


def web_identity_token(issuer: str, **claims: object) -> str:
    """A token as an identity provider makes it: `issuer` "https://token.actions.githubusercontent.com", sub, aud, ...

    Unlike AWS: nobody signs it and nobody looks.
    """
    parts = ({"alg": "none", "typ": "JWT"}, {"iss": issuer, **claims})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "unsigned"])


STS: dict[str, Callable[[Call, Caller, Callers], Result]] = {
    "AssumeRole": assume_role,
    "AssumeRoleWithWebIdentity": assume_role_with_web_identity,
    "GetCallerIdentity": get_caller_identity,
    "GetSessionToken": get_session_token,
}


def _open(  # noqa: PLR0913 - what a session is made of, by name
    call: Call,
    role: Role,
    callers: Callers,
    *,
    mfa: bool | None,
    longest: int | None = None,
    context: dict[str, list[str]] | None = None,
) -> Session:
    name = call.text("RoleSessionName")
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", name, re.ASCII):
        raise Refused(
            "ValidationError",
            f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
        )
    of_the_role = int(role.max_session_duration or _ROLE_DEFAULT)
    why = "exceeds the MaxSessionDuration set for this role."
    if longest:
        why = "exceeds the 1 hour session limit for roles assumed by role chaining."
    lasts = _lasts(call, _ROLE_DEFAULT, min(of_the_role, longest or of_the_role), why)
    return callers.open_session(
        role, lasts=lasts, mfa=mfa, name=name, policies=_session_policies(call), context=context
    )


def _shown(session: Session) -> Result:
    return {"AssumedRoleId": session.user_id, "Arn": session.arn}


def _session_policies(call: Call) -> list[str]:
    backend = iam_backend_of(call.text("RoleArn"))
    arns = [policy["arn"] for policy in call.parameters.get("PolicyArns", [])]
    for arn in arns:
        if arn not in backend.managed_policies:
            raise Refused("MalformedPolicyDocument", f"PolicyArns: {arn} does not exist or is not attachable.")
    inline = [call.text("Policy")] if call.text("Policy") else []
    try:
        for document in inline:
            statements(document)
    except (ValueError, AttributeError, TypeError):
        raise Refused("MalformedPolicyDocument", "This policy contains invalid Json") from None
    return [*inline, *(in_force(backend.managed_policies[arn]) for arn in arns)]


def _lasts(call: Call, default: int, longest: int, why: str) -> timedelta:
    seconds = int(call.text("DurationSeconds", str(default)))
    if seconds > longest:
        words = f"1 validation error detected: Value '{seconds}' at 'durationSeconds' is more than {longest}"
        raise Refused("ValidationError", f"The requested DurationSeconds {why}" if why else words)
    if seconds < _SHORTEST:
        words = f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: "
        raise Refused("ValidationError", f"{words}Member must have value greater than or equal to {_SHORTEST}")
    return timedelta(seconds=seconds)


def _by_device(call: Call, caller: Caller) -> bool:
    """Whether a code of the caller's own device came with the call. Unlike AWS: any six digits are the right code."""
    serial, code = call.text("SerialNumber"), call.text("TokenCode")
    if not (serial or code):
        return False
    if not (serial in getattr(caller.identity, "mfa_devices", {}) and re.fullmatch(r"\d{6}", code)):
        raise Refused("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.", 403)
    return True


def _claims(token: str) -> Mapping[str, Any]:
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        claims = None
    if not isinstance(claims, dict) or not isinstance(claims.get("iss"), str):
        raise Refused("InvalidIdentityToken", "The ID Token provided is not a valid JWT.")
    if "exp" in claims and datetime.fromtimestamp(float(claims["exp"]), timezone.utc) <= now():
        raise Refused("ExpiredTokenException", "Token expired: its expiration date/time is past.")
    return claims


def _provider(claims: Mapping[str, Any], role_arn: str) -> OpenIDConnectProvider:
    url = claims["iss"].removeprefix("https://").rstrip("/")
    providers = iam_backend_of(role_arn).open_id_providers.values()
    provider: OpenIDConnectProvider | None = next((one for one in providers if one.url == url), None)
    if provider is None:
        message = f"No OpenIDConnect provider found in your account for {claims['iss']}"
        raise Refused("InvalidIdentityToken", message)
    if not set(_audiences(claims)) & set(provider.client_id_list or []):
        raise Refused("InvalidIdentityToken", "Incorrect token audience")
    return provider


def _audiences(claims: Mapping[str, Any]) -> list[str]:
    found = claims.get("aud", "")
    return list(map(str, found)) if isinstance(found, list) else [str(found)]
