"""Login profiles and access keys: what is generated, what is secret, and how a PGP key changes that."""

from __future__ import annotations

import base64
import string
from typing import TYPE_CHECKING, Any

import pysequoia
import pytest

from sandbox.account import console_credentials
from sandbox.provider._iam_credentials import generated_password
from tests.sandbox.plugin_client import PluginClient, Refused

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

    from sandbox.account import Account

LOGIN = "aws:iam/userLoginProfile:UserLoginProfile"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"


@pytest.fixture
def jin(iam: IAMClient) -> str:
    iam.create_user(UserName="jin")
    return "jin"


@pytest.fixture(scope="module")
def key() -> pysequoia.Tsk:
    return pysequoia.Tsk.generate("Jin <jin@example.com>")


def public(key: pysequoia.Tsk) -> str:
    """The key as in a stack file: base64 of the binary public key."""
    return base64.b64encode(bytes(key.extract_certificate())).decode()


def decrypted(message: str, key: pysequoia.Tsk) -> str:
    text = pysequoia.decrypt(base64.b64decode(message), decryptor=key.decryptor()).bytes
    assert text is not None
    return bytes(text).decode()


def test_a_generated_password_is_secret_and_lets_the_user_in(
    plugin: PluginClient, account: Account, iam: IAMClient, jin: str
) -> None:
    profile, state = plugin.create(LOGIN, {"user": jin, "passwordResetRequired": True})
    password = state["password"]["secret"]
    assert (profile, len(password)) == (jin, 20)
    assert console_credentials(account.endpoint, jin, password)
    assert iam.get_login_profile(UserName=jin)["LoginProfile"]["PasswordResetRequired"] is True


@pytest.mark.parametrize("length", [5, 20, 128])
def test_a_password_has_the_length_asked_for_and_a_character_of_each_kind(length: int) -> None:
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!@#$%^&*()_+-=[]{}|'")
    passwords = {generated_password(length) for _ in range(50)}
    assert len(passwords) == 50
    for password in passwords:
        assert len(password) == length
        assert all(set(password) & set(kind) for kind in kinds)


def test_a_changed_password_is_no_drift_and_the_known_one_is_kept(
    plugin: PluginClient, iam: IAMClient, jin: str
) -> None:
    inputs = {"user": jin, "passwordResetRequired": True}
    profile, state = plugin.create(LOGIN, inputs)
    plain = {**state, "password": state["password"]["secret"]}
    iam.update_login_profile(UserName=jin, Password="a-New-One-1", PasswordResetRequired=False)
    _, refreshed, _ = plugin.read(LOGIN, profile, plain)
    assert refreshed == state
    assert plugin.diff(LOGIN, plain, inputs).changed == []


def test_a_login_that_was_taken_away_is_gone(plugin: PluginClient, iam: IAMClient, jin: str) -> None:
    profile, state = plugin.create(LOGIN, {"user": jin})
    iam.delete_login_profile(UserName=jin)
    assert plugin.read(LOGIN, profile, {**state, "password": "x"}) == ("", {}, {})


def test_an_imported_login_knows_neither_password_nor_reset(plugin: PluginClient, iam: IAMClient, jin: str) -> None:
    iam.create_login_profile(UserName=jin, Password="Temporary-1", PasswordResetRequired=True)
    assert plugin.read(LOGIN, jin)[1] == {"id": jin, "user": jin}


def test_with_a_key_the_password_is_only_there_encrypted(
    plugin: PluginClient, account: Account, jin: str, key: pysequoia.Tsk
) -> None:
    _, state = plugin.create(LOGIN, {"user": jin, "pgpKey": public(key)})
    assert "password" not in state
    assert state["keyFingerprint"] == key.extract_certificate().fingerprint
    assert console_credentials(account.endpoint, jin, decrypted(state["encryptedPassword"], key))


@pytest.mark.parametrize(
    ("unusable", "message"),
    [
        ("not base64", "error decoding given PGP key"),
        (base64.b64encode(b"no key").decode(), "error parsing given PGP key"),
        ("keybase:jin", "retrieving Public Key"),
    ],
)
def test_an_unusable_key_leaves_a_login_that_nobody_can_use(
    plugin: PluginClient, iam: IAMClient, jin: str, unusable: str, message: str
) -> None:
    with pytest.raises(Refused, match=f'creating IAM User Login Profile for "jin": encrypting Password: {message}'):
        plugin.create(LOGIN, {"user": jin, "pgpKey": unusable})
    assert iam.get_login_profile(UserName=jin)["LoginProfile"]["UserName"] == jin


def test_an_armored_key_is_not_what_the_genuine_plugin_takes(
    plugin: PluginClient, jin: str, key: pysequoia.Tsk
) -> None:
    with pytest.raises(Refused, match="error decoding given PGP key"):
        plugin.create(LOGIN, {"user": jin, "pgpKey": str(key.extract_certificate())})


def test_an_access_key_is_secret_too(plugin: PluginClient, iam: IAMClient, jin: str, key: pysequoia.Tsk) -> None:
    made: list[dict[str, Any]] = [
        plugin.create(ACCESS_KEY, {"user": jin})[1],
        plugin.create(ACCESS_KEY, {"user": jin, "pgpKey": public(key)})[1],
    ]
    assert len(made[0]["secret"]["secret"]) == 40
    assert len(decrypted(made[1]["encryptedSecret"], key)) == 40
    assert "secret" not in made[1]
    listed = iam.list_access_keys(UserName=jin)["AccessKeyMetadata"]
    assert [item["AccessKeyId"] for item in listed] == [state["id"] for state in made]
