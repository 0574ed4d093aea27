"""Pure reasoning about IAM policies and exceptions: standard library only, no Pulumi, no clock.

One package under two names. The pack runs with its own folder on `sys.path`, so that its modules say `from iam import
granted`. The rest of the project stands one folder higher and says `from policypack.iam import granted`, as `audit`
does. Both work since the modules in here import each other by `from .document import ...`.

mypy takes one file under one name only. Where both names could meet in one run, which tests make likely, the importing
room has one module that says

    if TYPE_CHECKING:
        from iam import granted
    else:
        from policypack.iam import granted

and the rest of the room imports from that module. The two names are two copies at run time: an `InvalidDocument` of one
is not caught by the `InvalidDocument` of the other, so a process uses one of them.
"""

from .document import InvalidDocument, Statement, parse_document
from .escalation import escalations, is_role_of_a_service
from .exceptions import (
    BadExceptions,
    ListedException,
    ended_exception_for,
    ending_soon,
    exception_for,
    parse_exceptions,
    unused,
)
from .grants import Grant, granted
from .matching import covers, matches

__all__ = [
    "BadExceptions",
    "Grant",
    "InvalidDocument",
    "ListedException",
    "Statement",
    "covers",
    "ended_exception_for",
    "ending_soon",
    "escalations",
    "exception_for",
    "granted",
    "is_role_of_a_service",
    "matches",
    "parse_document",
    "parse_exceptions",
    "unused",
]
