"""Accounts at random, close to what matters; and what a simulation says of a verdict, tried on many resources.

Patterns are made from pipelines and the three actions by wildcards, so that policies, Denies and boundaries overlap.
"""

from __future__ import annotations

import json
import re
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from sandbox.account import Question, decide_with
from tests.audit.accounts import ACCOUNT, arn, document, group, pipeline, policy, role, statement, user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

    from audit._iam import Decision
    from audit.account import Principal
    from audit.findings import Judge
    from tests.audit.accounts import Answer

    Context = dict[str, list[str]]
    Simulate = Callable[[str, str, Sequence[str], Context], Sequence[bool]]

UNREADABLE = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"'
MISSING = arn("policy", "missing")  # named, and not in the answer
REGIONS = ("us-east-1", "eu-west-1", "ap-south-1")
NAMES = ("web", "api", "web-2", "x", "jin")
PIPELINE = re.compile(rf"arn:aws:codepipeline:[a-z0-9-]+:{ACCOUNT}:[A-Za-z0-9.@_-]{{1,100}}")
ACTIONS = ("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline", "codepipeline:DeletePipeline")
TAG = "aws:PrincipalTag/team"
CONDITIONS: tuple[dict[str, dict[str, str]], ...] = (
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}},  # type: ignore[dict-item]  # a list as well
    {"Null": {TAG: "false"}},
)
CONTEXTS: tuple[Context, ...] = tuple(
    {
        key: [value]
        for key, value in zip(("aws:MultiFactorAuthPresent", "aws:RequestedRegion", TAG), values, strict=True)
        if value
    }
    for values in product(("", "true", "false"), ("us-east-1", "eu-west-1"), ("", "web"))
)


def wildcarded(random: Random, text: str, keep: int) -> str:
    """`text` with some of its runs, after the first `keep` characters, replaced by wildcards."""
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        start = random.randint(keep, len(text))
        end = random.randint(start, len(text))
        text = text[:start] + random.choice(("*", "?", "**", "*?", "?*", "")) + text[end:]
    return text


def actions(random: Random) -> str:
    if random.random() < 0.15:
        return "*"
    action = random.choice((*ACTIONS, *ACTIONS, "codepipeline:GetPipeline", "s3:GetObject", "iam:CreateUser"))
    pattern = wildcarded(random, action, action.index(":") + 1)
    pattern += "*" if pattern.endswith(":") else ""
    return random.choice((pattern, pattern.lower(), pattern.upper()))


def resources(random: Random) -> str:
    kind = random.random()
    if kind < 0.3:
        return "*"
    if kind < 0.45:
        return random.choice(
            (
                "arn:aws:s3:::bucket/*",
                "arn:aws:codepipeline:*",
                f"arn:aws:codepipeline:*:{ACCOUNT}:*",
                "arn:aws:codepipeline:*:210987654321:*",
                "arn:*:codepipeline:*:*:web",
                pipeline(f"${{{TAG}}}*", region="*"),
                pipeline("${aws:username}*", region="*"),
                pipeline("${aws:username, 'web'}", region="*"),
                pipeline("${$}{aws:username}*", region="*"),
            )
        )
    full = pipeline(random.choice(NAMES), region=random.choice(REGIONS))
    made = wildcarded(random, full, len("arn:aws:codepipeline:"))
    # AWS completes an ARN that lacks fields, the simulated account does not.
    return made if made.endswith("*") else made + ":*" * (5 - made.count(":"))


def some(random: Random, make: Callable[[Random], str]) -> str | list[str]:
    return make(random) if random.random() < 0.5 else [make(random) for _ in range(random.randint(1, 4))]


def statements(random: Random, allow: float) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": "Allow" if random.random() < allow else "Deny"}
    made["NotAction" if random.random() < 0.2 else "Action"] = some(random, actions)
    made["NotResource" if random.random() < 0.2 else "Resource"] = some(random, resources)
    if random.random() < 0.2:
        made["Condition"] = random.choice(CONDITIONS)
    return made


def documents(random: Random, allow: float = 0.65) -> dict[str, Any]:
    made = document(*[statements(random, allow) for _ in range(random.randint(1, 3))])
    if len(made["Statement"]) == 1 and random.random() < 0.5:
        made["Statement"] = made["Statement"][0]
    if random.random() < 0.2:  # a policy variable is plain text in both
        made |= {"Version": "2008-10-17"}
        if random.random() < 0.5:
            del made["Version"]
    return made


def written(random: Random, content: dict[str, Any]) -> object:
    """A document in one of the forms in which it comes; now and then in one that nobody can read."""
    if random.random() < 0.02:
        return UNREADABLE
    text = json.dumps(content)
    return random.choice((content, text, quote(text)))


def entries(random: Random, count: int) -> list[Answer]:
    """An account of `count` users and roles, with groups and managed policies that they share."""
    managed = [arn("policy", f"p{number}") for number in range(max(3, count // 6))]
    groups = [f"g{number}" for number in range(max(2, count // 10))]
    made = [policy(each, written(random, documents(random))) for each in managed]

    def own() -> tuple[dict[str, object], list[str]]:
        inline = {f"i{number}": written(random, documents(random)) for number in range(random.choice((0, 1, 1, 2)))}
        return inline, random.sample(managed, random.choice((0, 0, 1, 2)))

    made += [group(name, *own()) for name in groups]
    for number in range(count):
        boundary = random.choice((*managed, MISSING)) if random.random() < 0.25 else ""
        if random.random() < 0.7:
            joined = random.sample(groups, random.choice((0, 1, 2)))
            made.append(user(f"u{number}", *own(), groups=joined, boundary=boundary))
        else:
            made.append(role(f"r{number}", *own(), boundary=boundary))
    return made


def _text(written: object) -> str:
    """A document's JSON; everything may stand where nobody can read it."""
    if written == UNREADABLE:
        return json.dumps(document(statement(Action="*")))
    return unquote(written) if isinstance(written, str) else json.dumps(written)


def simulation_of(saved: Answer) -> Simulate:
    """The account's own way to decide, on the documents of a saved answer."""
    managed = {one["Arn"]: _text(one["PolicyVersionList"][0]["Document"]) for one in saved["Policies"]}
    managed[MISSING] = _text(UNREADABLE)
    groups = {one["GroupName"]: one for one in saved["GroupDetailList"]}
    holders = {
        one["Arn"]: one for name in ("UserDetailList", "GroupDetailList", "RoleDetailList") for one in saved[name]
    }

    @cache
    def documents(arn: str) -> tuple[tuple[str, ...], str | None]:
        holder = holders[arn]
        found = []
        for one in (holder, *(groups[name] for name in holder.get("GroupList", ()))):
            for inline in ("UserPolicyList", "GroupPolicyList", "RolePolicyList"):
                found += [_text(inner["PolicyDocument"]) for inner in one.get(inline, ())]
            found += [managed[inner["PolicyArn"]] for inner in one["AttachedManagedPolicies"]]
        boundary = holder.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return tuple(found), boundary and managed[boundary]

    def simulate(arn: str, action: str, resources: Sequence[str], context: Context) -> list[bool]:
        policies, boundary = documents(arn)
        known = {"aws:username": [arn.rpartition("/")[2]]} if ":user/" in arn else {}
        given = known | {key.lower(): values for key, values in context.items()}
        return [
            decide_with(policies, Question(action, resource, given), boundary=boundary).decision == "allowed"
            for resource in resources
        ]

    return simulate


def tried_resources(texts: set[str]) -> list[str]:
    """Pipelines made from all patterns of some documents, and a few others."""
    found = {pipeline(name, region=region) for name in NAMES for region in REGIONS}
    for text in texts:
        for star, question in product(("", "x", "web", "us-east-1", "1:x", f"us-east-1:{ACCOUNT}:web"), ("x", "-")):
            made = re.sub(r"\$\{[^}]*\}", "web", text).replace("*", star).replace("?", question)
            if PIPELINE.fullmatch(made):
                found.add(made)
    return sorted(found)


def contexts_for(example: str, *, of_group: bool) -> Iterator[Context]:
    """Circumstances, with all values of a policy variable that may stand in `example`."""
    yield from CONTEXTS
    name = example.rpartition(":")[2]
    values = {name[start:end] for start in range(len(name)) for end in range(start + 1, len(name) + 1)}
    for value in sorted(values):
        for region, mfa in product(("us-east-1", "eu-west-1"), ("true", "false")):
            context = {"aws:RequestedRegion": [region], "aws:MultiFactorAuthPresent": [mfa]}
            yield context | {TAG: [value]}
            if of_group:  # whose members have names
                yield context | {"aws:username": [value]}
                yield context | {"aws:username": [value], TAG: ["web"]}


def reasons(judge: Judge, principal: Principal, decision: Decision) -> list[str]:
    """Why it cannot be told: conditions (a policy variable of the request is one), or documents that are not there."""
    boundary = judge.account.documents[principal.boundary.document] if principal.boundary else None
    capped = principal.boundary is not None and bool(decision.caps)
    variable = {"a variable": any("${" in one for at in decision.denies for one in at.clause.patterns)}
    if boundary:
        variable["a variable in the boundary"] = any(
            "${" in one for said in boundary.statements for one in said.resources
        )
    given = {
        "a Deny under a condition": any(at.clause.conditional for at in decision.denies),
        "a document that cannot be read": bool(decision.unread),
        "a boundary that cannot be read": capped and boundary is None,
        "a condition in the boundary": capped
        and boundary is not None
        and any(said.conditional for said in boundary.statements),
        **variable,
    }
    return [reason for reason, is_given in given.items() if is_given]


def disagreements(judge: Judge, simulate: Simulate) -> tuple[list[str], dict[str, int]]:
    """Where a simulation contradicts a verdict; and how often there was which verdict, "unknown" with its reasons."""
    found: list[str] = []
    counted: dict[str, int] = {}
    for principal in judge.account.principals:
        patterns = {
            pattern
            for number in {source.document for source in principal.sources}
            if (read := judge.account.documents[number])
            for one in read.statements
            for pattern in one.resources
        }
        tried = tried_resources(patterns)
        for action in ACTIONS:
            decision, _ = judge.decision(principal, action)
            verdict: str = decision.verdict
            if verdict == "unknown":
                verdict += f" ({', '.join(reasons(judge, principal, decision)) or 'for no reason'})"
            counted[verdict] = counted.get(verdict, 0) + 1
            if decision.verdict == "can":
                example = decision.example
                circumstances = contexts_for(example, of_group=principal.kind == "group")
                if not any(any(simulate(principal.arn, action, [example], one)) for one in circumstances):
                    found.append(f"{principal.arn} can {action} on {example}: the simulation denies it")
            elif decision.verdict == "cannot":
                for context in CONTEXTS:
                    allowed = simulate(principal.arn, action, tried, context)
                    if any(allowed):
                        found.append(
                            f"{principal.arn} cannot {action}: the simulation allows {tried[list(allowed).index(True)]}"
                        )
                        break
            elif not reasons(judge, principal, decision):
                found.append(f"{principal.arn}, {action}: cannot be told, for no reason")
    return found, counted
