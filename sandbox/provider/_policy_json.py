"""Policy documents as the genuine plugin treats them: what it refuses, what it sends, and when two mean the same."""

from __future__ import annotations

import json
from typing import Any

from sandbox.provider._errors import RequestFailed
from sandbox.provider._schema import Property
from sandbox.provider._wire import UNKNOWN

_SPACES = dict.fromkeys(" \t\r\n", "leading space characters are not allowed")
_NO_OBJECT = {
    **_SPACES,
    '"': "contains a JSON-encoded string, not a JSON-encoded object",
    "[": "contains a JSON array, not a JSON object",
}


class _DuplicateKey(ValueError):
    pass


def as_text(document: Any) -> str:  # noqa: ANN401 - JSON
    """A document as JSON text, whether the program wrote text or an object.

    An object with an unknown value anywhere is unknown as a whole. Source: `TransformJSONDocument` of the Terraform
    bridge, which pulumi-aws applies to every property whose type is `Union[str, PolicyDocumentArgs]`.

    Raises:
        RequestFailed: the value is a number or a boolean.
    """
    if isinstance(document, str):
        return document
    if not isinstance(document, (dict, list)):
        raise RequestFailed(f"expected string or JSON map; got {'bool' if isinstance(document, bool) else 'float64'}")
    return UNKNOWN if _contains_unknown(document) else _compact(document)


def problem(name: str, text: str) -> str | None:
    """Why the plugin's check refuses a policy document, in its words."""
    if not text:
        return f'"{name}" is an empty string, which is not a valid JSON value'
    if text[0] in _NO_OBJECT:
        return f'"{name}" contains an invalid JSON policy: {_NO_OBJECT[text[0]]}'
    try:
        if text[0] != "{":
            raise ValueError("not a JSON object")  # noqa: TRY301 - one message for all other text
        json.loads(text, object_pairs_hook=_without_duplicates)
    except _DuplicateKey as error:
        return f'"{name}" contains duplicate JSON keys: duplicate key "{error}"'
    except (ValueError, RecursionError) as error:
        return f'"{name}" contains an invalid JSON policy: {error}'
    return None


def normal(text: str) -> str:
    """The document as the plugin sends and keeps it: no white space, keys in order."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return _compact(document)


def equivalent(old: str, new: str) -> bool:
    """White space, order, and one value in place of a list of one make no difference; letter case does."""
    try:
        return bool(_canonical(json.loads(old)) == _canonical(json.loads(new)))
    except (ValueError, RecursionError):
        return old == new


def found(document: object, known: str | None) -> str:
    """The text for the state: the known one, as long as the account's document means the same."""
    text = normal(document if isinstance(document, str) else json.dumps(document))
    return known if known and equivalent(known, text) else text


def document_property() -> Property:
    """A required property that holds a policy document."""
    return Property(required=True, transform=as_text, check=problem, normal=normal, same=equivalent)


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def _contains_unknown(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_contains_unknown, value.values()))
    return any(map(_contains_unknown, value)) if isinstance(value, list) else value == UNKNOWN


def _canonical(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    items = value if isinstance(value, list) else [value]
    return sorted(json.dumps(_canonical(i) if isinstance(i, (dict, list)) else i, sort_keys=True) for i in items)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise _DuplicateKey(key)
        seen[key] = value
    return seen
