"""The policy simulator: what a user, group or role may do, or what policies say that nobody has yet.

"Testing IAM policies with the IAM policy simulator" in the IAM User Guide; API reference, SimulatePrincipalPolicy.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from sandbox.account._call import Refused
from sandbox.account._decision import Question, decide, decide_with, statements
from sandbox.account._moto import iam_backend_of, role_named
from sandbox.account._pages import page
from sandbox.account._policies import boundary_of, documents_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from moto.iam.models import IAMBackend

    from sandbox.account._call import Call
    from sandbox.account._callers import Caller
    from sandbox.account._decision import Context
    from sandbox.account._moto import Identity

Evaluation = dict[str, Any]  # an EvaluationResult of the API
_PRINCIPAL = re.compile(r"arn:[\w-]+:iam::\d{12}:(user|group|role)/(?:[!-~]+/)?([\w+=,.@-]+)", re.ASCII)
_ACTION = re.compile(r"[a-z0-9-]+:[a-z0-9]+", re.ASCII | re.IGNORECASE)
_CONTEXT_KEY_TYPES = frozenset(
    f"{one}{many}" for one in ("string", "numeric", "boolean", "ip", "binary", "date") for many in ("", "List")
)


def simulated(
    policy_source_arn: str,
    action_names: Sequence[str],
    resource_arns: Sequence[str] = ("*",),
    context: Mapping[str, Sequence[str]] | None = None,
) -> list[Evaluation]:
    """Ask the account that runs in this process, without a request; tens of thousands of times if need be.

    Args:
        policy_source_arn: a user, group or role.
        action_names: in full, without wildcards.
        resource_arns: each action is decided for each of them.
        context: condition key -> values. A user's name is known; all else has to be given.
    Returns:
        An EvaluationResult of SimulatePrincipalPolicy for each action and resource, in their order.
    Raises:
        Refused: NoSuchEntity, InvalidInput.
    """
    identity = _identity(policy_source_arn)
    given = {key.lower(): list(values) for key, values in (context or {}).items()}
    return _evaluations(
        documents_of(identity),
        boundary_of(identity),
        action_names,
        resource_arns,
        {**_known_of(identity, policy_source_arn), **given},
    )


def simulate_principal_policy(call: Call, _caller: Caller, _backend: IAMBackend) -> dict[str, Any]:
    """What a user, group or role may do, perhaps with further policies or another boundary."""
    arn = call.text("PolicySourceArn")
    identity = _identity(arn)
    documents = [*documents_of(identity), *_documents(call, "PolicyInputList")]
    return _answer(call, documents, boundary_of(identity), _known_of(identity, arn))


def simulate_custom_policy(call: Call, _caller: Caller, _backend: IAMBackend) -> dict[str, Any]:
    """What policies say that need not be anybody's."""
    return _answer(call, _documents(call, "PolicyInputList"), None, {})


def _answer(call: Call, documents: Sequence[str], boundary: str | None, known: Context) -> dict[str, Any]:
    for parameter in ("ResourcePolicy", "OrderedOrganizationPolicyInputList"):
        if parameter in call.parameters:
            raise Refused("NotImplemented", f"The sandbox's policy simulator does not support {parameter}.", 501)
    boundaries = _documents(call, "PermissionsBoundaryPolicyInputList")
    if len(boundaries) > 1:
        raise _invalid("There can be only one permissions boundary.")
    evaluations = _evaluations(
        documents,
        boundaries[0] if boundaries else boundary,
        call.parameters.get("ActionNames", []),
        call.parameters.get("ResourceArns") or ["*"],
        {**known, **_given(call)},
    )
    shown, rest = page(evaluations, call)
    return {"EvaluationResults": shown, **rest}


def _evaluations(
    documents: Sequence[str],
    boundary: str | None,
    actions: Iterable[str],
    resources: Iterable[str],
    context: Context,
) -> list[Evaluation]:
    questions = [Question(_action(action), _resource(arn), context) for action in actions for arn in resources]
    return [_evaluation(documents, boundary, question) for question in questions]


def _evaluation(documents: Sequence[str], boundary: str | None, question: Question) -> Evaluation:
    found: Evaluation = {
        "EvalActionName": question.action,
        "EvalResourceName": question.resource,
        "EvalDecision": decide_with(documents, question, boundary=boundary).decision,
        "MatchedStatements": [],  # Unlike AWS: which statements decided is not told
        "MissingContextValues": _missing([*documents, *([boundary] if boundary else [])], question),
    }
    if boundary is not None:
        allowed = decide([boundary], question) == "allowed"
        found["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allowed}
    return found


def _missing(documents: Iterable[str], question: Question) -> list[str]:
    """Condition keys that the statements about this action ask for and nobody gave."""
    asked = {
        condition.name: None
        for document in documents
        for statement in statements(document)
        if statement.conditions and statement.covers(question.action)
        for condition in statement.conditions
        if condition.key not in question.context
    }
    return list(asked)


def _identity(arn: str) -> Identity:
    principal = _PRINCIPAL.fullmatch(arn)
    if principal is None:
        raise _invalid(f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    kind, name = principal.groups()
    backend = iam_backend_of(arn)
    found: Identity | None = role_named(backend, name)
    if kind != "role":
        found = (backend.users if kind == "user" else backend.groups).get(name)
    if found is None or found.arn != arn:
        raise Refused("NoSuchEntity", f"The {kind} with name {name} cannot be found.", 404)
    return found


def _known_of(identity: Identity, arn: str) -> Context:
    return {"aws:username": [identity.name]} if ":user/" in arn else {}


def _action(name: str) -> str:
    if not _ACTION.fullmatch(name):
        raise _invalid(f"Invalid action name: {name}. It must be in full, such as iam:CreateUser, without wildcards.")
    return name


def _resource(arn: str) -> str:
    if arn != "*" and not arn.startswith("arn:"):
        raise _invalid(f"Invalid resource ARN: {arn}")
    return arn


def _documents(call: Call, parameter: str) -> list[str]:
    documents = [str(document) for document in call.parameters.get(parameter, [])]
    try:
        for document in documents:
            statements(document)
    except (ValueError, AttributeError, TypeError):
        raise _invalid(f"{parameter} contains an invalid policy document.") from None
    return documents


def _given(call: Call) -> Context:
    context = {}
    for entry in call.parameters.get("ContextEntries", []):
        if entry.get("ContextKeyType") not in _CONTEXT_KEY_TYPES:
            raise _invalid(f"Invalid context key type: {json.dumps(entry.get('ContextKeyType'))}")
        context[entry["ContextKeyName"].lower()] = entry.get("ContextKeyValues", [])
    return context


def _invalid(message: str) -> Refused:
    return Refused("InvalidInput", message)
