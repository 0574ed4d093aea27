"""Reading an identity policy strictly: what AWS would refuse, or what can be read in two ways, is not read at all.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import isfinite
from typing import NamedTuple, NoReturn, TypeGuard, cast

# The older one is the default: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
WITH_VARIABLES = "2012-10-17"
VERSIONS = frozenset({WITH_VARIABLES, "2008-10-17"})
TOP_ELEMENTS = frozenset({"Version", "Id", "Statement"})
ELEMENTS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
OPERATORS = frozenset(
    f"{operator}{suffix}"
    for operator in (
        *("stringequals", "stringnotequals", "stringequalsignorecase", "stringnotequalsignorecase"),
        *("stringlike", "stringnotlike", "bool", "binaryequals", "ipaddress", "notipaddress"),
        *("numericequals", "numericnotequals", "numericlessthan", "numericlessthanequals"),
        *("numericgreaterthan", "numericgreaterthanequals"),
        *("dateequals", "datenotequals", "datelessthan", "datelessthanequals"),
        *("dategreaterthan", "dategreaterthanequals"),
        *("arnequals", "arnlike", "arnnotequals", "arnnotlike"),
    )
    for suffix in ("", "ifexists")
) | {"null"}
SET_OPERATORS = ("forallvalues:", "foranyvalue:")

_VENDOR = re.compile(r"[A-Za-z0-9.-]+", re.ASCII)  # what AWS takes for a vendor, whether a service has that name or not
_PARTITION = re.compile(r"\*|aws(-[a-z0-9-]+)?", re.ASCII)
# Lists of patterns in their usual form, in one go; what these do not match is looked at one by one.
_USUAL_ACTIONS = re.compile(r"(?:[A-Za-z0-9-]+:[A-Za-z0-9*]+\n)*[A-Za-z0-9-]+:[A-Za-z0-9*]+", re.ASCII)
_USUAL_RESOURCES = re.compile(
    r"(?:arn:(?:aws|\*):[a-z0-9-]+(?::[!-9;-~]*){2}:[!-~]*\n)*(?:arn:(?:aws|\*):[a-z0-9-]+(?::[!-9;-~]*){2}:[!-~]*|\*)",
    re.ASCII,
)
_MIN_ARN_PARTS = 3  # "arn:aws:s3" is taken, AWS reads the rest as "*"
_FULL_ARN_COLONS = 5


class InvalidDocument(ValueError):
    """AWS would refuse this document, or nobody can say for certain how AWS reads it.

    The text says where and what, and never quotes a value: a document may be a secret.
    """


class Statement(NamedTuple):
    """One statement, checked. Its patterns are as they were written."""

    number: int  # 1 is the first
    sid: str
    allows: bool
    actions: Sequence[str]
    action_lines: str  # the same, one a line
    names_excluded_actions: bool  # NotAction
    resources: Sequence[str]
    resource_lines: str
    names_excluded_resources: bool  # NotResource
    conditional: bool
    condition: Mapping[object, object]  # as written, checked for its shape only; {} if there is none
    has_variables: bool  # whether ${...} is a policy variable: not in documents of 2008, where it is plain text


class Document(NamedTuple):
    """An identity policy, checked."""

    statements: Sequence[Statement]
    folded_actions: str
    """The actions of all statements in lower case, one a line: most documents name nothing that is asked about."""


def parse_document(document: object) -> Document:
    """Read an identity policy, given as JSON text or as the mapping that such text parses to; one that was read stays.

    Raises:
        InvalidDocument: with the first thing that is wrong.
    """
    if isinstance(document, Document):
        return document
    policy = _from_text(document) if isinstance(document, str) else document
    if not _is_object(policy):
        raise InvalidDocument("The document is not a JSON object.")
    if not policy.keys() <= TOP_ELEMENTS:
        _refuse_element("The document", policy, TOP_ELEMENTS)
    if "Version" in policy and not (isinstance(policy["Version"], str) and policy["Version"] in VERSIONS):
        raise InvalidDocument('Version is neither "2012-10-17" nor "2008-10-17".')
    if "Id" in policy and not isinstance(policy["Id"], str):
        raise InvalidDocument("Id is not a string.")
    written = policy.get("Statement")
    if _is_object(written):
        written = [written]
    if not _is_list(written) or not written:
        raise InvalidDocument("Statement is missing, empty, or neither an object nor a list.")
    has_variables = policy.get("Version") == WITH_VARIABLES
    statements = [_statement(number, statement, has_variables) for number, statement in enumerate(written, 1)]
    sids = [statement.sid for statement in statements if statement.sid]
    if len(set(sids)) < len(sids):
        raise InvalidDocument("Two statements have the same Sid.")
    return Document(statements, _check_patterns(statements).lower())


def _check_patterns(statements: Sequence[Statement]) -> str:
    """Check all actions and resources, in one go where they have their usual form; returns the actions, one a line."""
    actions = "\n".join([statement.action_lines for statement in statements])
    if not _are_usual(actions, sum([len(statement.actions) for statement in statements]), _USUAL_ACTIONS):
        for statement in statements:
            for position, action in enumerate(statement.actions, 1):
                _check_action(action, statement.number, position)
    scoped = [statement for statement in statements if statement.resource_lines != "*"]
    resources = "\n".join([statement.resource_lines for statement in scoped])
    if scoped and not _are_usual(resources, sum([len(statement.resources) for statement in scoped]), _USUAL_RESOURCES):
        for statement in scoped:
            for position, resource in enumerate(statement.resources, 1):
                _check_resource(resource, statement.number, position)
    return actions


def _are_usual(lines: str, count: int, usual: re.Pattern[str]) -> bool:
    return lines.count("\n") == count - 1 and usual.fullmatch(lines) is not None


def _from_text(text: str) -> object:
    try:
        text.encode("latin-1")  # all that the IAM API takes: [\u0009\u000A\u000D\u0020-\u00FF]+
        return _DECODER.decode(text)
    except UnicodeEncodeError:
        raise InvalidDocument("The document has characters beyond U+00FF.") from None
    except json.JSONDecodeError as error:
        raise InvalidDocument(f"Not JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from None
    except RecursionError:
        raise InvalidDocument("The document is nested too deeply.") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise InvalidDocument("A name occurs twice in one object.")
    return names


def _refuse_constant(_name: str) -> NoReturn:
    raise InvalidDocument("NaN and Infinity are not JSON.")


# Numbers occur in conditions only, where nothing is computed with them; float takes any number of digits.
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=float)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    # The usual type first: to ask for an abstract one takes ten times as long.
    return type(value) is list or (
        isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, memoryview))
    )


def _is_object(value: object) -> TypeGuard[Mapping[object, object]]:
    return type(value) is dict or isinstance(value, Mapping)


def _refuse_element(where: str, elements: Mapping[object, object], known: frozenset[str]) -> NoReturn:
    """Say what is wrong; a name is quoted only if it is a known one in other letters, for it may be a secret."""
    for element in elements:
        if element in {"Principal", "NotPrincipal"}:
            raise InvalidDocument(f"{where} has a {element}, which only policies of resources may have.")
        for name in known:
            if isinstance(element, str) and element != name and element.casefold() == name.casefold():
                raise InvalidDocument(f'{where} has "{element}", which must be written "{name}".')
    raise InvalidDocument(f"{where} has an element other than {', '.join(sorted(known))}.")


def _statement(number: int, statement: object, has_variables: bool) -> Statement:
    if not _is_object(statement):
        raise InvalidDocument(f"Statement {number} is not an object.")
    if not statement.keys() <= ELEMENTS:
        _refuse_element(f"Statement {number}", statement, ELEMENTS)
    sid = statement.get("Sid", "")
    if sid != "" and not (isinstance(sid, str) and sid.isascii() and sid.isalnum()):
        raise InvalidDocument(f"Statement {number}: Sid may contain only the letters A to Z, a to z and digits.")
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise InvalidDocument(f'Statement {number}: Effect is neither "Allow" nor "Deny".')
    excluded_actions, actions, action_lines = _patterns(number, statement, "Action", "NotAction")
    excluded_resources, resources, resource_lines = _patterns(number, statement, "Resource", "NotResource")
    return Statement(
        number,
        sid,
        effect == "Allow",
        actions,
        action_lines,
        excluded_actions,
        resources,
        resource_lines,
        excluded_resources,
        "Condition" in statement and _is_conditional(number, statement["Condition"]),
        cast("Mapping[object, object]", statement.get("Condition", {})),
        has_variables,
    )


def _patterns(
    number: int, statement: Mapping[object, object], element: str, excluded: str
) -> tuple[bool, Sequence[str], str]:
    """Whether the statement has the Not... form of `element`, its patterns, and the same one a line."""
    value = statement.get(element)
    inverted = value is None
    if inverted:
        value = statement.get(excluded)
    if value is None or (element if inverted else excluded) in statement:
        raise InvalidDocument(f"Statement {number} needs either {element} or {excluded}.")
    if isinstance(value, str):
        return inverted, (value,), value
    if not _is_list(value) or not value:
        raise InvalidDocument(f"Statement {number}: {element} is empty, or neither a string nor a list.")
    patterns = cast("Sequence[str]", value)
    try:
        return inverted, patterns, "\n".join(patterns)
    except TypeError:
        raise InvalidDocument(f"Statement {number}: {element} contains something that is not a string.") from None


def _check_action(action: str, number: int, position: int) -> None:
    if action == "*":
        return
    vendor, colon, name = action.partition(":")
    if not colon or not name or ":" in name:
        raise InvalidDocument(f'Statement {number}: action {position} is not of the form "service:name".')
    if vendor != "*" and not _VENDOR.fullmatch(vendor):
        raise InvalidDocument(
            f"Statement {number}: action {position}: the service has wildcards or other special characters."
        )
    if not (name.isascii() and name.isprintable()):
        raise InvalidDocument(f"Statement {number}: action {position} has characters that no action has.")


def _check_resource(resource: str, number: int, position: int) -> None:
    if resource == "*":
        return
    parts = resource.split(":", _FULL_ARN_COLONS)
    if (
        len(parts) < _MIN_ARN_PARTS
        or parts[0] != "arn"
        or not _PARTITION.fullmatch(parts[1])
        or not parts[2]
        or (len(parts) <= _FULL_ARN_COLONS and "::" in resource)
    ):
        raise InvalidDocument(f'Statement {number}: resource {position} is neither "*" nor an ARN.')
    try:
        resource.encode()
    except UnicodeEncodeError:
        raise InvalidDocument(f"Statement {number}: resource {position} has half a character (a surrogate).") from None


def _is_conditional(number: int, condition: object) -> bool:
    """Whether anything stands in the Condition; its shape is checked, what it says is not judged."""
    if not _is_object(condition):
        raise InvalidDocument(f"Statement {number}: Condition is not an object.")
    for operator, keys in condition.items():
        if not isinstance(operator, str) or not _is_object(keys):
            raise InvalidDocument(f"Statement {number}: Condition is not of the form operator, key, value.")
        if keys and not _is_operator(operator):
            raise InvalidDocument(f"Statement {number}: Condition has an operator that IAM does not have.")
        for key, value in keys.items():
            if isinstance(value, str) and isinstance(key, str):
                continue
            values = value if _is_list(value) else (value,)
            if not isinstance(key, str) or not all(map(_is_comparable, values)):
                raise InvalidDocument(
                    f"Statement {number}: Condition has a value other than strings, numbers or booleans."
                )
    return bool(condition)


def _is_comparable(value: object) -> bool:
    return isfinite(value) if isinstance(value, float) else isinstance(value, (str, int))  # bool is an int


@lru_cache(maxsize=256)
def _is_operator(operator: str) -> bool:
    name = operator.lower()
    for prefix in SET_OPERATORS:
        if name.startswith(prefix):
            name = name[len(prefix) :]
            break
    return name in OPERATORS
