"""Policy documents at random, close to the ones that matter: patterns made from the three actions and pipelines."""

from typing import Any

from hypothesis import strategies as st

from tests.policypack.documents import PIPELINE_CHANGES
from tests.policypack.oracle import PIPELINES

_OTHER_ACTIONS = ("codepipeline:GetPipeline", "s3:GetObject", "iam:CreateUser", "codepipelines:UpdatePipeline")


@st.composite
def wildcarded(draw: st.DrawFn, text: str, keep: int = 0) -> str:
    """`text` with some of its runs, after the first `keep` characters, replaced by wildcards."""
    made = text
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(keep, len(made)))
        end = draw(st.integers(start, len(made)))
        made = made[:start] + draw(st.sampled_from(["*", "?", "**", "*?", "?*", ""])) + made[end:]
    return made


@st.composite
def action_patterns(draw: st.DrawFn, *, as_written: bool = False) -> str:
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(["*", "*:*"]))
    action = draw(st.sampled_from(PIPELINE_CHANGES + _OTHER_ACTIONS))
    pattern = draw(wildcarded(action, keep=action.index(":") + 2))
    return pattern if as_written else draw(st.sampled_from([pattern, pattern.lower(), pattern.upper()]))


@st.composite
def resource_patterns(draw: st.DrawFn) -> str:
    kind = draw(st.integers(0, 9))
    if kind <= 2:
        return "*"
    if kind == 3:
        return draw(st.sampled_from(["arn:aws:s3:::bucket/*", "arn:aws:codepipeline:*", "arn:aws:codepipeline:*:*:*"]))
    pipeline = draw(st.sampled_from(PIPELINES))
    return draw(wildcarded(pipeline, keep=len("arn:aws:codepipeline:")))


def some(patterns: st.SearchStrategy[str]) -> st.SearchStrategy[str | list[str]]:
    return patterns | st.lists(patterns, min_size=1, max_size=4)


@st.composite
def statements(draw: st.DrawFn, *, as_written: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    made[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(some(action_patterns(as_written=as_written)))
    made[draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]))] = draw(some(resource_patterns()))
    condition = draw(st.sampled_from([None, None, {}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}]))
    if condition is not None:
        made["Condition"] = condition
    return made


documents = st.fixed_dictionaries(
    {"Version": st.just("2012-10-17"), "Statement": statements() | st.lists(statements(), min_size=1, max_size=4)}
)

# Where every resource is one pipeline, all of them, or none, the evaluator has to be exact.
_plain_resources = st.sampled_from(
    ["*", "arn:aws:codepipeline:*:*:*", "arn:aws:codepipeline:us-east-1:*:*", "arn:aws:s3:::bucket/*", PIPELINES[0]]
)


@st.composite
def _plain_statements(draw: st.DrawFn) -> dict[str, Any]:
    made = draw(statements())
    made.pop("NotResource", None)
    return {**made, "Resource": draw(some(_plain_resources))}


plain_documents = st.fixed_dictionaries(
    {"Version": st.just("2012-10-17"), "Statement": st.lists(_plain_statements(), min_size=1, max_size=4)}
)


def _moto_reads(document: dict[str, Any]) -> bool:
    """Moto knows no question mark, no condition and no NotResource, and takes letters as they are written."""
    return "?" not in str(document) and not any(
        statement.get("Condition") or "NotResource" in statement for statement in document["Statement"]
    )


documents_that_moto_reads = st.fixed_dictionaries(
    {"Version": st.just("2012-10-17"), "Statement": st.lists(statements(as_written=True), min_size=1, max_size=3)}
).filter(_moto_reads)
