"""Policy documents as the plugin treats them: when two mean the same, and what it refuses before AWS sees it."""

from __future__ import annotations

import json


def problem(text: str) -> str | None:
    """Why the plugin's own check refuses a policy document."""
    if not text.startswith("{"):
        return (
            f'"policy" contains an invalid JSON policy: not a JSON object: {text[:20]!r}'
            if text
            else '"policy" is empty'
        )
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return f'"policy" contains an invalid JSON: {error}'
    return None


def equivalent(old: str, new: str) -> bool:
    """White space, order, and one value in place of a list of one make no difference; letter case does."""
    try:
        return _normal(json.loads(old)) == _normal(json.loads(new))
    except (ValueError, RecursionError):
        return old == new


def _normal(value: object) -> object:
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    items = [_normal(item) for item in value] if isinstance(value, list) else [value]
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
