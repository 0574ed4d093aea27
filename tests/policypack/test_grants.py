"""What a document grants: tables for the ways in which IAM reads it, and three oracles for all the rest."""

import json
import time
from collections.abc import Callable
from itertools import islice, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.aws_managed_policies import aws_managed_policies_data
from py_iam_expand.actions import expand_actions  # type: ignore[import-untyped]  # it comes without types

from iam import Grant, InvalidDocument, granted
from tests.policypack import oracle, strategies
from tests.policypack.documents import PIPELINE_CHANGES, allowing, policy, statement, text

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
PIPELINES = "arn:aws:codepipeline:*:*:*"
DENY_ALL_THREE = statement(Effect="Deny", Action=list(PIPELINE_CHANGES))
ALLOW = statement(Action="codepipeline:*")


def names(document: object) -> str:
    """Which of the three are granted, in short: "CUD" for all."""
    found = {action for grant in granted(document, PIPELINE_CHANGES) for action in grant.actions}
    return "".join(action.partition(":")[2][0] for action in PIPELINE_CHANGES if action in found)


def denying(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - a statement may hold anything
    """Everything of CodePipeline's, and a Deny of the three with `changes`."""
    return policy(ALLOW, {name: value for name, value in (DENY_ALL_THREE | changes).items() if value is not None})


GRANTS: dict[str, tuple[dict[str, Any], str]] = {
    "one by name": (allowing("codepipeline:UpdatePipeline"), "U"),
    "one in other letters": (allowing("CodePipeline:UPDATEpipeline"), "U"),
    "a star": (allowing("codepipeline:Up*"), "U"),
    "a star in the middle": (allowing("codepipeline:C*Pipeline"), "C"),
    "a star in front": (allowing("codepipeline:*Pipeline"), "CUD"),
    "question marks": (allowing("codepipeline:??????Pipeline"), "CUD"),
    "a question mark without a star": (allowing("codepipeline:UpdatePipelin?"), "U"),
    "many stars": (allowing("codepipeline:" + "*" * 40 + "e" + "*" * 40), "CUD"),
    "everything": (allowing("*"), "CUD"),
    "everything of every service": (allowing("*:*"), "CUD"),
    "of every service": (allowing("*:DeletePipeline"), "D"),
    "the last of several actions": (allowing("s3:*", "ec2:*", "codepipeline:DeletePipeline"), "D"),
    "a single action": (policy(statement(Action="codepipeline:CreatePipeline")), "C"),
    "a single statement": (policy(Statement=ALLOW), "CUD"),
    "the last of several statements": (policy(statement(), statement(), ALLOW), "CUD"),
    "a not-action": (policy(statement(Action=None, NotAction="iam:*")), "CUD"),
    "a not-action with one of them": (policy(statement(Action=None, NotAction=["codepipeline:C*", "s3:*"])), "UD"),
    "a blank that AWS might skip": (allowing("codepipeline:UpdatePipeline "), "U"),
    "a blank in a not-action": (policy(statement(Action=None, NotAction="codepipeline: *Pipeline")), "CUD"),
    "a condition": (policy({**ALLOW, "Condition": MFA}), "CUD"),
    "one pipeline": (allowing("codepipeline:*", Resource="arn:aws:codepipeline:us-east-1:123456789012:web"), "CUD"),
    "some pipelines": (allowing("codepipeline:*", Resource="arn:aws:codepipeline:*:*:sagemaker-*"), "CUD"),
    "pipelines in China": (allowing("codepipeline:*", Resource="arn:aws-cn:codepipeline:*:*:*"), "CUD"),
    "any pipeline by a variable": (allowing("*", Resource="arn:aws:codepipeline:*:*:${aws:PrincipalTag/a/b}"), "CUD"),
    "a short ARN": (allowing("codepipeline:*", Resource="arn:aws:codepipeline"), "CUD"),
    "a star for the service": (allowing("codepipeline:*", Resource="arn:aws:c*"), "CUD"),
    "a star over the service": (allowing("codepipeline:*", Resource="arn:*:us-east-1:*"), "CUD"),
    "a variable for the service": (allowing("codepipeline:*", Resource="arn:aws:${aws:x}:a:b:c"), "CUD"),
    "a variable with a colon, and a star over the service": (
        allowing("codepipeline:*", Resource="arn:*:us-east-1:123456789012:${aws:username}"),
        "CUD",
    ),
    "a star from the service to the account": (
        allowing("codepipeline:*", Resource="arn:aws:co*:123456789012:${aws:username}"),
        "CUD",
    ),
    "a question mark for a colon": (
        allowing("codepipeline:*", Resource="arn:aws:codepipeline?us-east-1:123456789012:web"),
        "CUD",
    ),
    "question marks for the service and a colon": (
        allowing("codepipeline:*", Resource="arn:aws:?????????????us-east-1:123456789012:web"),
        "CUD",
    ),
    "a not-resource that a Deny leaves to pipelines": (
        denying(Resource=None, NotResource="arn:aws:codepipeline?us-east-1:123456789012:web"),
        "CUD",
    ),
    "one resource of two": (allowing("*", Resource=["arn:aws:s3:::bucket", PIPELINES]), "CUD"),
    "a not-resource": (policy(statement(Action="*", Resource=None, NotResource="arn:aws:s3:::bucket")), "CUD"),
    "a not-resource with some pipelines": (
        policy(statement(Action="*", Resource=None, NotResource="arn:aws:codepipeline:*:*:web")),
        "CUD",
    ),
    "a Deny of one": (policy(ALLOW, statement(Effect="Deny", Action="codepipeline:DeletePipeline")), "CU"),
    "a Deny under a condition": (denying(Condition=MFA), "CUD"),
    "a Deny of one pipeline": (denying(Resource="arn:aws:codepipeline:us-east-1:123456789012:web"), "CUD"),
    "a Deny in one region": (denying(Resource="arn:aws:codepipeline:us-east-1:*:*"), "CUD"),
    "a Deny in one account": (denying(Resource="arn:aws:codepipeline:*:123456789012:*"), "CUD"),
    "a Deny of all but one pipeline": (
        denying(Resource=None, NotResource="arn:aws:codepipeline:us-east-1:123456789012:web"),
        "CUD",
    ),
    "a Deny of another service's resources": (denying(Resource="arn:aws:s3:::*"), "CUD"),
    "a Deny of a variable": (denying(Resource="arn:aws:codepipeline:*:*:${aws:username}"), "CUD"),
    "a Deny of a short ARN": (denying(Resource="arn:aws:codepipeline"), "CUD"),
    "a Deny in another partition": (
        policy(
            {**ALLOW, "Resource": "arn:aws:codepipeline:*:*:*"},
            {**DENY_ALL_THREE, "Resource": "arn:aws-cn:codepipeline:*:*:*"},
        ),
        "CUD",
    ),
    "a Deny elsewhere of pipelines in China": (
        policy(
            {**ALLOW, "Resource": "arn:aws-cn:codepipeline:*:*:*"},
            {**DENY_ALL_THREE, "Resource": "arn:aws:codepipeline:*:*:*"},
        ),
        "CUD",
    ),
    "a Deny in China": (denying(Resource="arn:aws-cn:codepipeline:*:*:*"), "CUD"),
    "a Deny of names of one letter": (denying(Resource="arn:aws:codepipeline:*:*:?"), "CUD"),
    "a Deny with blanks": (denying(Action="codepipeline: *Pipeline"), "CUD"),
    "a Deny of all but the three": (denying(Action=None, NotAction="codepipeline:*Pipeline"), "CUD"),
    "a Deny before a wider Allow": (
        policy({**DENY_ALL_THREE, "Resource": "arn:aws:codepipeline:*:*:web-*"}, {**ALLOW, "Resource": PIPELINES}),
        "CUD",
    ),
    "two Denies that leave a resource": (
        policy(
            {**ALLOW, "Resource": [PIPELINES.replace(":*:*:*", f":us-east-1:1:{name}") for name in ("web", "api")]},
            {**DENY_ALL_THREE, "Resource": "arn:aws:codepipeline:us-east-1:1:web"},
        ),
        "CUD",
    ),
}
HARMLESS: dict[str, dict[str, Any]] = {
    "other actions of CodePipeline": allowing("codepipeline:Get*", "codepipeline:List*", "codepipeline:StartPipeline*"),
    "a name that only begins alike": allowing("codepipeline:UpdatePipelines", "codepipeline:UpdatePipelin"),
    "a service that only begins alike": allowing("codepipelines:UpdatePipeline", "codepipelin:*"),
    "brackets": allowing("codepipeline:[CUD]*Pipeline"),
    "a dot": allowing("codepipeline:Update.ipeline"),
    "one character too many": allowing("codepipeline:UpdatePipeline?"),
    "the three in a not-action": policy(statement(Action=None, NotAction="codepipeline:*Pipeline")),
    "everything in a not-action": policy(statement(Action=None, NotAction="*")),
    "everything on a bucket": allowing("*", Resource="arn:aws:s3:::bucket/*"),
    **{
        f"everything on {name}": allowing("*", Resource=f"arn:aws:codepipeline:us-east-1:123456789012:{name}")
        for name in ("web/*", "*/Build/*", "webhook:*", "actiontype:Custom/*", "${aws:username}/*")
    },
    "everything on a bucket named for the user": allowing("*", Resource="arn:*:s3:::bucket-${aws:username}/*"),
    "everything of another service, in short": allowing("*", Resource="arn:aws:codebuild*"),
    "everything on buckets of any partition": allowing("*", Resource="arn:*:s3:::bucket/*"),
    "nothing, by a not-resource": policy(statement(Action="*", Resource=None, NotResource="*")),
    "a not-resource of all pipelines": policy(
        statement(Action="*", Resource=None, NotResource=["arn:aws:s3:::b", PIPELINES])
    ),
    "a Deny of the three": denying(),
    "a Deny of everything": denying(Action="*"),
    "a Deny in other letters": denying(Action="CODEPIPELINE:*pipeline"),
    "a Deny without conditions": denying(Condition={}),
    "a Deny of all pipelines": denying(Resource=PIPELINES),
    "a Deny of all pipelines in every partition": denying(Resource="arn:*:codepipeline:*:*:*"),
    "a Deny of all pipelines, in short": denying(Resource="arn:aws:codepipeline:*"),
    "a Deny of the same pipelines": policy(
        {**ALLOW, "Resource": "arn:aws:codepipeline:*:*:web-*"},
        {**DENY_ALL_THREE, "Resource": "arn:aws:codepipeline:*:*:web-*"},
    ),
    "a Deny of the same variable": policy(
        {**ALLOW, "Resource": "arn:aws:codepipeline:*:*:${aws:username}"},
        {**DENY_ALL_THREE, "Resource": "arn:aws:codepipeline:*:*:${aws:username}"},
    ),
    "a Deny of more pipelines": policy(
        {**ALLOW, "Resource": "arn:aws:codepipeline:us-east-1:123456789012:web-?-api"},
        {**DENY_ALL_THREE, "Resource": "arn:aws:codepipeline:us-*:*:web-*"},
    ),
    "a Deny by a not-action": denying(Action=None, NotAction="s3:*"),
    "a Deny by a not-resource of others": denying(Resource=None, NotResource="arn:aws:s3:::bucket"),
    "a Deny after a conditional Allow": policy({**ALLOW, "Condition": MFA}, DENY_ALL_THREE),
    "three Denies": policy(ALLOW, *(statement(Effect="Deny", Action=action) for action in PIPELINE_CHANGES)),
    "two Denies for two resources": policy(
        {**ALLOW, "Resource": ["arn:aws:codepipeline:a:1:web", "arn:aws:codepipeline:a:1:api"]},
        {**DENY_ALL_THREE, "Resource": "arn:aws:codepipeline:a:1:web"},
        {**DENY_ALL_THREE, "Resource": "arn:aws:codepipeline:*:*:api"},
    ),
    "a Deny alone": policy(DENY_ALL_THREE),
}


@pytest.mark.parametrize(("document", "expected"), GRANTS.values(), ids=GRANTS)
def test_a_grant_is_found(document: dict[str, Any], expected: str) -> None:
    assert names(document) == expected
    assert names(json.dumps(document)) == expected


@pytest.mark.parametrize("document", HARMLESS.values(), ids=HARMLESS)
def test_what_grants_nothing_is_not_called_a_grant(document: dict[str, Any]) -> None:
    assert granted(document, PIPELINE_CHANGES) == []


def test_each_grant_names_its_statement_and_its_pattern_in_document_order() -> None:
    document = policy(
        statement(),
        statement(Sid="Deploy", Action=["codepipeline:Up*", "s3:*", "*:deletepipeline"], Resource=PIPELINES),
    )
    assert granted(document, PIPELINE_CHANGES) == [
        Grant(2, "Deploy", "codepipeline:Up*", ("codepipeline:UpdatePipeline",), (PIPELINES,)),
        Grant(2, "Deploy", "*:deletepipeline", ("codepipeline:DeletePipeline",), (PIPELINES,)),
    ]


def test_a_grant_reads_as_a_sentence() -> None:
    [grant] = granted(policy(statement(), statement(Sid="Deploy", Action="codepipeline:Up*")), PIPELINE_CHANGES)
    assert str(grant) == 'statement 2 (Sid "Deploy"): "codepipeline:Up*" grants UpdatePipeline'
    [grant] = granted(policy(statement(Action=None, NotAction="codepipeline:C*")), PIPELINE_CHANGES)
    assert str(grant) == "statement 1: NotAction grants UpdatePipeline, DeletePipeline"
    [grant] = granted(allowing("iam:*"), [f"iam:{name}" for name in "ABCDEFGH"])
    assert str(grant) == 'statement 1: "iam:*" grants A, B, C, D, E, F and 2 more'


def test_a_grant_of_a_long_pattern_is_cut_short_in_words_only() -> None:
    pattern = "codepipeline:" + "*" * 1000
    [grant] = granted(allowing(pattern), PIPELINE_CHANGES)
    assert grant.pattern == pattern
    assert len(str(grant)) < 200


def test_actions_are_asked_about_in_any_letters_and_answered_as_asked() -> None:
    [grant] = granted(allowing("codepipeline:UpdatePipeline"), ["CODEPIPELINE:updatepipeline"])
    assert grant.actions == ("CODEPIPELINE:updatepipeline",)


@pytest.mark.parametrize("action", ["UpdatePipeline", "codepipeline:*", "a:b:c", "kms:List\u212aeys", ""])
def test_only_full_names_can_be_asked_about(action: str) -> None:
    with pytest.raises(ValueError, match="is not the full name of an action"):
        granted(allowing("s3:*"), [action])


def test_on_other_services_every_resource_counts_and_a_deny_must_cover_it() -> None:
    passing = allowing("iam:PassRole", Resource="arn:aws:iam::*:role/web-*")
    assert granted(passing, ["iam:PassRole"])
    for resource, cancels in {"*": True, "arn:aws:iam::*:role/*": True, "arn:aws:iam::*:role/web-1": False}.items():
        deny = statement(Effect="Deny", Action="iam:*", Resource=resource)
        assert bool(granted(policy(*passing["Statement"], deny), ["iam:PassRole"])) != cancels


def test_of_all_aws_managed_policies_eight_grant_a_pipeline_change() -> None:
    documents = {name: held["Document"] for name, held in json.loads(aws_managed_policies_data).items()}
    assert len(documents) > 1_500
    assert {name: names(document) for name, document in documents.items() if names(document)} == {
        "AIDevOpsAgentActionsPolicy": "CUD",
        "AWSCodePipeline_FullAccess": "CUD",
        "AWSCodeStarServiceRole": "CUD",
        "AWSMcpServiceActionsFullAccess": "CUD",
        "AdministratorAccess": "CUD",
        "AmazonSageMakerAdmin-ServiceCatalogProductsServiceRolePolicy": "CUD",
        "PowerUserAccess": "CUD",
        "SystemAdministrator": "CUD",
    }


def not_accepted(document: dict[str, Any]) -> set[str]:
    """Which of the three are called granted; all if it is refused, for chance makes ARNs that AWS would refuse."""
    try:
        return {action for grant in granted(document, PIPELINE_CHANGES) for action in grant.actions}
    except InvalidDocument:
        return set(PIPELINE_CHANGES)


@settings(max_examples=500)
@given(strategies.documents)
def test_whatever_a_slow_evaluator_allows_is_called_a_grant(document: dict[str, Any]) -> None:
    found = not_accepted(document)
    assert not [a for a in PIPELINE_CHANGES if a not in found and oracle.may_be_allowed(document, a)]


@settings(max_examples=500)
@given(strategies.plain_documents)
def test_nothing_else_is_called_a_grant_where_resources_are_plain(document: dict[str, Any]) -> None:
    found = {action for grant in granted(document, PIPELINE_CHANGES) for action in grant.actions}
    assert found == {action for action in PIPELINE_CHANGES if oracle.may_be_allowed(document, action)}


@settings(max_examples=300)
@given(strategies.action_patterns.filter(lambda pattern: not pattern.startswith("*")))
def test_patterns_are_expanded_as_py_iam_expand_does(pattern: str) -> None:
    assert {a for grant in granted(allowing(pattern), PIPELINE_CHANGES) for a in grant.actions} == {
        action for action in expand_actions([pattern], "keep") if action in PIPELINE_CHANGES
    }


@settings(max_examples=300)
@given(strategies.documents_that_moto_reads)
def test_whatever_moto_permits_is_called_a_grant(document: dict[str, Any]) -> None:
    policy_of_moto = IAMPolicy(json.dumps(document))
    for action, pipeline in product(set(PIPELINE_CHANGES) - not_accepted(document), oracle.PIPELINES):
        assert policy_of_moto.is_action_permitted(action, pipeline) is not PermissionResult.PERMITTED


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["Statement"]), inner),
    max_leaves=20,
)


@given(ANYTHING | st.text() | ANYTHING.map(lambda value: json.dumps(value, default=str)))
def test_anything_at_all_is_answered_or_refused(document: object) -> None:
    try:
        assert granted(document, PIPELINE_CHANGES) == []
    except InvalidDocument as refusal:
        assert str(refusal).isascii()  # noqa: PT017 - either outcome is right


MEGABYTE = 1_000_000
UPDATE_PIPELINE = product(*[(letter, letter.upper()) for letter in "updatepipeline"])
BOMBS: dict[str, Callable[[], object]] = {
    "3,000 nested lists": lambda: "[" * 3_000,
    "a million nested lists": lambda: "[" * MEGABYTE,
    "a million nested objects": lambda: '{"a":' * (MEGABYTE // 5),
    "nested lists in a condition": lambda: text("s3:*", Condition={}).replace("{}", "[" * 5_000 + "]" * 5_000),
    "10 MB of blanks": lambda: " " * 10 * MEGABYTE,
    "10 MB of text": lambda: "x" * 10 * MEGABYTE,
    "a number of a million digits": lambda: "9" * MEGABYTE,
    "a number of 10,000 digits in a condition": lambda: text("s3:*", Condition={"NumericEquals": {"a": 7}}).replace(
        "7", "7" * 10_000
    ),
    "10,000 statements": lambda: json.dumps(policy(*[statement(Action="codepipeline:Get*")] * 10_000)),
    "10,000 statements that grant": lambda: json.dumps(policy(*[ALLOW] * 10_000, {**DENY_ALL_THREE})),
    "a million stars": lambda: text("codepipeline:" + "*" * MEGABYTE + "!"),
    "500,000 stars with letters": lambda: text("codepipeline:" + "*a" * (MEGABYTE // 2)),
    "500,000 stars with question marks": lambda: text("codepipeline:" + "*?" * (MEGABYTE // 2)),
    "100,000 actions": lambda: text(*["codepipeline:*a*b*c*d*e*f*g"] * 100_000),
    "resources that are almost denied": lambda: json.dumps(
        policy(
            *[{**ALLOW, "Resource": [f"arn:aws:codepipeline:*:*:{i}*" for i in range(5_000)]}],
            *[{**DENY_ALL_THREE, "Resource": [f"arn:aws:codepipeline:*:*:*{i}x" for i in range(5_000)]}],
        )
    ),
    "long resources that are almost denied": lambda: json.dumps(
        policy(
            {**ALLOW, "Resource": "arn:aws:codepipeline:*:*:" + "a" * (MEGABYTE // 2)},
            {**DENY_ALL_THREE, "Resource": "arn:aws:codepipeline:*:*:" + "*a?" * (MEGABYTE // 6) + "b"},
        )
    ),
    "letters of actions times resources": lambda: json.dumps(
        policy(
            statement(
                Action=["codepipeline:" + "".join(letters) for letters in islice(UPDATE_PIPELINE, 5_000)],
                Resource=[f"arn:aws:s3:::{i}" for i in range(5_000)],
            )
        )
    ),
    "resources with many colons": lambda: text("codepipeline:*", Resource="arn:aws:s3:" + ":" * MEGABYTE),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_answered_at_once(bomb: Callable[[], str]) -> None:
    """Ten times the promised 100 ms a megabyte, to tell linear from worse on any machine; bench/ measures the time."""
    document = bomb()
    started = time.process_time()
    try:
        granted(document, PIPELINE_CHANGES)
    except InvalidDocument as refusal:
        assert len(str(refusal)) < 200  # noqa: PT017 - either outcome is right
    assert time.process_time() - started < max(1, len(document) / MEGABYTE)
