"""The policy pack's evaluator of IAM documents, under the one name that this room uses."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam import (
        BadExceptions,
        InvalidDocument,
        ListedException,
        escalations,
        exception_for,
        parse_document,
        parse_exceptions,
    )
    from iam.arns import account_and_partition, resources_of
    from iam.document import Document
    from iam.escalation import ESCALATING_ACTIONS
    from iam.pipeline_actions import ACTIONS as PIPELINE_ACTIONS
    from iam.principal import EVERYTHING_ALLOWED, NOTHING_SAID, Decision, Said, Variables, decide, said_of
    from iam.reach import Shape
    from iam.trust import TrustStatement, outsiders, parse_trust, trusts
else:
    from policypack.iam import (
        BadExceptions,
        InvalidDocument,
        ListedException,
        escalations,
        exception_for,
        parse_document,
        parse_exceptions,
    )
    from policypack.iam.arns import account_and_partition, resources_of
    from policypack.iam.document import Document
    from policypack.iam.escalation import ESCALATING_ACTIONS
    from policypack.iam.pipeline_actions import ACTIONS as PIPELINE_ACTIONS
    from policypack.iam.principal import EVERYTHING_ALLOWED, NOTHING_SAID, Decision, Said, Variables, decide, said_of
    from policypack.iam.reach import Shape
    from policypack.iam.trust import TrustStatement, outsiders, parse_trust, trusts

__all__ = [
    "ESCALATING_ACTIONS",
    "EVERYTHING_ALLOWED",
    "NOTHING_SAID",
    "PIPELINE_ACTIONS",
    "BadExceptions",
    "Decision",
    "Document",
    "InvalidDocument",
    "ListedException",
    "Said",
    "Shape",
    "TrustStatement",
    "Variables",
    "account_and_partition",
    "decide",
    "escalations",
    "exception_for",
    "outsiders",
    "parse_document",
    "parse_exceptions",
    "parse_trust",
    "resources_of",
    "said_of",
    "trusts",
]
