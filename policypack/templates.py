"""What a CloudFormation template makes, as far as anybody can see before CloudFormation runs it.

Policies in it are settled so that a doubt counts as a grant: a resource that only CloudFormation will know may be any.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from resources import from_cloudformation
from template_documents import with_documents
from template_text import Unreadable, inside, template_of
from values import UNKNOWN, UNSETTLED, Either, Made, Partly, Unsettled


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
    parsed = template_of(template) if isinstance(template, str) else template
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
                    with_documents(properties),
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
    for inner in inside(value):
        yield from _objects_in(inner)


def _refuse_macro(written: Mapping[object, object]) -> None:
    if "Fn::Transform" in written:
        raise Unreadable(_MACRO)  # what it gives is put beside the rest


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
            [_without_dynamic_references(item.strip()) for item in value.split(",")]
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
        if isinstance(value, list):  # of texts: CloudFormation takes no functions in Mappings
            return [_without_dynamic_references(item) if isinstance(item, str) else UNSETTLED for item in value]
        return value if isinstance(value, str) else UNSETTLED

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
