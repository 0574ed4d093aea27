# ruff: noqa: T201 - a command prints
"""The `aws` command as far as the docs use it: real operations and parameters, checked by botocore."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]  # it has no stubs here
from botocore import xform_name
from botocore.exceptions import ClientError


def request(
    service: str, operation: str, words: list[str], region: str | None = None
) -> tuple[Any, str, dict[str, Any], dict[str, str]]:
    """What is asked: client, method, its parameters, and the options of the command itself.

    Raises:
        LookupError: there is no such operation or parameter.
    """
    client = boto3.client({"s3api": "s3"}.get(service, service), region)  # type: ignore[call-overload]  # any service's name
    method = operation.replace("-", "_")
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method]).input_shape
    members = {xform_name(name, "-"): (name, member.type_name) for name, member in shape.members.items()}
    parameters: dict[str, Any] = {}
    own: dict[str, str] = {}
    for option, text in zip(words[::2], words[1::2], strict=True):
        word = option.removeprefix("--")
        if word in ("query", "output", "region"):
            own[word] = text
            continue
        name, kind = members[word]
        value = Path(text.removeprefix("file://")).read_text() if text.startswith("file://") else text
        parameters[name] = value if kind == "string" else value.split() if kind == "list" else shorthand(value)
    return client, method, parameters, own


def shorthand(text: str) -> Any:  # noqa: ANN401 - JSON, or "Key=value,Key=value"
    if "=" not in text:
        return json.loads(text)
    plain = {"true": True, "false": False}
    return {key: plain.get(value, value) for key, _, value in (part.partition("=") for part in text.split(","))}


def main() -> int:
    service, operation, *words = sys.argv[1:]
    client, method, parameters, own = request(service, operation, words)
    try:
        answer = getattr(client, method)(**parameters)
    except ClientError as error:
        print(f"aws: [ERROR]: {error}", file=sys.stderr)
        return 254
    answer.pop("ResponseMetadata")
    found = jmespath.search(own["query"], answer) if "query" in own else answer
    if own.get("output") == "text":
        print("\t".join(found) if isinstance(found, list) else found)
    elif found:
        print(json.dumps(found, indent=4, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main())
