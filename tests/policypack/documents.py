"""Policy documents for tests: "happy path, one change"."""

import json
from collections.abc import Sequence
from typing import Any

PIPELINE_CHANGES = ("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline", "codepipeline:DeletePipeline")


def statement(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - a statement may hold anything, so as to be refused
    """A statement that grants nothing of CodePipeline's; None as a change leaves the element out."""
    made = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **changes}
    return {element: value for element, value in made.items() if value is not None}


def policy(*statements: object, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    made = {"Version": "2012-10-17", "Statement": list(statements), **changes}
    return {element: value for element, value in made.items() if value is not None}


def allowing(*actions: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    return policy(statement(Action=list(actions), **changes))


def text(*actions: str, **changes: Any) -> str:  # noqa: ANN401 - as above
    """A document that allows `actions`, as JSON."""
    return json.dumps(allowing(*actions, **changes))


def without(names: Sequence[str], document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}
