"""A policy document is one that AWS takes: well formed, and not over the size limit of where it stands."""

import json
from collections.abc import Iterator

from pulumi_policy import Severity

from rules import Case, Objection, rule


def _judge(case: Case) -> Iterator[Objection]:
    for part in case.parts:
        limit = part.carrier.max_size
        for reading in part.readings:
            if reading.problem:
                yield Objection(reading.path, f"{reading.path}: {reading.problem}")
            elif reading.document and limit is not None and _size(reading.written) > limit:
                yield Objection(
                    reading.path,
                    f"{reading.path} has {_size(reading.written):,} characters without white space; AWS allows"
                    f" {limit:,}. Use wildcards in names, or split it into several policies.",
                )


def _size(document: object) -> int:
    """Characters without white space, as AWS counts them."""
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False, default=str)
    return len("".join(text.split()))


RULE = rule(
    "valid-policy-document",
    _judge,
    description="A policy document must be one that AWS accepts and that can be read in one way only.",
    severity=Severity.MEDIUM,
    remediation="Correct the document; the grammar is at "
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.",
)
