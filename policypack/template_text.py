"""Reading a template as CloudFormation does: JSON, or YAML with its short forms (!Sub)."""

import json
from collections.abc import Iterable

import yaml

MAX_DEPTH = 64  # no template of CloudFormation's is half as deep


class Unreadable(Exception):
    """Nobody can tell what the template makes. The text says why and quotes nothing of it."""


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


def template_of(text: str) -> object:
    """What the text of a template stands for, its short forms as functions.

    Raises:
        Unreadable: as object_of does; for YAML also if it has aliases.
    """
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
        level = [inner for item in level for inner in inside(item)]
    if level:
        raise ValueError("too deep")


def inside(item: object) -> Iterable[object]:
    """What stands in an object or a list."""
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
