"""A resource as the rules see it: itself, and what a template or Cloud Control makes for it. Each is read once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import templates
from iam import InvalidDocument
from iam.document import Document, parse_document
from resources import (
    CARRIERS,
    CLOUD_CONTROL,
    MAY_MAKE_GRANTS,
    NOTHING,
    TEMPLATES,
    Carrier,
    from_cloudformation,
    spelling,
)
from template_text import Unreadable, object_of
from values import UNKNOWN, Either, Found, Unknown, known_part, plain, walk


@dataclass(frozen=True)
class Reading:
    """A policy document at its place, read."""

    path: str
    written: object
    document: Document | None
    """None if it is unknown or cannot be read."""
    problem: str = ""
    """Why it cannot be read; "" if it was read or is unknown."""


@dataclass(frozen=True)
class Part:
    """A resource, or one that it brings along in a template."""

    resource_type: str
    """As in CARRIERS."""
    properties: Mapping[str, object]
    path: str = ""
    """Where in the resource it stands, "" for the resource itself."""
    unseen: str | Unknown = ""
    """Why nobody can see what it makes."""
    capitalized: bool = False
    """Whether its properties are written as CloudFormation does: PolicyDocument for policyDocument."""
    snake_case: bool = False
    """Whether they are written as Terraform does: policy_arn for policyArn."""
    template: templates.TemplateResource | None = None
    """The resource of a template that it is."""

    @property
    def carrier(self) -> Carrier:
        """What its type carries."""
        return CARRIERS.get(self.resource_type, NOTHING)

    def found(self, what: str) -> list[Found]:
        """What stands at the places that a Carrier names as `what`: "arns", "groups", "users" and so on."""
        places: tuple[str, ...] = getattr(self.carrier, what)
        return [found for place in places for found in self.at(place) if found.value is not None]

    def at(self, place: str) -> list[Found]:
        """The values at `place`, a path such as `policies[].policyDocument`; none where nothing is written."""
        steps = [self._spelled(step) for step in place.replace("[]", ".[]").split(".")]
        value = self.properties.get(steps[0])
        if self.template is None:  # what a template says has been read already: a mark in its text is only text
            value = plain(value)
        return walk(value, steps[1:], f"{self.path}{steps[0]}")

    def written(self, place: str) -> list[Found]:
        """As `at`, with None where nothing is written."""
        return self.at(place) or [Found(f"{self.path}{self._spelled(place)}", None)]

    @cached_property
    def readings(self) -> list[Reading]:
        """The policy documents. One of which a part is unknown is read twice: what is known of it, and as unknown."""
        return [_read(known) for document in self.found("documents") for known in known_part(document)]

    def _spelled(self, step: str) -> str:
        if self.capitalized:
            return step[:1].upper() + step[1:]
        if self.snake_case:
            return _SNAKE_CASE.get(step) or re.sub(r"([A-Z])", r"_\1", step).lower()
        return step


# Terraform's blocks have the name of one, where Pulumi has the list of all.
_SNAKE_CASE = {
    "inlinePolicies": "inline_policy",
    "customerManagedPolicyReferences": "customer_managed_policy_reference",
}


def _read(found: Found) -> Reading:
    if found.value is UNKNOWN:
        return Reading(found.path, found.value, None)
    try:
        return Reading(found.path, found.value, parse_document(found.value))
    except InvalidDocument as error:
        return Reading(found.path, found.value, None, str(error))


def parts_of(token: str, properties: Mapping[str, object]) -> list[Part]:
    """The resource, and what the template or other resource that it carries makes; nothing for most types."""
    spelled = spelling(token)
    if spelled is None:
        return []
    own = Part(
        spelled.resource_type, properties, snake_case=spelled.snake_case, unseen=_elsewhere(spelled.resource_type)
    )
    return [own, *_brought_by(own)] if own.resource_type in CARRIERS else list(_brought_by(own))


def _elsewhere(resource_type: str) -> str:
    return CARRIERS.get(resource_type, NOTHING).elsewhere


def _brought_by(own: Part) -> Iterator[Part]:
    if own.resource_type in TEMPLATES:
        yield from _from_template(own)
    elif own.resource_type in CLOUD_CONTROL:
        yield from _from_cloud_control(own)


def _from_template(own: Part) -> Iterator[Part]:
    """What a stack of CloudFormation makes."""
    for found in own.at("templateBody"):
        if found.value is UNKNOWN:
            yield Part("", {}, found.path, unseen=UNKNOWN)
            continue
        try:
            made = templates.resources_of(found.value, _parameters(own))
        except Unreadable as error:
            yield Part("", {}, found.path, unseen=str(error))
            continue
        for resource in made:
            yield from _from_cloudformation(resource, f"{found.path}.{resource.name}")
    capabilities = [found.value for found in own.at("capabilities[]")]
    if any(value is UNKNOWN or isinstance(value, Either) or value in MAY_MAKE_GRANTS for value in capabilities):
        for found in (*own.at("templateUrl"), *own.at("applicationId")):
            unseen = UNKNOWN if found.value is UNKNOWN else _STORED_ELSEWHERE
            yield Part("", {}, found.path, unseen=unseen)


_STORED_ELSEWHERE = "it is stored elsewhere"


def _parameters(own: Part) -> object:
    """The values of a template's parameters; None for a stack set, whose stacks may each have others."""
    if "StackSet" in own.resource_type or "ChangeSet" in own.resource_type or own.capitalized:
        return None
    given = own.at("parameters")
    return given[0].value if given else {}


def _from_cloudformation(made: templates.TemplateResource, path: str) -> Iterator[Part]:
    """One resource that CloudFormation or Cloud Control makes."""
    if made.resource_type.upper().startswith("AWS::CLOUDFORMATION::") and any(
        name.upper() == "TEMPLATEURL" for name in made.properties
    ):
        yield Part("", {}, f"{path}.TemplateURL", unseen=_STORED_ELSEWHERE)
        return
    resource_type = from_cloudformation(made.resource_type)
    own = Part(
        resource_type,
        made.properties,
        f"{path}.",
        unseen=_elsewhere(resource_type),
        capitalized=True,
        template=made,
    )
    yield own
    yield from _brought_by(own)


def _from_cloud_control(own: Part) -> Iterator[Part]:
    """The resource that Cloud Control makes: a type, and its properties as an object or as JSON."""
    [type_place, properties_place] = CLOUD_CONTROL[own.resource_type]
    types = [found.value for found in own.at(type_place)]
    for found in own.at(properties_place):
        value = found.value
        if isinstance(value, str):
            try:
                value = object_of(value)
            except Unreadable:
                value = None
        if value is UNKNOWN or UNKNOWN in types:
            yield Part("", {}, found.path, unseen=UNKNOWN)
        elif len(types) == 1 and isinstance(types[0], str) and isinstance(value, dict):
            made = templates.TemplateResource("", types[0], value, conditional=False, depends_on=frozenset())
            yield from _from_cloudformation(made, found.path)
        else:
            yield Part("", {}, found.path, unseen="it is not the JSON of one resource")
