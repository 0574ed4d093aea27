"""The policy pack's evaluator of IAM documents, under the one name that this room uses."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam import BadExceptions, InvalidDocument, ListedException, exception_for, parse_document, parse_exceptions
    from iam.arns import account_and_partition, resources_of
    from iam.document import Document
    from iam.principal import NOTHING_SAID, Decision, Said, Variables, decide, said_of
    from iam.reach import Shape
else:
    from policypack.iam import (
        BadExceptions,
        InvalidDocument,
        ListedException,
        exception_for,
        parse_document,
        parse_exceptions,
    )
    from policypack.iam.arns import account_and_partition, resources_of
    from policypack.iam.document import Document
    from policypack.iam.principal import NOTHING_SAID, Decision, Said, Variables, decide, said_of
    from policypack.iam.reach import Shape

__all__ = [
    "NOTHING_SAID",
    "BadExceptions",
    "Decision",
    "Document",
    "InvalidDocument",
    "ListedException",
    "Said",
    "Shape",
    "Variables",
    "account_and_partition",
    "decide",
    "exception_for",
    "parse_document",
    "parse_exceptions",
    "resources_of",
    "said_of",
]
