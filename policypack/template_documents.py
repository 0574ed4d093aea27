"""Policies of a template, settled so that a doubt counts as a grant: a resource that nobody knows yet may be any."""

from collections.abc import Callable, Mapping

from values import Either, Made, Partly, Unsettled


def with_documents(properties: Mapping[str, object]) -> Mapping[str, object]:
    """The properties with each policy document settled: PolicyDocument, Policies[].PolicyDocument, InlinePolicy."""
    settled = {
        name: _document(item) if name in {"PolicyDocument", "InlinePolicy"} else item
        for name, item in properties.items()
    }
    if "Policies" in properties:
        settled["Policies"] = _each(properties["Policies"], with_documents)
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
