"""Policy documents at random, close to the ones that matter: patterns made from the three actions and pipelines.

Hypothesis draws one number for each and Python's generator makes the rest of it, which is a hundred times as fast as
drawing every choice.
"""

from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.policypack.documents import PIPELINE_CHANGES
from tests.policypack.oracle import PIPELINES

T = TypeVar("T")

_OTHER_ACTIONS = ("codepipeline:GetPipeline", "s3:GetObject", "iam:CreateUser", "codepipelines:UpdatePipeline")
_STARS = ("*", "**", "")
_WILDCARDS = (*_STARS, "?", "*?", "?*")
_PLAIN_RESOURCES = (
    *("*", "arn:aws:codepipeline:*:*:*", "arn:aws:codepipeline:us-east-1:*:*", "arn:aws:s3:::bucket/*"),
    PIPELINES[0],
)


def _at_random(make: Callable[[Random], T]) -> st.SearchStrategy[T]:
    return st.randoms(use_true_random=True).map(make)


def _with_wildcards(random: Random, text: str, keep: int = 0, wildcards: tuple[str, ...] = _WILDCARDS) -> str:
    """`text` with some of its runs, after the first `keep` characters, replaced by wildcards."""
    made = text
    for _ in range(random.randint(0, 3)):
        start = random.randint(keep, len(made))
        end = random.randint(start, len(made))
        made = made[:start] + random.choice(wildcards) + made[end:]
    return made


def _action(random: Random) -> str:
    pattern = _action_as_written(random)
    return random.choice((pattern, pattern.lower(), pattern.upper()))


def _action_as_written(random: Random, wildcards: tuple[str, ...] = _WILDCARDS) -> str:
    if random.random() < 0.1:
        return random.choice(("*", "*:*"))
    action = random.choice(PIPELINE_CHANGES + _OTHER_ACTIONS)
    return _with_wildcards(random, action, action.index(":") + 2, wildcards)


def _resource(random: Random, wildcards: tuple[str, ...] = _WILDCARDS) -> str:
    chance = random.random()
    if chance < 0.3:
        return "*"
    if chance < 0.4:
        return random.choice(("arn:aws:s3:::bucket/*", "arn:aws:codepipeline:*", "arn:aws:codepipeline:*:*:*"))
    return _with_wildcards(random, random.choice(PIPELINES), len("arn:aws:codepipeline:"), wildcards)


def _some(random: Random, make: Callable[[Random], str]) -> str | list[str]:
    if random.random() < 0.5:
        return make(random)
    return [make(random) for _ in range(random.randint(1, 4))]


def _statement(random: Random) -> dict[str, Any]:
    made = _unconditional(
        random, _action, _resource, random.choice(("Resource", "Resource", "Resource", "NotResource"))
    )
    condition = random.choice((None, None, {}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
    return made if condition is None else {**made, "Condition": condition}


def _plain_statement(random: Random) -> dict[str, Any]:
    made = _statement(random)
    made.pop("NotResource", None)
    return {**made, "Resource": _some(random, lambda random: random.choice(_PLAIN_RESOURCES))}


def _statement_for_moto(random: Random) -> dict[str, Any]:
    return _unconditional(
        random, lambda random: _action_as_written(random, _STARS), lambda random: _resource(random, _STARS)
    )


def _unconditional(
    random: Random, action: Callable[[Random], str], resource: Callable[[Random], str], resources: str = "Resource"
) -> dict[str, Any]:
    return {
        "Effect": random.choice(("Allow", "Allow", "Deny")),
        random.choice(("Action", "Action", "NotAction")): _some(random, action),
        resources: _some(random, resource),
    }


def _documents(statement: Callable[[Random], dict[str, Any]], singles: float = 0) -> st.SearchStrategy[dict[str, Any]]:
    """Of one to four statements; in the share `singles`, of a statement outside of any list."""

    def make(random: Random) -> dict[str, Any]:
        statements = [statement(random) for _ in range(random.randint(1, 4))]
        return {"Version": "2012-10-17", "Statement": statements[0] if random.random() < singles else statements}

    return _at_random(make)


def wildcarded(text: str) -> st.SearchStrategy[str]:
    """`text` with some of its runs replaced by wildcards."""
    return _at_random(lambda random: _with_wildcards(random, text))


action_patterns = _at_random(_action)
documents = _documents(_statement, singles=0.5)
# Where every resource is one pipeline, all of them, or none, the evaluator has to be exact.
plain_documents = _documents(_plain_statement)
# Moto knows no question mark, no condition and no NotResource, and takes letters as they are written.
documents_that_moto_reads = _documents(_statement_for_moto)
