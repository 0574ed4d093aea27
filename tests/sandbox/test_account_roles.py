"""Who can assume a role, and what its session can do."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.account import web_identity_token
from tests.sandbox.aws import allow, client_of, deny, document, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_iam import IAMClient

    from sandbox.account import Account
    from tests.sandbox.conftest import ActingAs

PREFIX = "arn:aws:iam::123456789012:"
JIN, ROLE = f"{PREFIX}user/jin", f"{PREFIX}role/deploy"
TAKE = allow("sts:AssumeRole", on=ROLE)
ISSUER = "https://token.actions.githubusercontent.com"
PROVIDER = f"{PREFIX}oidc-provider/token.actions.githubusercontent.com"


def trust(*who: str, effect: str = "Allow", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - conditions
    return {"Effect": effect, "Principal": {"AWS": list(who)}, "Action": "sts:AssumeRole", **more}


def keys(credentials: Any) -> dict[str, str]:  # noqa: ANN401 - of a response
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


@pytest.fixture
def role(iam: IAMClient) -> Callable[..., None]:
    """The role deploy, with a trust policy of these statements; it may list users and take roles."""

    def make(*statements: dict[str, Any], name: str = "deploy") -> None:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(*statements))
        mine = document(allow("iam:ListUsers", "sts:AssumeRole"))
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=mine)

    return make


@pytest.fixture
def jin(iam: IAMClient, acting_as: ActingAs) -> Callable[..., Any]:
    """STS as a user with a policy and a boundary of one statement each, or without."""

    def make(policy: dict[str, Any] | None = None, boundary: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - a client
        iam.create_user(UserName="jin")
        if policy:
            iam.put_user_policy(UserName="jin", PolicyName="own", PolicyDocument=document(policy))
        if boundary:
            arn = iam.create_policy(PolicyName="boundary", PolicyDocument=document(boundary))["Policy"]["Arn"]
            iam.put_user_permissions_boundary(UserName="jin", PermissionsBoundary=arn)
        return acting_as("jin", "sts")

    return make


def taken(sts: Any, role: str = ROLE, **more: object) -> str:  # noqa: ANN401 - a boto3 client
    return refusal(sts.assume_role, RoleArn=role, RoleSessionName="ci", **more)


NOT_TRUSTED = "because no role trust policy allows the sts:AssumeRole action"
NO_POLICY = "because no identity-based policy allows the sts:AssumeRole action"
NO_BOUNDARY = "because no permissions boundary allows the sts:AssumeRole action"


@pytest.mark.parametrize(
    ("trusted", "own", "reason"),
    [
        (trust(JIN), {}, ""),
        (trust("*"), {}, ""),
        (trust(f"{PREFIX}root"), {}, NO_POLICY),
        (trust("123456789012"), {"policy": TAKE}, ""),
        (trust(f"{PREFIX}user/mina"), {"policy": TAKE}, NOT_TRUSTED),
        (trust(f"{PREFIX}user/*"), {"policy": TAKE}, NOT_TRUSTED),
        (trust(JIN), {"policy": deny("sts:*")}, "with an explicit deny in an identity-based policy"),
        (trust(JIN, effect="Deny"), {"policy": TAKE}, "with an explicit deny in the role trust policy"),
        (trust(JIN), {"boundary": allow("codepipeline:*")}, ""),
        (trust(JIN), {"boundary": deny("sts:AssumeRole")}, "with an explicit deny in a permissions boundary"),
        (trust("123456789012"), {"policy": TAKE, "boundary": allow("codepipeline:*")}, NO_BOUNDARY),
        (trust(JIN, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), {}, NOT_TRUSTED),
        (trust(JIN, Condition={"StringEquals": {"sts:ExternalId": "ours"}}), {}, NOT_TRUSTED),
        (trust(JIN, Condition={"StringEquals": {"aws:username": "jin"}}), {}, ""),
    ],
    ids=[
        "named: no policy needed",
        "everybody",
        "account, no policy",
        "account, with a policy",
        "somebody else",
        "no wildcards in ARNs",
        "denied by the own policy",
        "denied by the trust policy",
        "named, boundary silent",
        "named, boundary denies",
        "account, boundary silent",
        "without MFA",
        "without the external id",
        "by name",
    ],
)
def test_a_user_takes_a_role_as_its_trust_policy_says(
    role: Callable[..., None],
    jin: Callable[..., Any],
    trusted: dict[str, Any],
    own: dict[str, dict[str, Any]],
    reason: str,
) -> None:
    role(trusted, *([trust("123456789012")] if trusted["Effect"] == "Deny" else []))
    who = f"AccessDenied: User: {JIN} is not authorized to perform: sts:AssumeRole on resource: {ROLE} "
    assert taken(jin(**own)) == (who + reason if reason else "")


def test_a_role_that_is_not_there_is_taken_by_nobody(jin: Callable[..., Any], role: Callable[..., None]) -> None:
    sts = jin(policy=allow("*"))
    assert taken(sts).endswith(NOT_TRUSTED)
    role(trust(JIN))
    assert taken(sts) == ""
    assert taken(sts, f"{PREFIX}role/other/deploy").endswith(NOT_TRUSTED)


def test_the_session_is_the_role_and_no_user(
    account: Account, iam: IAMClient, role: Callable[..., None], acting_as: ActingAs
) -> None:
    role(trust(JIN))
    iam.create_user(UserName="jin")
    answer = acting_as("jin", "sts").assume_role(RoleArn=ROLE, RoleSessionName="ci")
    session = keys(answer["Credentials"])
    who = client_of(account, "sts", **session).get_caller_identity()
    assert who["Arn"] == answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::123456789012:assumed-role/deploy/ci"
    assert who["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    users = client_of(account, "iam", **session)
    assert refusal(users.list_users) == ""
    assert "assumed-role/deploy/ci is not authorized" in refusal(users.list_roles)
    named = deny("iam:ListUsers", Condition={"StringLike": {"aws:username": "*"}})
    iam.put_role_policy(RoleName="deploy", PolicyName="named", PolicyDocument=document(named))
    assert refusal(users.list_users) == ""
    iam.delete_role_policy(RoleName="deploy", PolicyName="named")
    iam.delete_role_policy(RoleName="deploy", PolicyName="own")
    assert "because no identity-based policy allows" in refusal(users.list_users)
    iam.delete_role(RoleName="deploy")
    assert refusal(users.list_users).startswith("InvalidClientTokenId")


def test_session_policies_cap_and_the_session_ends(account: Account, role: Callable[..., None]) -> None:
    role(trust(JIN))
    sts = client_of(account, "sts")
    cap = document(allow("iam:ListRoles"))
    capped = sts.assume_role(RoleArn=ROLE, RoleSessionName="ci", Policy=cap)["Credentials"]
    assert "because no session policy allows" in refusal(client_of(account, "iam", **keys(capped)).list_users)
    short = sts.assume_role(RoleArn=ROLE, RoleSessionName="ci", DurationSeconds=900)["Credentials"]
    users = client_of(account, "iam", **keys(short))
    assert refusal(users.list_users) == ""
    account.set_now(datetime.now(timezone.utc) + timedelta(seconds=901))
    assert refusal(users.list_users).startswith("ExpiredToken: ")


@pytest.mark.parametrize("named", ["role/deploy", "the session", "account"])
def test_a_role_takes_a_role_within_its_boundary_unless_its_session_is_named(
    account: Account, iam: IAMClient, role: Callable[..., None], named: str
) -> None:
    who = {"the session": "arn:aws:sts::123456789012:assumed-role/deploy/ci", "account": "123456789012"}
    role(trust(JIN))
    role(trust(who.get(named, PREFIX + named)), name="admin")
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=document(allow("codepipeline:*")))["Policy"]["Arn"]
    session = client_of(account, "sts").assume_role(RoleArn=ROLE, RoleSessionName="ci")["Credentials"]
    sts = client_of(account, "sts", **keys(session))
    assert taken(sts, f"{PREFIX}role/admin") == ""
    iam.put_role_permissions_boundary(RoleName="deploy", PermissionsBoundary=boundary)
    found = taken(sts, f"{PREFIX}role/admin")
    assert (found == "") if named == "the session" else found.endswith(NO_BOUNDARY)


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({"DurationSeconds": 7200}, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
        ({"PolicyArns": [{"arn": f"{PREFIX}policy/missing"}]}, "does not exist"),
        ({"Policy": "{"}, "This policy contains invalid Json"),
    ],
    ids=["too long", "no such policy", "no policy"],
)
def test_a_session_that_cannot_be_is_refused(
    account: Account, role: Callable[..., None], parameters: dict[str, Any], refused: str
) -> None:
    role(trust(JIN))
    assert refused in taken(client_of(account, "sts"), **parameters)


def test_a_session_token_without_mfa_calls_no_iam(iam: IAMClient, account: Account, acting_as: ActingAs) -> None:
    iam.create_user(UserName="jin")
    iam.put_user_policy(UserName="jin", PolicyName="all", PolicyDocument=document(allow("*")))
    session = keys(acting_as("jin", "sts").get_session_token()["Credentials"])
    assert refusal(client_of(account, "iam", **session).list_users).startswith("InvalidClientTokenId")
    assert refusal(client_of(account, "codepipeline", **session).list_pipelines) == ""


GITHUB = {
    "Effect": "Allow",
    "Principal": {"Federated": PROVIDER},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
        "StringEquals": {
            f"{ISSUER.removeprefix('https://')}:aud": "sts.amazonaws.com",
            f"{ISSUER.removeprefix('https://')}:sub": "repo:helprr/access:environment:dev",
        }
    },
}


@pytest.mark.parametrize(
    ("claims", "refused"),
    [
        ({}, ""),
        ({"aud": ["other", "sts.amazonaws.com"]}, ""),
        ({"sub": "repo:helprr/access:pull_request"}, "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebI"),
        ({"aud": "elsewhere"}, "InvalidIdentityToken: Incorrect token audience"),
        ({"iss": "https://example.org"}, "InvalidIdentityToken: No OpenIDConnect provider found in your account for"),
        ({"exp": 1_000_000_000}, "ExpiredTokenException: Token expired"),
    ],
    ids=["ours", "two audiences", "a pull request", "another audience", "another provider", "expired"],
)
def test_a_workflow_takes_a_role_by_its_token(
    account: Account, iam: IAMClient, role: Callable[..., None], claims: dict[str, Any], refused: str
) -> None:
    iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["sts.amazonaws.com"])
    role(GITHUB)
    ours = {"iss": ISSUER, "aud": "sts.amazonaws.com", "sub": "repo:helprr/access:environment:dev"} | claims
    token = web_identity_token(ours.pop("iss"), **ours)
    sts = client_of(account, "sts")
    wanted = {"RoleArn": ROLE, "RoleSessionName": "ci", "WebIdentityToken": token}
    found = refusal(sts.assume_role_with_web_identity, **wanted)
    assert found.startswith(refused) if refused else found == ""
    assert token not in json.dumps([call.parameters for call in account.calls])
    if not refused:
        session = keys(sts.assume_role_with_web_identity(**wanted)["Credentials"])
        assert client_of(account, "iam", **session).list_users()["Users"] == []


def test_what_is_no_token_is_refused(account: Account, role: Callable[..., None]) -> None:
    role(GITHUB)
    sts = client_of(account, "sts")
    wanted = {"RoleArn": ROLE, "RoleSessionName": "ci", "WebIdentityToken": "nothing"}
    assert refusal(sts.assume_role_with_web_identity, **wanted).startswith("InvalidIdentityToken: ")
