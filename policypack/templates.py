"""What a CloudFormation template makes, as far as anybody can see before CloudFormation runs it.

Policies in it are settled so that a doubt counts as a grant: a resource that only CloudFormation will know may be any.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import yaml

from resources import from_cloudformation
from values import UNKNOWN, Either

MAX_DEPTH = 64  # no template of CloudFormation's is half as deep


class Unreadable(Exception):
    """Nobody can tell what the template makes. The text says why and quotes nothing of it."""


class TemplateResource(NamedTuple):
    """A resource of a template, its properties settled."""

    name: str
    resource_type: str
    """As CloudFormation says it: AWS::IAM::Role."""
    properties: Mapping[str, object]
    conditional: bool
    """Whether it may not be made at all."""
    depends_on: frozenset[str]
    """Resources of the template that are made before it."""


class Unsettled:
    """Stands for a value that only CloudFormation will know. It is no text, so nothing that needs text accepts it."""


@dataclass(frozen=True)
class Partly(Unsettled):
    """A text of which parts are settled; with `*` for what only CloudFormation will know."""

    pattern: str


@dataclass(frozen=True)
class Made(Unsettled):
    """The name or ARN of a resource of the same template."""

    what: str
    """The field of Carrier that it may stand in: "arns", "groups"."""
    pattern: str
    """A text that matches it and, where it is a role, hardly another one."""


UNSETTLED = Unsettled()
_ABSENT = Unsettled()  # AWS::NoValue
_MACRO = "a macro (Transform) generates part of it"
# What the program cannot choose. In a policy document a text with "$" surely covers nothing but itself.
_PSEUDO = {
    "AWS::AccountId": "${AWS.AccountId}",
    "AWS::Partition": "aws",
    "AWS::Region": "${AWS.Region}",
    "AWS::StackName": "${AWS.StackName}",
    "AWS::URLSuffix": "amazonaws.com",
}
_ACCOUNT = f"arn:aws:iam::{_PSEUDO['AWS::AccountId']}"
# What Ref and Fn::GetAtt give for what is judged where it is made: the attribute ("" is Ref), and what that stands for.
_MADE: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "aws-native:iam:Group": {"": ("groups", "{}"), "Arn": ("", f"{_ACCOUNT}:group/{{}}")},
    "aws-native:iam:ManagedPolicy": {
        "": ("arns", f"{_ACCOUNT}:policy/{{}}"),
        "PolicyArn": ("arns", f"{_ACCOUNT}:policy/{{}}"),
    },
    "aws-native:iam:Role": {"": ("", "{}"), "Arn": ("roles", f"{_ACCOUNT}:role/{{}}")},
    "aws-native:identitystore:Group": {"GroupId": ("identity_groups", "{}")},
    "aws-native:sso:PermissionSet": {"PermissionSetArn": ("permission_sets", "arn:aws:sso:::permissionSet/{}")},
    "aws-native:cloudformation:StackSet": {"": ("stack_sets", "{}"), "StackSetId": ("stack_sets", "{}")},
}
# Whose ARNs the attribute Arn gives, so that a statement on one is not taken for one on everything.
_SERVICES = {
    **{name: name.lower() for name in ("CodeBuild", "DynamoDB", "ECR", "Events", "Kinesis", "KMS", "Lambda", "Logs")},
    **{name: name.lower() for name in ("S3", "SecretsManager", "SNS", "SQS")},
    "StepFunctions": "states",
}
_ARN_BY_REF = frozenset({"AWS::SNS::Topic", "AWS::SecretsManager::Secret", "AWS::StepFunctions::StateMachine"})
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DYNAMIC = "{{resolve:"  # begins a reference to a parameter or secret, which CloudFormation reads last, within any text


def resources_of(template: object, parameters: object = None) -> list[TemplateResource]:
    """The resources of a template that may grant something or bring others along.

    Args:
        template: JSON or YAML text, or the object that it parses to.
        parameters: the values given for its Parameters, by name; None if nobody knows them.

    Raises:
        Unreadable: it is no template, or a macro would change it.
    """
    parsed = _from_text(template) if isinstance(template, str) else template
    resources = parsed.get("Resources") if isinstance(parsed, dict) else None
    if not isinstance(parsed, dict) or not isinstance(resources, dict):
        raise Unreadable("it is not a CloudFormation template with Resources")
    if "Transform" in parsed:
        raise Unreadable(_MACRO)
    for written in (parsed, resources, *_objects_in(parsed.get("Parameters")), *_objects_in(parsed.get("Mappings"))):
        _refuse_macro(written)
    for name, resource in resources.items():
        if not isinstance(name, str) or not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise Unreadable("one of its Resources has no Type")
        _refuse_macro(resource)
        if resource["Type"].upper().endswith("::MODULE"):
            raise Unreadable("one of its Resources is a module, which is stored elsewhere")
    settler = _Settler(resources, _object(parsed.get("Parameters")), parameters, _object(parsed.get("Mappings")))
    made = []
    for name, resource in resources.items():
        if _may_grant(resource["Type"]):
            properties = settler.settled(resource.get("Properties", {}))
            if properties is UNKNOWN or not isinstance(properties, dict):
                raise Unreadable("the Properties of an IAM resource are not an object")
            made.append(
                TemplateResource(
                    name,
                    resource["Type"],
                    _with_documents(properties),
                    "Condition" in resource,
                    _before(name, resources),
                )
            )
    return made


def _object(value: object) -> dict[object, object]:
    return value if isinstance(value, dict) else {}


def _may_grant(resource_type: str) -> bool:
    return bool(from_cloudformation(resource_type)) or resource_type.upper().startswith("AWS::CLOUDFORMATION::")


def _before(name: str, resources: Mapping[str, Mapping[str, object]]) -> frozenset[str]:
    """The resources on which `name` depends by DependsOn, and theirs."""
    found: set[str] = set()
    todo = [name]
    while todo:
        named = resources.get(todo.pop(), {}).get("DependsOn", ())
        for other in [named] if isinstance(named, str) else named if isinstance(named, list) else ():
            if isinstance(other, str) and other not in found:
                found.add(other)
                todo.append(other)
    return frozenset(found)


def _objects_in(value: object) -> Iterator[dict[object, object]]:
    """Every object within `value`, itself included."""
    if isinstance(value, dict):
        yield value
    for inner in _inside(value):
        yield from _objects_in(inner)


def _refuse_macro(written: Mapping[object, object]) -> None:
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


@dataclass
class _Settler:
    """Replaces CloudFormation's functions by what they give, or by UNSETTLED."""

    resources: Mapping[str, Mapping[str, object]]
    parameters: Mapping[object, object]
    given: object
    mappings: Mapping[object, object]
    functions: Mapping[str, Callable[[object], object]] = field(init=False)

    def __post_init__(self) -> None:
        self.functions = {
            "Ref": self._ref,
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._get_att,
            "Fn::If": self._if,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
        }

    def settled(self, value: object) -> object:
        """`value` with what its functions give, and without what CloudFormation reads from elsewhere."""
        return _without_dynamic_references(self._settled(value))

    def _settled(self, value: object) -> object:
        if isinstance(value, list):
            items = [self.settled(item) for item in value]
            return [item for item in items if item is not _ABSENT]
        if not isinstance(value, dict):
            return value
        _refuse_macro(value)
        if len(value) == 1:
            [(function, argument)] = value.items()
            if isinstance(function, str) and (function in {"Ref", "Condition"} or function.startswith("Fn::")):
                known = self.functions.get(function)
                return known(argument) if known else UNSETTLED
        properties = {name: self.settled(item) for name, item in value.items()}
        return {name: item for name, item in properties.items() if item is not _ABSENT}

    def _if(self, argument: object) -> object:
        """Either branch, whatever the condition says."""
        if not isinstance(argument, list) or len(argument) != 3:  # noqa: PLR2004 - condition, then, else
            return UNSETTLED
        branches = [self.settled(branch) for branch in argument[1:]]
        if all(branch is _ABSENT for branch in branches):
            return _ABSENT
        options: list[object] = []
        for branch in branches:
            options += branch.options if isinstance(branch, Either) else [None if branch is _ABSENT else branch]
        return Either(tuple(options))

    def _ref(self, argument: object) -> object:
        if argument == "AWS::NoValue":
            return _ABSENT
        if not isinstance(argument, str):
            return UNSETTLED
        if argument in _PSEUDO:
            return _PSEUDO[argument]
        return self._attribute(argument, "") if argument in self.resources else self._parameter(argument)

    def _parameter(self, name: str) -> object:
        declared = self.parameters.get(name)
        if self.given is UNKNOWN:
            return UNKNOWN
        if not isinstance(self.given, dict) or not isinstance(declared, dict) or declared.get("NoEcho"):
            return UNSETTLED
        value = self.given.get(name, declared.get("Default"))
        if value is UNKNOWN:
            return UNKNOWN
        if not isinstance(value, str):
            return UNSETTLED
        if declared.get("Type") == "String":
            return value
        return (
            [self.settled(item.strip()) for item in value.split(",")]
            if declared.get("Type") == "CommaDelimitedList"
            else UNSETTLED
        )

    def _get_att(self, argument: object) -> object:
        if isinstance(argument, str):
            argument = argument.split(".", 1)
        if isinstance(argument, list) and len(argument) == 2 and all(isinstance(part, str) for part in argument):  # noqa: PLR2004 - the two halves
            return self._attribute(*argument)
        return UNSETTLED

    def _attribute(self, name: str, attribute: str) -> object:
        """What Ref (attribute "") or Fn::GetAtt gives of a resource."""
        written = str(self.resources.get(name, {}).get("Type", ""))
        made = _MADE.get(from_cloudformation(written), {}).get(attribute)
        if made:
            return Made(made[0], made[1].replace("{}", name))
        service = written.split("::")[1] if written.count("::") == 2 and written.startswith("AWS::") else ""  # noqa: PLR2004 - the two halves
        if service in _SERVICES and (attribute == "Arn" or (not attribute and written in _ARN_BY_REF)):
            return Partly(f"arn:aws:{_SERVICES[service]}:*")
        return UNSETTLED

    def _find_in_map(self, argument: object) -> object:
        keys = self.settled(argument)
        value: object = self.mappings
        for key in keys if isinstance(keys, list) else [UNSETTLED]:
            if not isinstance(value, dict) or not isinstance(key, str) or key not in value:
                return UNSETTLED
            value = value[key]
        return self.settled(value) if isinstance(value, (str, list)) else UNSETTLED

    def _join(self, argument: object) -> object:
        if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[0], str):  # noqa: PLR2004 - the two halves
            return UNSETTLED
        pieces = self.settled(argument[1])
        if not isinstance(pieces, list) or not pieces:
            return UNKNOWN if pieces is UNKNOWN else UNSETTLED
        with_delimiters = [piece for item in pieces for piece in (argument[0], item)][1:]
        return _text_of(with_delimiters)

    def _sub(self, argument: object) -> object:
        text: object = argument
        own: object = {}
        if isinstance(argument, list) and len(argument) == 2:  # noqa: PLR2004 - the text, and variables of its own
            text, own = argument[0], self.settled(argument[1])
        if not isinstance(text, str) or not isinstance(own, dict):
            return UNSETTLED
        pieces: list[object] = []
        end = 0
        for variable in _VARIABLE.finditer(text):
            pieces.append(text[end : variable.start()])
            pieces.append(self._variable(variable[1], own))
            end = variable.end()
        return _text_of([*pieces, text[end:]])

    def _variable(self, written: str, own: Mapping[object, object]) -> object:
        if written.startswith("!"):
            return f"${{{written[1:]}}}"
        name = written.strip()
        if name in own:
            return own[name]
        return self._get_att(name) if "." in name else self._ref(name)


def _without_dynamic_references(value: object) -> object:
    """A text as a pattern, with `*` from the first to the last; what is within lists has been looked at already."""
    text = value.pattern if isinstance(value, Partly) else value
    if not isinstance(text, str) or _DYNAMIC not in text:
        return value
    before, _, rest = text.partition(_DYNAMIC)
    return Partly(f"{before}*{rest.rpartition('}')[2] if '}' in rest else ''}")


def _text_of(pieces: list[object]) -> object:
    """The pieces as one text; with `*` for those that only CloudFormation will know."""
    if any(piece is UNKNOWN for piece in pieces):
        return UNKNOWN
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(map(str, pieces))
    pieces = [piece for piece in pieces if piece != ""]
    if len(pieces) == 1:
        return pieces[0]
    if any(piece is _ABSENT for piece in pieces):
        return UNSETTLED
    text = "".join(
        piece if isinstance(piece, str) else piece.pattern if isinstance(piece, (Partly, Made)) else "*"
        for piece in pieces
    )
    return Partly(text)


def _with_documents(properties: Mapping[str, object]) -> Mapping[str, object]:
    """The properties with each policy document settled: PolicyDocument, Policies[].PolicyDocument, InlinePolicy."""
    settled = {
        name: _document(item) if name in {"PolicyDocument", "InlinePolicy"} else item
        for name, item in properties.items()
    }
    if "Policies" in properties:
        settled["Policies"] = _each(properties["Policies"], _with_documents)
    return settled


def _each(value: object, function: Callable[[Mapping[str, object]], object]) -> object:
    """`value` with every object in it, be it in a list or one of several, put through `function`."""
    if isinstance(value, Either):
        return Either(tuple(_each(option, function) for option in value.options))
    if isinstance(value, list):
        return [_each(item, function) for item in value]
    return function(value) if isinstance(value, dict) else value


def _document(document: object) -> object:
    if isinstance(document, Either):
        return Either(tuple(_document(option) for option in document.options))
    if not isinstance(document, dict) or "Statement" not in document:
        return document
    statements = _flat(document["Statement"])
    if any(not isinstance(statement, dict) for statement, _ in statements):
        return {**document, "Statement": [statement for statement, _ in statements]}
    return {
        **document,
        "Statement": [
            settled
            for statement, sure in statements
            if isinstance(statement, dict)
            for settled in _statements(statement, sure=sure)
        ],
    }


def _flat(value: object, *, sure: bool = True) -> list[tuple[object, bool]]:
    """What stands in `value`, alone or in a list, and whether it surely does."""
    if isinstance(value, Either):
        return [found for option in value.options if option is not None for found in _flat(option, sure=False)]
    if isinstance(value, list):
        return [found for item in value for found in _flat(item, sure=sure)]
    return [(value, sure)]


def _statements(statement: Mapping[str, object], *, sure: bool) -> list[object]:
    """The statement, once for each effect it may have."""
    effects = _flat(statement.get("Effect"))
    return [_statement({**statement, "Effect": effect}, sure=sure and len(effects) == 1) for effect, _ in effects]


def _statement(statement: Mapping[str, object], *, sure: bool) -> object:
    """The statement as far as it is settled: it allows whatever it may allow, and denies what it surely denies."""
    settled = dict(statement)
    if not isinstance(settled.get("Sid", ""), str) or "$" in str(settled.get("Sid", "")):
        del settled["Sid"]  # a name that nobody reads
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        if element in statement:
            found = _flat(statement[element])
            exact = all(certain and not isinstance(value, Unsettled) for value, certain in found)
            sure = sure and exact
            if element.startswith("Not") and not exact:
                del settled[element]  # it may exclude nothing
                settled[element[len("Not") :]] = "*"
            elif not exact:
                resource = element == "Resource"
                settled[element] = [_pattern(value) if resource else value for value, _ in found]
    if "Condition" in statement:
        settled["Condition"] = _condition(statement["Condition"])
    if not sure and statement["Effect"] == "Deny":
        settled["Condition"] = {"Null": {"aws:PrincipalArn": "true"}}  # under a condition it cancels nothing
    return settled


def _pattern(resource: object) -> object:
    """A pattern that matches whatever the resource will be."""
    if not isinstance(resource, Unsettled):
        return resource
    pattern = resource.pattern if isinstance(resource, (Partly, Made)) else "*"
    return pattern if pattern.startswith("arn:") and pattern.count(":") >= 3 else "*"  # noqa: PLR2004 - arn:aws:s3:*


def _condition(condition: object) -> object:
    if isinstance(condition, Either):
        return {"Null": {"aws:PrincipalArn": "true"}}  # nobody knows which: it limits nothing
    if isinstance(condition, dict):
        return {operator: _compared(keys) for operator, keys in condition.items()}
    return _values(condition)


def _compared(keys: object) -> object:
    """What an operator compares; without the keys that may be absent, which limit nothing."""
    if not isinstance(keys, dict):
        return _values(keys)
    return {
        key: _values(value) for key, value in keys.items() if not isinstance(value, Either) or None not in value.options
    }


def _values(value: object) -> list[object]:
    """Every value that it may be; what only CloudFormation will know is no name of anything."""
    if isinstance(value, Either):
        return [item for option in value.options if option is not None for item in _values(option)]
    if isinstance(value, list):
        return [item for inner in value for item in _values(inner)]
    return ["" if isinstance(value, Unsettled) else value]
