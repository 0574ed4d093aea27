"""A configuration only adds; what is not understood, malformed or at its end excuses nothing and is said."""

from typing import Any

import pytest

from tests.policypack.analyzer import Pack, Resource, days_ahead, excepting, refusals

KEY = "aws:iam/accessKey:AccessKey"
RULE = "no-access-keys"


def problems(pack: Pack) -> list[str]:
    return [found.message.partition("\n")[2] for found in pack.stack() if found.rule == "pack-configuration"]


NO_BOUNDARIES: tuple[object, ...] = (
    *("", "*", "developer", "arn:aws:iam::123456789012:policy/*", "arn:*:iam::*:policy/**/*", None, 7, []),
    *("arn:aws:iam::123456789012:role/x", "arn:aws:iam::1:policy/x", "arn:aws:iam::*:policy/develope?"),
)


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        (
            {"no_acces_keys": {"exceptions": []}},
            "no-acces-keys is not a rule of this pack. Did you mean no-access-keys?",
        ),
        (
            {"no_access_keys": {"exeptions": []}},
            "no-access-keys.exeptions is not a parameter of this rule. Did you mean exceptions?",
        ),
        (
            {"no_access_keys": {"exemptUsers": ["jin"]}},
            (
                "no-access-keys.exemptUsers has become exceptions:"
                ' [{"match": "...", "reason": "...", "until": "YYYY-MM-DD"}].'
            ),
        ),
        (
            {"made_before_use": {"exceptions": []}},
            "made-before-use.exceptions is not a parameter of this rule. Known are: none.",
        ),
        (
            {"no_pipeline_change_grants": {"actions": ["codepipeline:PutWebhok"]}},
            (
                "no-pipeline-change-grants.actions[0]: codepipeline:PutWebhok is not a CodePipeline action."
                " Did you mean codepipeline:PutWebhook?"
            ),
        ),
        (
            {"no_pipeline_change_grants": {"actions": ["codepipeline:*"]}},
            (
                "no-pipeline-change-grants.actions[0] is not the full name of an action,"
                ' such as "codepipeline:PutWebhook".'
            ),
        ),
        *(
            (
                {"permissions_boundary_required": {"permissionsBoundary": written}},
                (
                    "permissions-boundary-required.permissionsBoundary is not the ARN of a policy, such as"
                    ' "arn:aws:iam::123456789012:policy/boundaries/developer". The only wildcard is *, within the name.'
                ),
            )
            for written in NO_BOUNDARIES
        ),
        ({"no_pipeline_change_grants": {"actions": {}}}, "no-pipeline-change-grants.actions is not a list."),
    ],
)
def test_what_the_pack_does_not_know_is_refused_with_the_nearest(
    pack: Pack, configuration: dict[str, Any], said: str
) -> None:
    pack.configure(**configuration)
    assert problems(pack) == [said]
    assert RULE in pack.rules(KEY, user="jin")


def test_the_word_of_the_engine_for_all_rules_is_no_mistake(pack: Pack) -> None:
    pack.configure(all={})
    assert problems(pack) == []


MALFORMED: dict[str, dict[str, Any]] = {
    "no reason": {"reason": ""},
    "no end": {"until": ""},
    "an end too far": {"until": days_ahead(367)},
    "an end that is no day": {"until": "next week"},
    "an unknown field": {"untill": days_ahead(3)},
    "everything": {"match": "*"},
    "all resources": {"match": "urn:pulumi:*"},
    "a number": {"match": 7},
}


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_exception_excuses_nothing(pack: Pack, change: dict[str, Any]) -> None:
    good = excepting("user/jin")["exceptions"][0]
    pack.configure(no_access_keys={"exceptions": [good, {**good, **change}]})
    [finding] = pack.analyze(KEY, user="jin")
    assert (finding.rule, finding.level) == (RULE, "MANDATORY")
    assert "No exception of this rule is in force: no-access-keys.exceptions[1]" in finding.message
    assert problems(pack)


@pytest.mark.parametrize("written", ["user/jin", {"match": "user/jin"}, ["user/jin"], None, True, [[]]])
def test_what_is_no_list_of_exceptions_excuses_nothing(pack: Pack, written: object) -> None:
    pack.configure(no_access_keys={"exceptions": written})
    assert pack.rules(KEY, user="jin") == [RULE]
    assert problems(pack)


def test_an_exception_that_has_ended_excuses_nothing_and_is_told(pack: Pack) -> None:
    until = days_ahead(-1)
    pack.configure(no_access_keys=excepting("user/jin", until=until, reason="robot of SEC-12"))
    [finding] = pack.analyze(KEY, user="jin")
    assert finding.level == "MANDATORY"
    assert f'Its exception "user/jin" until {until} (robot of SEC-12) has ended.' in finding.message
    assert refusals(pack.analyze(KEY, user="mina")) == [RULE]
    assert problems(pack) == []


def test_an_exception_holds_through_its_last_day(pack: Pack) -> None:
    pack.configure(no_access_keys=excepting("user/jin", until=days_ahead(0)))
    assert pack.rules(KEY, user="jin") == []


def test_an_exception_suspends_its_own_rule_only(pack: Pack) -> None:
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    pack.configure(no_unjudged_grants=excepting(administrator), grants_through_groups=excepting("user/jin"))
    attachment = Resource(
        "aws:iam/userPolicyAttachment:UserPolicyAttachment", {"user": "jin", "policyArn": administrator}
    )
    assert refusals(pack.program(attachment)) == ["no-pipeline-change-grants"]


def listed(pack: Pack) -> list[str]:
    [finding] = [found for found in pack.stack() if found.rule == "exceptions-in-force"]
    assert finding.level == "ADVISORY"
    return finding.message.split("\n")[1:]


def test_every_exception_is_listed_with_what_is_to_be_done(pack: Pack) -> None:
    pack.configure(
        no_access_keys={
            "exceptions": [
                *excepting("user/jin")["exceptions"],
                *excepting("user/mina", until=days_ahead(12))["exceptions"],
                *excepting("user/nobody")["exceptions"],
                *excepting("user/gone", until=days_ahead(-3))["exceptions"],
            ]
        }
    )
    for user in ("jin", "mina"):
        assert pack.rules(KEY, user=user) == []
    assert listed(pack) == [
        f'no-access-keys: "user/jin" until {days_ahead(90)} (reviewed, SEC-12).',
        f'no-access-keys: "user/mina" until {days_ahead(12)} (reviewed, SEC-12). It ends in 12 days: review it.',
        (
            f'no-access-keys: "user/nobody" until {days_ahead(90)} (reviewed, SEC-12).'
            " It was not needed in this run: remove it."
        ),
        (
            f'no-access-keys: "user/gone" until {days_ahead(-3)} (reviewed, SEC-12).'
            " It has ended: remove it, or review it and set a new end."
        ),
    ]


def test_without_exceptions_nothing_is_listed(pack: Pack) -> None:
    assert pack.stack() == []
