"""Users have no access keys."""

import json

from tests.policypack.analyzer import Pack, excepting

RULE = "no-access-keys"
KEY = "aws:iam/accessKey:AccessKey"


def test_an_access_key_is_refused(pack: Pack) -> None:
    [finding] = pack.analyze(KEY, user="jin")
    assert (finding.rule, finding.level) == (RULE, "MANDATORY")
    assert "Let people sign in, and give programs roles." in finding.message


def test_an_access_key_of_an_unknown_user_is_refused(pack: Pack) -> None:
    assert pack.rules(KEY, user="04da6b54-80e4-46f7-96ec-b56ff0331ba9") == [RULE]


def test_an_access_key_within_a_template_is_refused(pack: Pack) -> None:
    key = {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": "jin"}}
    assert pack.rules("aws:cloudformation/stack:Stack", templateBody=json.dumps({"Resources": {"Key": key}})) == [RULE]


def test_a_user_can_be_excepted(pack: Pack) -> None:
    pack.configure(no_access_keys=excepting("user/backup-robot"))
    assert pack.rules(KEY, user="backup-robot") == []
    assert pack.rules(KEY, user="jin") == [RULE]


def test_a_user_without_keys_is_accepted(pack: Pack) -> None:
    assert pack.rules("aws:iam/user:User", name="jin") == []
