"""The first sign-in asks for a new password."""

import json

import pytest

from tests.policypack.analyzer import Pack, excepting

RULE = "login-reset-required"
PROFILE = "aws:iam/userLoginProfile:UserLoginProfile"
NATIVE = "aws-native:iam:User"
UNKNOWN_BOOLEAN = "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"


def test_a_profile_with_a_forced_reset_is_accepted(pack: Pack) -> None:
    assert pack.rules(PROFILE, user="jin", passwordResetRequired=True) == []
    assert pack.rules(NATIVE, userName="jin", loginProfile={"password": "x", "passwordResetRequired": True}) == []


@pytest.mark.parametrize("reset", [False, None, "true", 1.0])
def test_a_profile_without_one_is_refused_and_the_password_not_quoted(pack: Pack, reset: object) -> None:
    [finding] = pack.analyze(PROFILE, user="jin", passwordResetRequired=reset, password="secret")
    assert (finding.rule, finding.level) == (RULE, "MANDATORY")
    assert "passwordResetRequired is not true. Set it" in finding.message
    assert "secret" not in finding.message
    assert pack.rules(NATIVE, userName="jin", loginProfile={"passwordResetRequired": reset}) == [RULE]


def test_a_profile_that_does_not_mention_it_is_refused(pack: Pack) -> None:
    assert pack.rules(PROFILE, user="jin") == [RULE]
    assert pack.rules(NATIVE, loginProfile={"password": "x"}) == [RULE]


def test_a_user_without_a_login_is_accepted(pack: Pack) -> None:
    assert pack.rules(NATIVE, userName="jin") == []


def test_a_value_unknown_in_preview_is_noted(pack: Pack) -> None:
    assert pack.analyze(PROFILE, user="jin", passwordResetRequired=UNKNOWN_BOOLEAN) == []
    assert [note.rule for note in pack.stack()] == ["checked-in-up"]


def test_a_user_can_be_excepted(pack: Pack) -> None:
    pack.configure(login_reset_required=excepting("user/jin"))
    assert pack.rules(PROFILE, user="jin") == []
    assert pack.rules(PROFILE, user="mina") == [RULE]


def test_a_login_within_a_template_is_seen(pack: Pack) -> None:
    user = {"Type": "AWS::IAM::User", "Properties": {"LoginProfile": {"Password": "x"}}}
    [finding] = pack.analyze("aws:cloudformation/stack:Stack", templateBody=json.dumps({"Resources": {"Jin": user}}))
    assert "templateBody.Jin.LoginProfile.PasswordResetRequired is not true" in finding.message
