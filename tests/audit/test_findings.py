"""Who can, who cannot, and of whom it cannot be told."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.audit.accounts import (
    ACCOUNT,
    ADMINISTRATOR,
    ALLOW,
    DENY,
    DENY_WITHOUT_MFA,
    MFA,
    all_three,
    arn,
    document,
    found_in,
    group,
    pipeline,
    policy,
    role,
    statement,
    user,
    verdicts_in,
)

OWN = arn("policy", "own")
BOUNDARY = arn("policy", "boundary")
CAN, UNKNOWN = all_three("can"), all_three("unknown")
NOBODY: dict[str, str] = {}


def test_all_ways_of_somebody_who_can_are_listed() -> None:
    [_, finding] = found_in(
        policy(OWN, ALLOW),
        group("builders", {"by-group": ALLOW}, [ADMINISTRATOR]),
        user("jin", {"by-hand": document(statement(Action="s3:*"), statement(Condition=MFA))}, [OWN], ["builders"]),
    )
    assert [(*way.source[:3], way.statement, way.conditional) for way in finding.ways] == [
        ("inline", "by-hand", None, 2, True),
        ("attached", OWN, None, 1, False),
        ("group-inline", "by-group", "builders", 1, False),
        ("group-attached", ADMINISTRATOR, "builders", 1, False),
    ]
    assert finding.verdict == "can"


def test_the_resources_of_a_finding_are_as_written() -> None:
    named = [pipeline("web-*"), pipeline("api")]
    written = document(statement(Resource=named), statement(Resource=None, NotResource=pipeline("x")))
    [finding] = found_in(user("jin", {"p": written}))
    assert finding.resources == (*named, "*")


def test_one_group_named_twice_and_in_other_letters_is_one_way() -> None:
    found = found_in(group("Builders", {"p": ALLOW}), user("jin", groups=["Builders", "Builders", "builders"]))
    assert [len(finding.ways) for finding in found] == [1, 1]


def test_two_policies_of_one_name_are_two_ways() -> None:
    other = arn("policy", "team/own")
    [finding] = found_in(policy(OWN, ALLOW), policy(other, ALLOW), user("jin", {"own": ALLOW}, [OWN, other]))
    assert [way.source.policy for way in finding.ways] == ["own", OWN, other]


ALONE: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "an action by a wildcard, in other letters": (statement(Action="CodePipeline:up*"), {"UpdatePipeline": "can"}),
    "a question mark": (statement(Action="codepipeline:?pdatePipeline"), {"UpdatePipeline": "can"}),
    "all by leaving out": (statement(Action=None, NotAction=["iam:*", "s3:*"]), CAN),
    "leaving out what brackets do not match": (statement(Action=None, NotAction="codepipeline:[UC]*"), CAN),
    "leaving out all": (statement(Action=None, NotAction="codepipeline:*"), NOBODY),
    "everywhere but on one": (statement(Resource=None, NotResource=pipeline("web")), CAN),
    "everywhere but on all": (statement(Resource=None, NotResource="arn:aws:codepipeline:*"), NOBODY),
    "buckets only": (statement(Resource="arn:aws:s3:::*"), NOBODY),
    "a stage is no pipeline": (statement(Resource=pipeline("web/*")), NOBODY),
    "a pipeline of another account": (statement(Resource=pipeline("web", account="210987654321")), NOBODY),
    "under a condition": (statement(Condition=MFA), CAN),
    "under an empty condition": (statement(Condition={}), CAN),
    "a policy variable": (statement(Resource=pipeline("${aws:userid}-*")), CAN),
    "an incomplete ARN": (statement(Resource="arn:aws:codepipeline"), CAN),
    "viewing": (statement(Action=["codepipeline:Get*", "codepipeline:List*"]), NOBODY),
    "a service of a similar name": (statement(Action="codepipelines:*"), NOBODY),
}


@pytest.mark.parametrize(("written", "expected"), ALONE.values(), ids=ALONE)
def test_a_statement_alone(written: dict[str, Any], expected: dict[str, str]) -> None:
    assert verdicts_in(user("jin", {"p": document(written)})).get("user/jin", {}) == expected


def deny(**changes: object) -> dict[str, Any]:
    return document(statement(Effect="Deny", **changes))


WEB = document(statement(Resource=pipeline("web")))
TOGETHER: dict[str, tuple[object, object, dict[str, str]]] = {
    "a Deny of all": (ALLOW, DENY, NOBODY),
    "a Deny of two actions": (
        ALLOW,
        deny(Action=["*:DeletePipeline", "codepipeline:createpipeline"]),
        {"UpdatePipeline": "can"},
    ),
    "a Deny of all but one action": (
        ALLOW,
        deny(Action=None, NotAction="codepipeline:Create*"),
        {"CreatePipeline": "can"},
    ),
    "a Deny on one pipeline": (ALLOW, deny(Resource=pipeline("web")), CAN),
    "a Deny on all pipelines here": (ALLOW, deny(Resource=f"arn:aws:codepipeline:*:{ACCOUNT}:*"), NOBODY),
    "a Deny on all that is allowed": (
        document(statement(Resource=[pipeline("web"), pipeline("api-*")])),
        deny(Resource=[pipeline("api*"), pipeline("w?b")]),
        NOBODY,
    ),
    "a Deny but where it is allowed": (WEB, deny(Resource=None, NotResource=pipeline("w*")), CAN),
    "a Deny but elsewhere": (WEB, deny(Resource=None, NotResource=pipeline("api")), NOBODY),
    "a Deny under a condition": (ALLOW, DENY_WITHOUT_MFA, UNKNOWN),
    "a Deny under a condition on one pipeline": (ALLOW, deny(Resource=pipeline("web"), Condition=MFA), CAN),
    "a Deny on a policy variable": (ALLOW, deny(Resource=pipeline("${aws:PrincipalTag/team}*", region="*")), UNKNOWN),
    "a Deny of another service": (ALLOW, deny(Action="s3:*"), CAN),
    "a document that nobody can read": (ALLOW, "%7B%22Version%22", UNKNOWN),
    "a document that nobody can read, and a Deny": (DENY, '{"Statement": [{"Effect": "Allow"}]}', NOBODY),
}


@pytest.mark.parametrize(("one", "other", "expected"), TOGETHER.values(), ids=TOGETHER)
def test_two_documents_count_together_wherever_they_are(one: object, other: object, expected: dict[str, str]) -> None:
    places = (
        [user("jin", {"one": one, "other": other})],
        [user("jin", {"one": one}, groups=["g"]), group("g", {"other": other})],
        [user("jin", {"other": other}, [OWN]), policy(OWN, one)],
        [user("jin", groups=["g", "h"]), group("g", {"one": one}), group("h", attached=[OWN]), policy(OWN, other)],
    )
    assert [verdicts_in(*entries).get("user/jin", {}) for entries in places] == [expected] * len(places)


def test_the_version_in_force_counts() -> None:
    assert verdicts_in(user("jin", attached=[OWN]), policy(OWN, ALLOW, DENY, default=2)) == {}
    assert verdicts_in(user("jin", attached=[OWN]), policy(OWN, DENY, ALLOW, default=2)) == {"user/jin": CAN}


def test_it_cannot_be_told_where_the_version_in_force_is_not_clear() -> None:
    unnamed = policy(OWN, DENY, ALLOW)
    del unnamed["DefaultVersionId"], unnamed["PolicyVersionList"][0]["VersionId"]
    for version in unnamed["PolicyVersionList"]:
        del version["IsDefaultVersion"]
    assert verdicts_in(user("jin", attached=[OWN]), unnamed) == {"user/jin": UNKNOWN}
    unclear = policy(OWN, DENY, ALLOW) | {"DefaultVersionId": "v2"}
    [finding] = found_in(user("jin", attached=[OWN]), unclear)
    assert (
        finding.reason
        == f"Cannot be determined: policy {OWN} cannot be read (it is not clear which version is in force)."
    )


def test_a_policy_that_is_gone_cannot_be_told() -> None:
    assert verdicts_in(user("jin", attached=[OWN])) == {"user/jin": UNKNOWN}


def test_a_group_that_is_gone_cannot_be_told() -> None:
    assert verdicts_in(user("jin", groups=["gone"])) == {"user/jin": UNKNOWN}


BOUNDARIES: dict[str, tuple[object, dict[str, str]]] = {
    "allows all": (document(statement(Action="*")), CAN),
    "says nothing of pipelines": (document(statement(Action="s3:*")), NOBODY),
    "allows some": (document(statement(Action="codepipeline:U*")), {"UpdatePipeline": "can"}),
    "denies": (document(statement(), statement(Effect="Deny", Resource="arn:aws:codepipeline:*")), NOBODY),
    "denies under a condition": (document(statement(), *DENY_WITHOUT_MFA["Statement"]), UNKNOWN),
    "allows under a condition": (document(statement(Condition=MFA)), CAN),
    "allows a part": (document(statement(Resource=pipeline("web", region="eu-west-1"))), CAN),
    "nobody can read it": ("not a policy", UNKNOWN),
}


@pytest.mark.parametrize(("cap", "expected"), BOUNDARIES.values(), ids=BOUNDARIES)
def test_a_boundary_leaves_only_what_it_allows(cap: object, expected: dict[str, str]) -> None:
    found = verdicts_in(
        policy(BOUNDARY, cap),
        user("jin", {"p": ALLOW}, boundary=BOUNDARY),
        role("build", {"p": ALLOW}, boundary=BOUNDARY),
    )
    assert (found.get("user/jin", {}), found.get("role/build", {})) == (expected, expected)


def test_a_boundary_that_the_answer_lacks_cannot_be_told_and_grants_nothing_itself() -> None:
    found = verdicts_in(user("jin", {"p": ALLOW}, boundary=BOUNDARY), user("ann", boundary=BOUNDARY))
    assert found == {"user/jin": UNKNOWN}


def test_policy_and_boundary_that_do_not_overlap_allow_nothing() -> None:
    cap = policy(BOUNDARY, document(statement(Resource=pipeline("api-*"))))
    overlapping, other = (document(statement(Resource=pipeline(name))) for name in ("*-web", "web-*"))
    found = verdicts_in(
        cap, user("jin", {"p": overlapping}, boundary=BOUNDARY), user("ann", {"p": other}, boundary=BOUNDARY)
    )
    assert found == {"user/jin": CAN}


def test_two_conditions_in_a_row_may_exclude_each_other() -> None:
    cap = document(statement(Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}))
    written = {"p": document(statement(Condition=MFA))}
    assert verdicts_in(policy(BOUNDARY, cap), user("jin", written, boundary=BOUNDARY)) == {"user/jin": UNKNOWN}


def test_what_cannot_be_told_of_one_action_stands_beside_what_one_can() -> None:
    denied = deny(Action="codepipeline:DeletePipeline", Condition=MFA)
    found = found_in(user("jin", {"one": ALLOW, "other": denied}))
    assert [(finding.verdict, [action[13:19] for action in finding.actions]) for finding in found] == [
        ("unknown", ["Delete"]),
        ("can", ["Create", "Update"]),
    ]


def test_a_users_own_name_stands_for_itself() -> None:
    policies = {
        "p": document(statement(Resource=pipeline("${aws:username}-web"))),
        "q": deny(Resource=pipeline("jin-*")),
    }
    assert verdicts_in(user("jin", policies), user("ann", policies), role("build", policies)) == {"user/ann": CAN}


@pytest.mark.parametrize("version", [{"Version": "2008-10-17"}, {}])
def test_a_variable_is_plain_text_in_a_document_of_2008(version: dict[str, str]) -> None:
    old = version | {"Statement": [statement(Effect="Deny", Resource=pipeline("${aws:username}*"))]}
    excepting = version | {"Statement": [statement(Resource=None, NotResource=pipeline("${aws:username}*"))]}
    web = document(statement(Resource=pipeline("jin-web")))
    assert verdicts_in(user("jin", {"p": web, "q": old}), user("jin-web", {"p": excepting, "q": DENY})) == {
        "user/jin": CAN
    }
    assert (
        verdicts_in(user("jin", {"p": version | {"Statement": statement(Resource=pipeline("${aws:username}"))}})) == {}
    )


@pytest.mark.parametrize(
    "denied",
    ["${$}{aws:username}-${aws:username}", "${ aws:username }*"],
    ids=["an escaped dollar", "blanks, of which nobody knows whether AWS skips them"],
)
def test_a_deny_on_what_is_not_surely_a_name_is_no_sure_deny(denied: str) -> None:
    written = {"p": document(statement(Resource=pipeline("jin-jin"))), "q": deny(Resource=pipeline(denied))}
    assert verdicts_in(user("jin", written)) in ({"user/jin": CAN}, {"user/jin": UNKNOWN})


@pytest.mark.parametrize("form", [json.dumps, lambda content: quote(json.dumps(content)), lambda content: content])
def test_documents_count_in_every_form_in_which_they_come(form: Any) -> None:  # noqa: ANN401 - a function
    policies = {"p": form(ALLOW), "q": form(deny(Action="codepipeline:DeletePipeline"))}
    assert verdicts_in(user("jin", policies)) == {"user/jin": {"CreatePipeline": "can", "UpdatePipeline": "can"}}


def test_any_action_can_be_asked_about() -> None:
    written = document(statement(Resource=pipeline("web/*")), statement(Action="s3:*"))
    actions = ("codepipeline:RetryStageExecution", "codepipeline:ListPipelines", "s3:PutObject")
    assert verdicts_in(user("jin", {"p": written}), actions=actions) == {
        "user/jin": {"RetryStageExecution": "can", "PutObject": "can"}
    }


def test_patterns_too_entangled_to_be_followed_are_not_called_harmless() -> None:
    knots = [pipeline(f"*{first}???????{second}??????*") for first in "abcdefgh" for second in "stuvwxyz"]
    allowed = document(statement(Resource=knots))
    denied = deny(Resource=[pipeline(f"*{letter}?????????????????*") for letter in "ijklmnop"])
    assert verdicts_in(user("jin", {"p": allowed, "q": denied}))["user/jin"] in (CAN, UNKNOWN)
