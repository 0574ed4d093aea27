"""What a CloudFormation template makes, as far as anybody can see before CloudFormation runs it.

Policies in it are settled so that a doubt counts as a grant: a resource that only CloudFormation will know may be any.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import yaml

MAX_DEPTH = 64  # no template of CloudFormation's is half as deep


class Unreadable(Exception):
    """Nobody can tell what the template makes. The text says why and quotes nothing of it."""


class TemplateResource(NamedTuple):
    """A resource of a template, its properties settled."""

    name: str
    type: str
    """As CloudFormation says it: AWS::IAM::Role."""
    properties: Mapping[str, object]


class Unsettled:
    """Stands for a value that only CloudFormation will know. It is no text, so nothing that needs text accepts it."""


UNSETTLED = Unsettled()
MADE_HERE = Unsettled()  # a reference to a policy or group of the same template
_JUDGED_WHERE_MADE = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Group")
_ABSENT = Unsettled()  # AWS::NoValue
_MACRO = "a macro (Transform) writes a part of it"


def resources_of(template: object) -> list[TemplateResource]:
    """The resources of a template, given as JSON or YAML text or as the object that it parses to.

    Raises:
        Unreadable: it is no template, or a macro would change it.
    """
    parsed = _from_text(template) if isinstance(template, str) else template
    resources = parsed.get("Resources") if isinstance(parsed, dict) else None
    if not isinstance(parsed, dict) or not isinstance(resources, dict):
        raise Unreadable("it is not a CloudFormation template with Resources")
    if "Transform" in parsed:
        raise Unreadable(_MACRO)
    _refuse_macro(parsed)
    made = []
    for name, resource in resources.items():
        if not isinstance(name, str) or not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise Unreadable("one of its Resources has no Type")
        _refuse_macro(resource)
        if resource["Type"].endswith("::MODULE"):
            raise Unreadable("one of its Resources is a module, which lies elsewhere")
        if resource["Type"].startswith(("AWS::IAM::", "AWS::SSO::", "AWS::CloudFormation::", "AWS::Budgets::")):
            properties = _settled(resource.get("Properties", {}), resources)
            if not isinstance(properties, dict):
                raise Unreadable("the Properties of an IAM resource are no object")
            made.append(TemplateResource(name, resource["Type"], _with_documents(properties)))
    return made


def _refuse_macro(written: Mapping[str, object]) -> None:
    if "Fn::Transform" in written:
        raise Unreadable(_MACRO)  # what it gives is put beside the rest


def object_of(text: str) -> object:
    """What JSON text stands for.

    Raises:
        Unreadable: it is no JSON, has a name twice in one object, or is nested too deeply.
    """
    try:
        parsed = json.loads(text, object_pairs_hook=_unique)
        _refuse_depth(parsed)
    except (ValueError, RecursionError):
        raise Unreadable("it is not the JSON that CloudFormation reads") from None
    return parsed


def _from_text(text: str) -> object:
    if text.lstrip().startswith("{"):
        return object_of(text)
    try:
        _refuse_bombs(text)
        return yaml.load(text, Loader=_TemplateLoader)  # noqa: S506 - a safe loader that knows the short forms
    except (ValueError, TypeError, LookupError, yaml.YAMLError):  # PyYAML lets some of Python's own through
        raise Unreadable("it is neither JSON nor the YAML that CloudFormation reads") from None


def _refuse_depth(value: object) -> None:
    """Refuse nesting that nothing needs, so that whoever walks through need not mind."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for item in level for inner in _inside(item)]
    if level:
        raise ValueError("too deep")


def _inside(item: object) -> Iterable[object]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise ValueError("a name occurs twice")
    return names


def _refuse_bombs(text: str) -> None:
    """Refuse aliases, which CloudFormation does not read either, and depths that nothing needs."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("CloudFormation reads no aliases")  # noqa: TRY004 - nothing of Python's types
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise ValueError("too deep")


class _TemplateLoader(yaml.CSafeLoader):
    """YAML with CloudFormation's short forms (!Sub) and its idea of a date: text."""


def _short_form(loader: yaml.CSafeLoader, suffix: str, node: yaml.Node) -> object:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: node.value}
    if isinstance(node, yaml.SequenceNode):
        return {name: [loader.construct_object(item, deep=True) for item in node.value]}
    return {name: _unique_mapping(loader, node)}


def _unique_mapping(loader: yaml.CSafeLoader, node: yaml.Node) -> object:
    construct = loader.construct_object
    return _unique([(construct(key, deep=True), construct(value, deep=True)) for key, value in node.value])


_TemplateLoader.add_multi_constructor("!", _short_form)
_TemplateLoader.add_constructor("tag:yaml.org,2002:map", _unique_mapping)
_TemplateLoader.add_constructor("tag:yaml.org,2002:timestamp", lambda _loader, node: node.value)


def _settled(value: object, resources: Mapping[str, object]) -> object:
    """`value` with CloudFormation's functions replaced by what they give, or by UNSETTLED."""
    if isinstance(value, list):
        items = [_settled(item, resources) for item in value]
        return [item for item in items if item is not _ABSENT]
    if not isinstance(value, dict):
        return value
    _refuse_macro(value)
    if len(value) == 1:
        [(function, argument)] = value.items()
        if isinstance(function, str) and (function in {"Ref", "Condition"} or function.startswith("Fn::")):
            return _result(function, argument, resources)
    properties = {name: _settled(item, resources) for name, item in value.items()}
    return {name: item for name, item in properties.items() if item is not _ABSENT}


def _result(function: str, argument: object, resources: Mapping[str, object]) -> object:
    if function == "Ref" and argument == "AWS::NoValue":
        return _ABSENT
    if function == "Ref" and argument == "AWS::Partition":
        return "aws"
    if function == "Ref" and isinstance(argument, str):
        made = resources.get(argument)
        return MADE_HERE if isinstance(made, dict) and made.get("Type") in _JUDGED_WHERE_MADE else UNSETTLED
    if function == "Fn::Sub" and isinstance(argument, str):
        text = argument.replace("${AWS::Partition}", "aws")
        return UNSETTLED if "${" in text else text
    if function == "Fn::Join" and isinstance(argument, list) and argument[:1] == [""] and len(argument) > 1:
        pieces = _settled(argument[1], resources)
        if isinstance(pieces, list) and all(isinstance(piece, str) for piece in pieces):
            return "".join(pieces)
    return UNSETTLED


def _with_documents(properties: dict[str, object]) -> Mapping[str, object]:
    """The properties with each policy document settled: PolicyDocument, Policies[].PolicyDocument, InlinePolicy."""
    settled = {
        name: _document(item) if name in {"PolicyDocument", "InlinePolicy"} else item
        for name, item in properties.items()
    }
    policies = properties.get("Policies")
    if isinstance(policies, list):
        settled["Policies"] = [_with_documents(policy) if isinstance(policy, dict) else policy for policy in policies]
    return settled


def _document(document: object) -> object:
    if not isinstance(document, dict):
        return document
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list):
        return document
    return {**document, "Statement": [_statement(statement) for statement in statements]}


def _statement(statement: object) -> object:
    """The statement; if only CloudFormation will know its resources, it allows on all, or surely denies on none."""
    if not isinstance(statement, dict):
        return statement
    settled = (
        {**statement, "Condition": _condition(statement["Condition"])} if "Condition" in statement else {**statement}
    )
    if any(_is_unsettled(statement.get(element)) for element in ("Resource", "NotResource")):
        settled.pop("NotResource", None)
        settled["Resource"] = "*"
        if statement.get("Effect") == "Deny":
            settled["Condition"] = {"Null": {"aws:PrincipalArn": "true"}}  # under a condition it cancels nothing
    return settled


def _is_unsettled(patterns: object) -> bool:
    return any(isinstance(pattern, Unsettled) for pattern in (patterns if isinstance(patterns, list) else [patterns]))


def _condition(condition: object) -> object:
    if isinstance(condition, Unsettled):
        return ""
    if isinstance(condition, list):
        return [_condition(item) for item in condition]
    if isinstance(condition, dict):
        return {key: _condition(item) for key, item in condition.items()}
    return condition
