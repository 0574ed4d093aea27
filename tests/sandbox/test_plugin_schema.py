"""The stand-in's tables against the generated SDK: an independent description of the same properties."""

from __future__ import annotations

import importlib
import inspect
import re
from typing import TYPE_CHECKING

import pytest
from pulumi._types import input_type_py_to_pulumi_names

from sandbox.provider import _AWS, _RANDOM
from sandbox.provider._policy_json import as_text
from sandbox.provider._schema import terraform_name

if TYPE_CHECKING:
    from sandbox.provider._resource_type import ResourceType

TYPES = {
    resource.resource_type: (package, resource)
    for package, known in (("pulumi_aws", _AWS), ("pulumi_random", _RANDOM))
    for resource in known.types.values()
}


@pytest.mark.parametrize("resource_type", sorted(TYPES))
def test_properties_are_those_of_the_sdk(resource_type: str) -> None:
    package, ours = TYPES[resource_type]
    _, module, name = resource_type.split(":")
    in_folder = module.split("/")[0]
    folder = package if in_folder == "index" else f"{package}.{in_folder}"
    python = importlib.import_module(f"{folder}.{terraform_name(module.split('/')[1])}")
    arguments, state = getattr(python, f"{name}Args"), getattr(python, f"_{name}State")
    inputs = {name for name, prop in ours.properties.items() if not prop.output} - {"tagsAll"}
    assert inputs == set(input_type_py_to_pulumi_names(arguments).values())
    assert set(ours.properties) == set(input_type_py_to_pulumi_names(state).values())
    assert _required(ours) == _required_by_the_sdk(arguments)
    assert _documents(ours) == _documents_in_the_sdk(arguments)
    assert _secret(ours) == _secret_in_the_sdk(getattr(python, name))


def _required(resource: ResourceType) -> set[str]:
    return {terraform_name(name) for name, prop in resource.properties.items() if prop.required}


def _required_by_the_sdk(arguments: type) -> set[str]:
    parameters = inspect.signature(arguments).parameters.values()
    return {parameter.name for parameter in parameters if parameter.default is inspect.Parameter.empty}


def _documents(resource: ResourceType) -> set[str]:
    return {terraform_name(name) for name, prop in resource.properties.items() if prop.transform is as_text}


def _documents_in_the_sdk(arguments: type) -> set[str]:
    """What can be text or a typed document."""
    parameters = inspect.signature(arguments).parameters.values()
    return {parameter.name for parameter in parameters if "PolicyDocumentArgs" in str(parameter.annotation)}


def _secret(resource: ResourceType) -> set[str]:
    return {name for name, prop in resource.properties.items() if prop.secret}


def _secret_in_the_sdk(resource: type) -> set[str]:
    listed = re.search(r"additional_secret_outputs=\[(.*?)\]", inspect.getsource(resource))
    return set(re.findall(r'"(\w+)"', listed[1])) if listed else set()
