"""Reading an identity policy strictly: what AWS would refuse, or what can be read in two ways, is not read at all.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn, TypeGuard, cast

VERSIONS = frozenset({"2012-10-17", "2008-10-17"})
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
_PLAIN_ACTIONS = re.compile(r"(?:[A-Za-z0-9-]+:[A-Za-z0-9*]+\n)*(?:[A-Za-z0-9-]+:[A-Za-z0-9*]+|\*)", re.ASCII)
_PLAIN_RESOURCES = re.compile(
    r"(?:arn:(?:aws|\*):[a-z0-9-]+(?::[^:\n]*){2}:[!-~]*\n)*(?:arn:(?:aws|\*):[a-z0-9-]+(?::[^:\n]*){2}:[!-~]*|\*)",
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
    sid: str | None
    allows: bool
    actions: Sequence[str]
    folded_actions: str
    """The same in lower case, one a line: to see at once that nothing asked about is among hundreds."""
    names_excluded_actions: bool  # NotAction
    resources: Sequence[str]
    names_excluded_resources: bool  # NotResource
    conditional: bool


def parse_document(document: object) -> list[Statement]:
    """Read an identity policy, given as JSON text or as the mapping that such text parses to.

    Raises:
        InvalidDocument: with the first thing that is wrong.
    """
    policy = _from_text(document) if isinstance(document, str) else document
    if not _is_object(policy):
        raise InvalidDocument("The document is not a JSON object.")
    if not policy.keys() <= TOP_ELEMENTS:
        _refuse_element("The document", policy, TOP_ELEMENTS)
    if "Version" in policy and not (isinstance(policy["Version"], str) and policy["Version"] in VERSIONS):
        raise InvalidDocument('Version is neither "2012-10-17" nor "2008-10-17".')
    if "Id" in policy and not isinstance(policy["Id"], str):
        raise InvalidDocument("Id is not text.")
    statements = policy.get("Statement")
    if _is_object(statements):
        statements = [statements]
    if not _is_list(statements) or not statements:
        raise InvalidDocument("Statement is missing, empty, or neither an object nor a list.")
    parsed = [_statement(number, statement) for number, statement in enumerate(statements, 1)]
    sids = [statement.sid for statement in parsed if statement.sid]
    if len(set(sids)) < len(sids):
        raise InvalidDocument("Two statements have the same Sid.")
    return parsed


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
    # The built-in type first: to ask for an abstract one takes ten times as long.
    return isinstance(value, (list, Sequence)) and not isinstance(value, (str, bytes, bytearray))


def _is_object(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, (dict, Mapping))


def _refuse_element(where: str, elements: Mapping[object, object], known: frozenset[str]) -> NoReturn:
    """Say what is wrong; a name is quoted only if it is a known one in other letters, for it may be a secret."""
    for element in elements:
        if element in {"Principal", "NotPrincipal"}:
            raise InvalidDocument(f"{where} names a {element}: that is for policies of resources, not of identities.")
        for name in known:
            if isinstance(element, str) and element != name and element.casefold() == name.casefold():
                raise InvalidDocument(f'{where} has "{element}", which must be written "{name}".')
    raise InvalidDocument(f"{where} has an element other than {', '.join(sorted(known))}.")


def _statement(number: int, statement: object) -> Statement:
    where = f"Statement {number}"
    if not _is_object(statement):
        raise InvalidDocument(f"{where} is not an object.")
    if not statement.keys() <= ELEMENTS:
        _refuse_element(where, statement, ELEMENTS)
    sid = statement.get("Sid", "")
    if not isinstance(sid, str) or not ((sid.isascii() and sid.isalnum()) or not sid):
        raise InvalidDocument(f"{where}: Sid may have the letters A to Z, a to z and digits only.")
    effect = statement.get("Effect")
    if not (isinstance(effect, str) and effect in ("Allow", "Deny")):
        raise InvalidDocument(f'{where}: Effect is neither "Allow" nor "Deny".')
    names_excluded_actions, actions, action_lines = _patterns(statement, "Action", where)
    if not _are_usual(actions, action_lines, _PLAIN_ACTIONS):
        for position, action in enumerate(actions, 1):
            _check_action(action, where, position)
    names_excluded_resources, resources, resource_lines = _patterns(statement, "Resource", where)
    if resource_lines != "*" and not _are_usual(resources, resource_lines, _PLAIN_RESOURCES):
        for position, resource in enumerate(resources, 1):
            if resource != "*":
                _check_resource(resource, where, position)
    conditional = "Condition" in statement and _is_conditional(statement["Condition"], where)
    return Statement(
        number,
        sid or None,
        effect == "Allow",
        actions,
        action_lines.lower(),
        names_excluded_actions,
        resources,
        names_excluded_resources,
        conditional,
    )


def _patterns(statement: Mapping[object, object], element: str, where: str) -> tuple[bool, Sequence[str], str]:
    """Whether the statement has the Not... form of `element`, its patterns, and the same one a line."""
    excluded = f"Not{element}"
    if (element in statement) == (excluded in statement):
        raise InvalidDocument(f"{where} needs either {element} or {excluded}.")
    name = element if element in statement else excluded
    value = statement[name]
    if isinstance(value, str):
        return name == excluded, (value,), value
    if not _is_list(value) or not value:
        raise InvalidDocument(f"{where}: {name} is empty, or neither text nor a list.")
    patterns = cast("Sequence[str]", value)
    try:
        return name == excluded, patterns, "\n".join(patterns)
    except TypeError:
        raise InvalidDocument(f"{where}: {name} has something that is not text.") from None


def _are_usual(patterns: Sequence[str], lines: str, usual: re.Pattern[str]) -> bool:
    return lines.count("\n") == len(patterns) - 1 and usual.fullmatch(lines) is not None


def _check_action(action: str, where: str, position: int) -> None:
    if action == "*":
        return
    vendor, colon, name = action.partition(":")
    if not colon or not name or ":" in name:
        raise InvalidDocument(f'{where}: action {position} is not of the form "service:name".')
    if vendor != "*" and not _VENDOR.fullmatch(vendor):
        raise InvalidDocument(f"{where}: action {position} has a service that is no plain name (no wildcards there).")
    if not (name.isascii() and name.isprintable()):
        raise InvalidDocument(f"{where}: action {position} has characters that no action has.")


def _check_resource(resource: str, where: str, position: int) -> None:
    parts = resource.split(":", _FULL_ARN_COLONS)
    if (
        len(parts) < _MIN_ARN_PARTS
        or not _PARTITION.fullmatch(parts[1])
        or not parts[2]
        or (len(parts) <= _FULL_ARN_COLONS and "::" in resource)
    ):
        raise InvalidDocument(f'{where}: resource {position} is neither "*" nor an ARN.')
    if not resource.isascii():
        _check_encodable(resource, where)


def _check_encodable(text: str, where: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidDocument(f"{where} has half a character (a lone surrogate).") from None


def _is_conditional(condition: object, where: str) -> bool:
    """Whether anything stands in the Condition; its shape is checked, what it says is not judged."""
    if not _is_object(condition):
        raise InvalidDocument(f"{where}: Condition is not an object.")
    for operator, keys in condition.items():
        if not isinstance(operator, str) or not _is_object(keys):
            raise InvalidDocument(f"{where}: Condition is not of the form operator, key, value.")
        if keys and not _is_operator(operator):
            raise InvalidDocument(f"{where}: Condition has an operator that IAM does not have.")
        for key, value in keys.items():
            for single in value if _is_list(value) else (value,):
                if not isinstance(key, str) or not isinstance(single, (str, bool, int, float)):
                    raise InvalidDocument(
                        f"{where}: Condition compares with something that is no text, number or boolean."
                    )
    return bool(condition)


def _is_operator(operator: str) -> bool:
    name = operator.lower()
    for prefix in SET_OPERATORS:
        if name.startswith(prefix):
            name = name[len(prefix) :]
            break
    return name in OPERATORS
