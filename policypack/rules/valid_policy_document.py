"""A policy document is one that AWS takes: well formed, and not over the size limit of where it stands."""

import json

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)

from iam import InvalidDocument
from iam.document import parse_document
from resources import CARRIERS, UNKNOWN, parts
from rules import DOCS


def validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """Read every document that the resource carries."""
    for part in parts(args.resource_type, args.props):
        for document in part.documents():
            if document.value is UNKNOWN:
                continue
            try:
                parse_document(document.value)
            except InvalidDocument as error:
                report_violation(f"{document.path}: {error}", None)
                continue
            limit = CARRIERS[part.type].max_size
            size = _size(document.value)
            if size > limit:
                report_violation(
                    f"{document.path} has {size:,} characters without white space; AWS takes {limit:,}. Use"
                    " wildcards in names, or several policies.",
                    None,
                )


def _size(document: object) -> int:
    """Characters without white space, as AWS counts them."""
    text = document if isinstance(document, str) else json.dumps(document, separators=(",", ":"), default=str)
    return len("".join(text.split()))


RULE = ResourceValidationPolicy(
    name="valid-policy-document",
    description="A policy document must be one that AWS takes and that can be read in one way only.",
    enforcement_level=EnforcementLevel.MANDATORY,
    severity=Severity.MEDIUM,
    remediation_steps="Correct the document; the grammar is at "
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.",
    url=f"{DOCS}#valid-policy-document",
    validate=validate,
)
