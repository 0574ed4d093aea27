"""What AWS takes and refuses as an identity policy, after the answers of its API that moto's authors recorded."""

import json
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam import InvalidDocument
from iam.document import (
    _USUAL_ACTIONS,
    _USUAL_RESOURCES,
    ELEMENTS,
    OPERATORS,
    _are_usual,
    _check_action,
    _check_resource,
    parse_document,
)
from tests.policypack.documents import allowing, policy, statement, text

TAKEN: dict[str, dict[str, Any]] = {
    "a single statement without a list": policy(Statement=statement()),
    "no version": policy(statement(), Version=None),
    "the old version": policy(statement(), Version="2008-10-17"),
    "an id": policy(statement(), Id="any text"),
    "an empty sid": policy(statement(Sid="")),
    "two empty sids": policy(statement(Sid=""), statement(Sid="")),
    "a sid": policy(statement(Sid="ViewPipelines2")),
    "every action": allowing("*"),
    "every action of every service": allowing("*:*"),
    "an action that no service has": allowing("service-prefix.x:action-name"),
    "blanks in a name": allowing("iam: asdf safdsf af "),
    "brackets in a name": allowing("codepipeline:[UC]*"),
    "a not-action": policy(statement(Action=None, NotAction="s3:ListBucket")),
    "a not-resource": policy(statement(Resource=None, NotResource=["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"])),
    "a resource beside the star": allowing("s3:*", Resource=["arn:aws:s3:::bucket", "*"]),
    "a short resource": allowing("s3:*", Resource="arn:aws:fdsasf"),
    "a resource of any partition": allowing("s3:*", Resource="arn:*:s3:::bucket/*"),
    "a resource in China": allowing("s3:*", Resource="arn:aws-cn:s3:::bucket/*"),
    "a variable in a resource": allowing("iam:ChangePassword", Resource="arn:aws:iam::*:user/${aws:username}"),
    "colons at the end of a resource": allowing("logs:*", Resource="arn:aws:logs:*:*:log-group:/aws/x:*"),
    "no conditions": allowing("s3:*", Condition={}),
    "an operator without keys": allowing("s3:*", Condition={"DateGreaterThan": {}}),
    "an unknown operator without keys": allowing("s3:*", Condition={"x": {}, "y": {}}),
    "a key without values": allowing("s3:*", Condition={"StringEquals": {"a": []}}),
    "a set operator": allowing("s3:*", Condition={"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": ["a", "b"]}}),
    "a boolean": allowing("s3:*", Condition={"Null": {"aws:TokenIssueTime": True}}),
    "a number": allowing("s3:*", Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}),
}
REFUSED: dict[str, object] = {
    "nothing": None,
    "a number": 1,
    "bytes": b'{"Version": "2012-10-17"}',
    "a list": [policy(statement())],
    "no statement": policy(Statement=None),
    "an empty list of statements": policy(),
    "a text for a statement": policy("afd"),
    "an extra element": policy(statement(), Extra="value"),
    "an extra element of a statement": policy(statement(Extra="value")),
    "a name that is a number": dict[object, object]({1: 2}) | policy(statement()),
    "statement in small letters": {"Version": "2012-10-17", "statement": [statement()]},
    "action in small letters": policy(statement(Action=None, action="s3:*")),
    "both cases of an element": policy(statement(action="codepipeline:*")),
    "a version of the future": policy(statement(), Version="2013-10-17"),
    "a version that is a number": policy(statement(), Version=20121017),
    "an id that is a list": policy(statement(), Id=["x"]),
    "a principal": policy(statement(Principal="*")),
    "a not-principal": policy(statement(NotPrincipal={"AWS": "*"})),
    "no effect": policy(statement(Effect=None)),
    "an effect in small letters": policy(statement(Effect="allow")),
    "an effect that is a list": policy(statement(Effect=["Allow"])),
    "no action": policy(statement(Action=None)),
    "an empty list of actions": allowing(),
    "an action and a not-action": policy(statement(NotAction="s3:*")),
    "an action and an empty not-action": policy(statement(NotAction=[])),
    "an action that is an object": policy(statement(Action={})),
    "an action within two lists": policy(statement(Action=[["s3:*"]])),
    "an action that is null": policy(statement(Action=["s3:*", None])),
    "an action that is a number": policy(statement(Action=7)),
    "an action without a service": allowing("UpdatePipeline"),
    "an action without a name": allowing("s3:"),
    "an empty action": allowing(""),
    "a name without a service": allowing(":UpdatePipeline"),
    "an action with two colons": allowing("s3:List:Bucket"),
    "two stars": allowing("**"),
    "a star in the service": allowing("code*:UpdatePipeline"),
    "a question mark in the service": allowing("?odepipeline:UpdatePipeline"),
    "a blank in the service": allowing("a a:ListBucket"),
    "a blank before the service": allowing(" codepipeline:GetPipeline"),
    "a dotless i in the service": allowing("codep\u0131peline:UpdatePipeline"),
    "a dotless i in the name": allowing("codepipeline:UpdateP\u0131peline"),
    "a Kelvin sign in the name": allowing("kms:List\u212aeys"),
    "a line break in an action": allowing("s3:*\ncodepipeline:*"),
    "a NUL in an action": allowing("codepipeline:UpdatePipeline\0"),
    "an empty second action": allowing("s3:*", ""),
    "no resource": policy(statement(Resource=None)),
    "an empty list of resources": policy(statement(Resource=[])),
    "a resource and a not-resource": policy(statement(NotResource="*")),
    "a resource that is no ARN": policy(statement(Resource="my-bucket")),
    "an empty resource": policy(statement(Resource="")),
    "a resource that begins with another word": policy(statement(Resource="foo:aws:s3:::bucket")),
    "a resource that begins in capitals": policy(statement(Resource="ARN:aws:s3:::bucket")),
    "a resource that begins with a star": policy(statement(Resource="*:aws:s3:::bucket")),
    "a resource of no partition": policy(statement(Resource="aws:s3:::bucket")),
    "a resource of an unknown partition": policy(statement(Resource="arn:error:s3:::bucket")),
    "a resource without a service": policy(statement(Resource="arn:aws")),
    "a resource with an empty service": policy(statement(Resource="arn:aws::::bucket")),
    "a resource that lacks a colon": policy(statement(Resource="arn:aws:s3::bucket")),
    "a resource that is an object": policy(statement(Resource={"Ref": "Bucket"})),
    "half a character in a resource's region": policy(statement(Resource="arn:aws:s3:\ud800::bucket")),
    "half a character in a resource": policy(statement(Resource="arn:aws:s3:::\ud800")),
    "a sid that is a list": policy(statement(Sid=[])),
    "a sid that is null": policy({**statement(), "Sid": None}),
    "a sid with a blank": policy(statement(Sid="View pipelines")),
    "a sid in other letters": policy(statement(Sid="\u00c4ndern")),
    "two statements with one sid": policy(statement(Sid="a"), statement(Sid="a")),
    "a condition that is a list": policy(statement(Condition=[])),
    "a condition that is text": policy(statement(Condition="a")),
    "an operator that is text": policy(statement(Condition={"StringEquals": "b"})),
    "an operator that IAM does not have": policy(statement(Condition={"x": {"a": "1"}})),
    "a set operator with two colons": policy(statement(Condition={"ForAnyValue::StringEquals": {"a": "b"}})),
    "a condition's value that is an object": policy(statement(Condition={"StringEquals": {"a": {}}})),
    "a condition's value that is not a number": policy(statement(Condition={"NumericEquals": {"a": float("nan")}})),
    "a condition's value that is infinite": policy(statement(Condition={"NumericEquals": {"a": [1, float("-inf")]}})),
    "a condition's value that is bytes": policy(statement(Condition={"StringEquals": {"a": memoryview(b"a")}})),
    "a condition's value that is null": policy(statement(Condition={"StringEquals": {"a": None}})),
    "a condition's key that is a number": policy(statement(Condition={"StringEquals": {1: "a"}})),
}
GOOD = text("s3:GetObject")
REFUSED_TEXTS = {
    "empty": "",
    "no JSON": "This is not a JSON document",
    "a text in JSON": '"x"',
    "two documents": GOOD + GOOD,
    "a comma too many": GOOD.replace("}]", "},]"),
    "single quotes": GOOD.replace('"', "'"),
    "a comment": GOOD + "// fine",
    "a byte-order mark": "\ufeff" + GOOD,
    "a name twice": GOOD.replace('"Effect"', '"Effect": "Deny", "Effect"'),
    "a name twice, once escaped": GOOD.replace('"Effect"', '"Effect": "Deny", "\\u0045ffect"'),
    "a name twice in a condition": text("s3:*", Condition={"Bool": {"a": "1"}}).replace('"a"', '"a": "2", "a"'),
    "NaN": text("s3:*", Condition={"NumericEquals": {"a": 1}}).replace("1}", "NaN}"),
    "Infinity": text("s3:*", Condition={"NumericEquals": {"a": 1}}).replace("1}", "-Infinity}"),
    "a raw line break in a text": GOOD.replace("GetObject", "Get\nObject"),
    "characters that the API does not take": GOOD.replace("GetObject", "Get\u2028Object"),
    "half a character": GOOD.replace("2012", "2012\ud800"),
    "half a character, escaped": text("s3:*", Resource="arn:aws:s3:::x").replace(":x", ":\\ud800"),
}


@pytest.mark.parametrize("document", TAKEN.values(), ids=TAKEN)
def test_what_aws_takes_is_read(document: dict[str, Any]) -> None:
    assert parse_document(document) == parse_document(json.dumps(document))


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED)
def test_what_aws_refuses_is_refused(document: object) -> None:
    with pytest.raises(InvalidDocument):
        parse_document(document)


@pytest.mark.parametrize("document", REFUSED_TEXTS.values(), ids=REFUSED_TEXTS)
def test_text_that_can_be_read_in_two_ways_is_refused(document: str) -> None:
    with pytest.raises(InvalidDocument):
        parse_document(document)


def test_a_mapping_of_any_kind_is_read() -> None:
    frozen = MappingProxyType({**policy(), "Statement": (MappingProxyType(statement(Action=("s3:*",))),)})
    assert [read.actions for read in parse_document(frozen).statements] == [("s3:*",)]


def test_a_document_that_contains_itself_is_refused() -> None:
    endless = policy(statement())
    endless["Statement"].append(endless)
    with pytest.raises(InvalidDocument):
        parse_document(endless)


@pytest.mark.parametrize("document", [*REFUSED.values(), *REFUSED_TEXTS.values()], ids=[*REFUSED, *REFUSED_TEXTS])
def test_a_refusal_quotes_nothing_but_the_names_of_elements(document: object) -> None:
    with pytest.raises(InvalidDocument) as refusal:
        parse_document(document)
    message = str(refusal.value)
    assert message.isascii()
    assert not [word for word in ("bucket", "ListBucket", "View", "afd") if word in message]


def test_every_operator_of_aws_is_known() -> None:
    conditions = {f"ForAllValues:{operator}": {"aws:username": "x"} for operator in OPERATORS}
    assert parse_document(allowing("s3:*", Condition=conditions)).statements[0].conditional


def test_an_element_in_other_letters_is_named_with_the_right_ones() -> None:
    for element in ELEMENTS:
        with pytest.raises(InvalidDocument, match=f'"{element.upper()}", which must be written "{element}"'):
            parse_document(policy(statement(**{element.upper(): "x"})))


def test_what_is_usual_is_what_is_taken_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The quick look at whole lists must take nothing that the look at each item refuses."""
    monkeypatch.setattr("iam.document._are_usual", lambda *_: False)
    for document in REFUSED.values():
        with pytest.raises(InvalidDocument):
            parse_document(document)
    for document in TAKEN.values():
        parse_document(document)


@given(st.lists(st.text(alphabet="aZ1-:*\n .\u00e9", max_size=6), min_size=1, max_size=4))
def test_a_list_of_actions_that_looks_usual_is_taken_one_by_one(actions: list[str]) -> None:
    if _are_usual("\n".join(actions), len(actions), _USUAL_ACTIONS):
        for action in actions:
            _check_action(action, 1, 1)


@given(st.lists(st.text(alphabet="*:\n\u00e9$\ud800").map("arn:aws:s3".__add__), min_size=1, max_size=4))
def test_a_list_of_resources_that_looks_usual_is_taken_one_by_one(resources: list[str]) -> None:
    if _are_usual("\n".join(resources), len(resources), _USUAL_RESOURCES):
        for resource in resources:
            _check_resource(resource, 1, 1)
