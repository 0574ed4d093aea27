"""`python -m components.settings_reference` writes the JSON Schema of a stack file and the table of its keys.

Both are generated from `settings.py`, checked in, and checked to be current.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from components.settings import NAMESPACE, Settings

DOCS = Path(__file__).parent.parent / "docs"
SCHEMA = DOCS / "stack-file.schema.json"
CONFIGURATION = DOCS / "configuration.md"
BEGIN, END = "<!-- begin: generated from components/settings.py -->", "<!-- end -->"


def stack_file_schema() -> dict[str, Any]:
    """The schema of `Pulumi.STACK.yaml`: every key of this project, and none that it does not know."""
    model = Settings.model_json_schema(by_alias=True)
    keys = {f"{NAMESPACE}:{key}": _property(described) for key, described in model["properties"].items()}
    foreign = {"not": {"pattern": f"^{NAMESPACE}:"}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"Stack file of {NAMESPACE}",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "required": [f"{NAMESPACE}:{key}" for key in model["required"]],
                "properties": keys,
                "propertyNames": {"anyOf": [foreign, {"enum": list(keys)}]},
            },
        },
    }


def configuration_table() -> str:
    """The keys as a Markdown table: key, what it may be, default, meaning."""
    rows = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    model = Settings.model_json_schema(by_alias=True)
    for key, raw in model["properties"].items():
        described = _property(raw)
        default = "required" if key in model["required"] else f"`{json.dumps(raw.get('default'))}`"
        default = "" if default == "`null`" else default
        rows.append(f"| `{key}` | {_kind(described)} | {default} | {described['description']} |")
    return "\n".join(rows)


def with_table(page: str) -> str:
    """The page with the table between its marks made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{configuration_table()}\n{END}{after}"


def _property(described: dict[str, Any]) -> dict[str, Any]:
    """One key's schema without pydantic's titles, and without null: a key that is not wanted is left out."""
    flat = {name: value for name, value in described.items() if name not in ("title", "anyOf", "default")}
    for alternative in described.get("anyOf", []):
        if alternative != {"type": "null"}:
            flat |= alternative
    return flat | {"description": re.sub(r"\s+", " ", described["description"])}


def _kind(described: dict[str, Any]) -> str:
    """What a value may be, in words."""
    match described["type"]:
        case "array":
            return f"list of {', '.join(described['items'].get('enum', ['names']))}"
        case "object":
            return "map: developer -> " + (
                "number" if described["additionalProperties"]["type"] == "integer" else "key"
            )
        case "integer":
            return f"{described['minimum']} to {described['maximum']}"
        case "boolean":
            return "true, false"
        case _:
            return "text"


def main() -> None:
    """Write both files anew."""
    SCHEMA.write_text(json.dumps(stack_file_schema(), indent=2) + "\n")
    CONFIGURATION.write_text(with_table(CONFIGURATION.read_text()))


if __name__ == "__main__":
    main()
