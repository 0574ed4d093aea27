"""Console passwords: the forced reset, which passwords are accepted, and who can sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sandbox.account import console_credentials
from tests.sandbox.aws import allow, client_of, document, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_iam import IAMClient

    from sandbox.account import Account
    from tests.sandbox.conftest import ActingAs

MAY_CHANGE_PASSWORD = "arn:aws:iam::aws:policy/IAMUserChangePassword"


@pytest.fixture
def jin(iam: IAMClient) -> str:
    """A user as the guide creates one: with a temporary password that must be changed."""
    iam.create_user(UserName="jin")
    iam.create_login_profile(UserName="jin", Password="Temporary-1", PasswordResetRequired=True)
    iam.attach_user_policy(UserName="jin", PolicyArn=MAY_CHANGE_PASSWORD)
    return "jin"


@pytest.fixture
def console(account: Account) -> Callable[..., Any]:
    """A client in the console, after signing in."""

    def sign_in(password: str, service: str = "iam") -> Any:  # noqa: ANN401 - any service's client
        return client_of(account, service, **console_credentials(account.endpoint, "jin", password))

    return sign_in


def has_to_change(iam: IAMClient) -> bool:
    return iam.get_login_profile(UserName="jin")["LoginProfile"]["PasswordResetRequired"]


@pytest.mark.usefixtures("jin")
def test_a_forced_reset_is_kept(iam: IAMClient) -> None:
    assert has_to_change(iam) is True


def test_before_the_reset_nothing_works_but_the_reset(iam: IAMClient, jin: str, console: Callable[..., Any]) -> None:
    iam.put_user_policy(UserName=jin, PolicyName="all", PolicyDocument=document(allow("*")))
    assert "the password must be changed first" in refusal(console("Temporary-1", "codepipeline").list_pipelines)
    changes = {"OldPassword": "Temporary-1", "NewPassword": "a-New-One-1"}
    assert refusal(console("Temporary-1").change_password, **changes) == ""
    assert has_to_change(iam) is False
    assert refusal(console("a-New-One-1", "codepipeline").list_pipelines) == ""


def test_the_reset_needs_the_permission_to_change_it(iam: IAMClient, jin: str, console: Callable[..., Any]) -> None:
    iam.detach_user_policy(UserName=jin, PolicyArn=MAY_CHANGE_PASSWORD)
    changes = {"OldPassword": "Temporary-1", "NewPassword": "a-New-One-1"}
    assert "AccessDenied" in refusal(console("Temporary-1").change_password, **changes)


def test_access_keys_do_not_wait_for_the_reset(iam: IAMClient, jin: str, acting_as: ActingAs) -> None:
    iam.put_user_policy(UserName=jin, PolicyName="list", PolicyDocument=document(allow("codepipeline:ListPipelines")))
    assert refusal(acting_as(jin).list_pipelines) == ""


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"OldPassword": "wrong", "NewPassword": "a-New-One-1"}, "AccessDenied: The old password was incorrect."),
        (
            {"OldPassword": "Temporary-1", "NewPassword": "Temporary-1"},
            "PasswordPolicyViolation: Password does not conform to the account password policy.",
        ),
        (
            {"OldPassword": "Temporary-1", "NewPassword": "short-1"},
            "PasswordPolicyViolation: Password does not conform to the account password policy.",
        ),
    ],
    ids=["wrong old one", "the same again", "seven characters"],
)
@pytest.mark.usefixtures("jin")
def test_a_bad_change_leaves_the_password_as_it_was(
    iam: IAMClient, console: Callable[..., Any], changes: dict[str, str], refused: str
) -> None:
    assert refusal(console("Temporary-1").change_password, **changes) == refused
    assert has_to_change(iam) is True
    assert console("Temporary-1")


def test_an_administrator_has_no_password_to_change(iam: IAMClient) -> None:
    refused = refusal(iam.change_password, OldPassword="Temporary-1", NewPassword="a-New-One-1")
    assert refused.startswith("InvalidUserType")


def test_an_update_without_a_password_keeps_the_password(iam: IAMClient, jin: str, console: Callable[..., Any]) -> None:
    iam.update_login_profile(UserName=jin, PasswordResetRequired=False)
    assert has_to_change(iam) is False
    assert console("Temporary-1")
    iam.update_login_profile(UserName=jin, Password="Temporary-2")
    assert has_to_change(iam) is False
    assert console("Temporary-2")


def test_a_login_made_again_is_not_reset_by_the_old_one(iam: IAMClient, jin: str) -> None:
    iam.delete_login_profile(UserName=jin)
    iam.create_login_profile(UserName=jin, Password="Temporary-2")
    assert has_to_change(iam) is False


def test_a_second_login_is_refused(iam: IAMClient, jin: str) -> None:
    refused = refusal(iam.create_login_profile, UserName=jin, Password="Temporary-2")
    assert refused == "EntityAlreadyExists: Login Profile for user jin already exists."


@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("Longer-than-1", ""),
        ("Shorter-1", "Password should have a minimum length of 12"),
        ("longer-than-12", "Password should have at least one uppercase letter"),
        ("Longer-than-me", "Password should have at least one number"),
    ],
)
def test_the_accounts_password_policy_is_asked(iam: IAMClient, password: str, missing: str) -> None:
    iam.update_account_password_policy(
        MinimumPasswordLength=12, RequireUppercaseCharacters=True, RequireNumbers=True, RequireSymbols=True
    )
    iam.create_user(UserName="jin")
    refused = refusal(iam.create_login_profile, UserName="jin", Password=password)
    assert refused == (f"PasswordPolicyViolation: {missing}" if missing else "")


@pytest.mark.parametrize("who", ["wrong password", "nobody", "user without login"])
def test_the_sign_in_page_does_not_say_what_was_wrong(account: Account, iam: IAMClient, jin: str, who: str) -> None:
    iam.create_user(UserName="mina")
    user, password = {
        "wrong password": (jin, "Temporary-2"),
        "nobody": ("hana", "Temporary-1"),
        "user without login": ("mina", ""),
    }[who]
    with pytest.raises(PermissionError, match="Your authentication information is incorrect"):
        console_credentials(account.endpoint, user, password)


def test_a_session_ends_with_its_user(iam: IAMClient, jin: str, console: Callable[..., Any]) -> None:
    session = console("Temporary-1", "sts")
    assert refusal(session.get_caller_identity) == ""
    iam.detach_user_policy(UserName=jin, PolicyArn=MAY_CHANGE_PASSWORD)
    iam.delete_login_profile(UserName=jin)
    iam.delete_user(UserName=jin)
    assert refusal(session.get_caller_identity).startswith("InvalidClientTokenId")


def test_a_user_with_a_device_signs_in_with_it_only(iam: IAMClient, jin: str, account: Account) -> None:
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName="jin")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName=jin, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
    with pytest.raises(PermissionError, match="MFA"):
        console_credentials(account.endpoint, jin, "Temporary-1")
    assert console_credentials(account.endpoint, jin, "Temporary-1", mfa=True)
