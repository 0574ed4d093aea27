"""Who can at second hand: by extending themselves, by taking a role that can, by starting a pipeline whose role can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit._iam import (
    ESCALATING_ACTIONS,
    InvalidDocument,
    escalations,
    outsiders,
    parse_trust,
    trusts,
)
from audit.report import SecondHand
from audit.saved_answer import decoded_object

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from audit._iam import Document, TrustStatement
    from audit.account import Account, Principal
    from audit.extras import Pipeline
    from audit.findings import Judge

ASSUME_ROLE = "sts:AssumeRole"
START = "codepipeline:StartPipelineExecution"
_UNCERTAIN = "whether their policies allow it cannot be determined"
_SINGLE_SIGN_ON = (
    "AWSReservedSSO_"  # https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
)
_SERVICES = frozenset(f"{action.partition(':')[0]}:" for action in ESCALATING_ACTIONS)


def extending_themselves(judge: Judge, principals: Iterable[Principal]) -> Iterator[SecondHand]:
    """Who may change what IAM grants to them, or borrow any role."""
    known: dict[tuple[int, ...], tuple[str, ...]] = {}
    relevant = {
        number
        for number, document in enumerate(judge.account.documents)
        if document and any(statement.allows for statement in document.statements) and _may_escalate(document)
    }
    for principal in principals:
        numbers = tuple(dict.fromkeys(source.document for source in principal.sources))
        if relevant.isdisjoint(numbers):
            continue
        if numbers not in known:
            known[numbers] = _escalating(judge.account, numbers)
        actions = tuple(action for action in known[numbers] if judge.decision(principal, action)[0].verdict != "cannot")
        if actions:
            yield SecondHand(
                principal.arn,
                "escalation",
                None,
                actions,
                f"May grant themselves more permissions, with {_some(actions)}.",
            )


def _may_escalate(document: Document) -> bool:
    lines = document.folded_actions.split("\n")
    return any(line.startswith(("*", *_SERVICES)) for line in lines) or any(
        statement.names_excluded_actions for statement in document.statements
    )


def _escalating(account: Account, numbers: Sequence[int]) -> tuple[str, ...]:
    """The actions with which all these documents together let somebody extend themselves."""
    statements = [
        {
            "Effect": "Allow" if statement.allows else "Deny",
            "NotAction" if statement.names_excluded_actions else "Action": statement.actions,
            "NotResource" if statement.names_excluded_resources else "Resource": statement.resources,
            "Condition": statement.condition,
        }
        for document in map(account.documents.__getitem__, numbers)
        if document
        for statement in document.statements
    ]
    grants = escalations({"Version": "2012-10-17", "Statement": statements})
    return tuple(dict.fromkeys(action for grant in grants for action in grant.actions))


def _some(actions: Sequence[str], most: int = 4) -> str:
    more = len(actions) - most
    named = list(actions[:most]) + ([f"{more} more action{'s' if more > 1 else ''}"] if more > 0 else [])
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _outsider(principal: str) -> str:
    if principal == "*":
        return "Anyone in any AWS account"
    return "Whoever that account authorizes" if principal.endswith(":root") else "This principal of another account"


class Roles:
    """Whom the trust policies of an account's roles let take them."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.roles = [principal for principal in judge.account.principals if principal.kind == "role"]
        self.others = [principal for principal in judge.account.principals if principal.kind != "group"]
        self.trust: dict[str, tuple[TrustStatement, ...]] = {}
        self.problems: dict[str, str] = {}
        self.allowed = [one for one in self.others if judge.decision(one, ASSUME_ROLE)[0].verdict != "cannot"]
        self.by_any_name: dict[str, list[Principal]] = {}
        for one in self.others:
            for name in {one.arn, one.unique_id, one.name} - {""}:
                self.by_any_name.setdefault(name, []).append(one)
        for role in self.roles:
            self._read(role)

    def _read(self, role: Principal) -> None:
        try:
            self.trust[role.arn] = parse_trust(decoded_object(role.trust))
        except InvalidDocument as error:
            self.problems[role.arn] = str(error).rstrip(".")

    def taking(self, able: Mapping[str, str], without: Collection[str]) -> Iterator[SecondHand]:
        """Who may take a role of `able`, or one that leads to such a role in turn.

        Args:
            able: ARNs of roles that can, and in words what they can.
            without: ARNs of those who need not, for they can themselves.
        """
        leads = dict(able)
        through: dict[str, frozenset[str]] = {}  # the roles between a role and one that can
        todo = [role for role in self.roles if role.arn in leads]
        while todo:
            role = todo.pop(0)
            for taker, found in self._takers(role, leads[role.arn], without):
                if found.principal in through.get(role.arn, ()):
                    continue  # round in a circle, back to themselves
                yield found
                if taker and taker.kind == "role" and taker.arn not in leads:
                    leads[taker.arn] = f"may assume {role.arn}, which {leads[role.arn]}"
                    through[taker.arn] = through.get(role.arn, frozenset()) | {role.arn}
                    todo.append(taker)

    def of_pipelines(self, pipelines: Sequence[Pipeline]) -> Iterator[tuple[str, list[str]]]:
        """The roles that pipelines run with, and whom they trust; without pipelines, all that trust CodePipeline."""
        used = {pipeline.role for pipeline in pipelines}
        for arn, trust in sorted(self.trust.items()):
            trusted = dict.fromkeys(
                value for statement in trust if statement.allows for _, value in statement.principals
            )
            if arn in used or (not pipelines and "codepipeline.amazonaws.com" in trusted):
                yield arn, list(trusted)

    def _takers(
        self, role: Principal, what: str, without: Collection[str]
    ) -> Iterator[tuple[Principal | None, SecondHand]]:
        trust = self.trust.get(role.arn, ())
        account = self.judge.account.number or ""
        for principal in self._candidates(trust):
            if principal.arn == role.arn or principal.arn in without:
                continue
            how = trusts(trust, principal.arn, principal.unique_id, account)
            if how == "no":
                continue
            verdict = self.judge.decision(principal, ASSUME_ROLE, role.arn, named=how == "by name")[0].verdict
            if verdict == "cannot":
                continue
            because = "its trust policy names them" if how == "by name" else "their policies allow it"
            because = because if verdict == "can" else _UNCERTAIN
            text = f"May assume {role.arn} ({because}), which {what}."
            yield principal, SecondHand(principal.arn, "assume-role", role.arn, (ASSUME_ROLE,), text)
        if role.name.startswith(_SINGLE_SIGN_ON):
            permission_set = role.name.removeprefix(_SINGLE_SIGN_ON).rpartition("_")[0]
            who = f"Whoever is assigned the permission set {permission_set} in Identity Center"
        else:
            who = "Whoever signs in through it"
        for outsider in dict.fromkeys(outsiders(trust, account, self.judge.account.partition)):
            if outsider.principal_type == "Service":
                continue  # it takes the role for somebody, and who that is stands elsewhere
            condition = ", under a condition," if outsider.conditional else ""
            text = {
                "AWS": f"{_outsider(outsider.principal)} may{condition} assume {role.arn}, which {what}.",
                "Federated": f"{who} may{condition} assume {role.arn}, which {what}.",
            }[outsider.principal_type]
            action = {"Federated": "sts:AssumeRoleWithWebIdentity"}.get(outsider.principal_type, ASSUME_ROLE)
            if ":saml-provider/" in outsider.principal:
                action = "sts:AssumeRoleWithSAML"
            yield None, SecondHand(outsider.principal, "assume-role", role.arn, (action,), text)

    def _candidates(self, trust: Sequence[TrustStatement]) -> list[Principal]:
        """Who may be meant: those that it names; and whoever may take roles, where it names the account."""
        named = {value for statement in trust for _, value in statement.principals}
        if "*" in named or any(statement.inverted for statement in trust):
            return self.others
        named |= {value.partition(":assumed-role/")[2].partition("/")[0] for value in named}
        found = [one for value in sorted(named) for one in self.by_any_name.get(value, ())]
        return list({one.arn: one for one in (*found, *self.allowed)}.values())


def starting(
    judge: Judge,
    pipelines: Sequence[Pipeline],
    region: str,
    able: Mapping[str, str],
    without: Collection[str],
) -> Iterator[SecondHand]:
    """Who may start a pipeline that runs with a role of `able`."""
    account = judge.account
    for pipeline in pipelines:
        if pipeline.role not in able:
            continue
        arn = f"arn:{account.partition}:codepipeline:{region}:{account.number}:{pipeline.name}"
        for principal in account.principals:
            if principal.arn in without:
                continue
            verdict = judge.decision(principal, START, arn)[0].verdict
            if verdict != "cannot":
                start = f"May start pipeline {pipeline.name}{'' if verdict == 'can' else f' ({_UNCERTAIN})'}"
                text = f"{start}, which runs with {pipeline.role}, which {able[pipeline.role]}."
                yield SecondHand(principal.arn, "starts-pipeline", arn, (START,), text)
