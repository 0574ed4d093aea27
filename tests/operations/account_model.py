"""A small account, and what somebody who controls some of its principals can make of it, call by call.

The calls are decided by the account's own decision. Everything else is left out: a state is who is controlled, and what
the policies say.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sandbox.account import Question, decide_with
from tests.operations.deploying_role import ACCOUNT, BOUNDARY, Document, filled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IAM = f"arn:aws:iam::{ACCOUNT}:"
GROUP = f"{IAM}group/teams/helprr/helprr-backend-developer-group"
POLICY = f"{IAM}policy/teams/helprr/helprr-backend-developer-policy"
JIN, EVIL, OUTSIDE = (f"{IAM}user/{path}" for path in ("teams/helprr/jin", "teams/helprr/evil", "evil"))
ANN, CARL, BOSS = (f"{IAM}user/{name}" for name in ("ann", "carl", "boss"))  # made elsewhere
MEMBERS, GRANTS, ADMIN = (f"{IAM}role/{name}" for name in ("members", "grants", "admin"))
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
PIPELINE = f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:helprr-api"


def _document(effect: str, *actions: str) -> str:
    statement = {"Effect": effect, "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


THE_THREE = [f"codepipeline:{verb}Pipeline" for verb in ("Create", "Update", "Delete")]
EVERYTHING, DENY = _document("Allow", "*"), _document("Deny", *THE_THREE)
OTHER_PIPELINE_RIGHTS = _document("Allow", "codepipeline:*")
# The three, and what only an administrator may: whoever can write into this role has everything.
GOALS = [*((action, PIPELINE) for action in THE_THREE), ("iam:PutRolePolicy", ADMIN), ("iam:PutUserPolicy", BOSS)]


@dataclass(frozen=True)
class User:
    """A user, as far as policies know."""

    arn: str
    boundary: str = ""  # ARN
    documents: frozenset[str] = frozenset()
    member: bool = False  # of the team's group

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True)
class State:
    """The account, and the ARNs of those whom the attacker controls."""

    controlled: frozenset[str]
    users: frozenset[User]
    group: frozenset[str]  # documents: inline, and of what is attached from elsewhere
    policy: str  # of the team, attached to its group
    boundary: str
    roles: frozenset[tuple[str, str]]  # ARN, document

    def user(self, arn: str) -> User | None:
        return next((user for user in self.users if user.arn == arn), None)

    def with_user(self, changed: User) -> State:
        return replace(self, users=frozenset({*(user for user in self.users if user.arn != changed.arn), changed}))


class Attacker(NamedTuple):
    """One of those who are controlled, with the policies that count for them."""

    arn: str
    documents: frozenset[str]
    boundary: str | None


Asked = tuple[str, str, dict[str, str]]  # action, resource, condition keys of the call
Move = tuple[str, list[Asked], State]  # what is called, what that asks, what comes of it


def as_shipped() -> dict[str, Document]:
    """The files that decide, filled in."""
    return {file: filled(file) for file in ("preview", "up-members", "up-grants", "boundary")}


def account(controlled: Iterable[str], files: dict[str, Document] | None = None) -> State:
    """A team with jin, made here within the boundary, and ann, made elsewhere; carl and boss are no members."""
    texts = {file: json.dumps(document) for file, document in (files or as_shipped()).items()}
    documents = {
        MEMBERS: [texts["preview"], texts["up-members"]],
        GRANTS: [texts["preview"], texts["up-grants"]],
        ADMIN: [EVERYTHING],
    }
    return State(
        controlled=frozenset(controlled),
        users=frozenset(
            {
                User(JIN, BOUNDARY, member=True),
                User(ANN, documents=frozenset({OTHER_PIPELINE_RIGHTS}), member=True),
                User(CARL),
                User(BOSS, documents=frozenset({EVERYTHING})),
            }
        ),
        group=frozenset({DENY}),
        policy=_document("Allow", "codepipeline:StartPipelineExecution", "codepipeline:Get*"),
        boundary=texts["boundary"],
        roles=frozenset((arn, text) for arn, its in documents.items() for text in its),
    )


@cache
def way_out(start: State, longest: int = 6) -> tuple[str, ...] | None:
    """The fewest calls after which somebody controlled has one of the goals; None if `longest` calls lead to none."""
    seen = {start}
    waiting: deque[tuple[State, tuple[str, ...]]] = deque([(start, ())])
    while waiting:
        state, calls = waiting.popleft()
        attackers = [Attacker(who, *_policies(state, who)) for who in sorted(state.controlled)]
        found = next((goal for attacker in attackers for goal in GOALS if _may(attacker, *goal)), None)
        if found:
            return (*calls, found[0])
        if len(calls) == longest:
            continue
        for call, asked, then in _moves(state):
            if then not in seen and any(_passes(attacker, asked) for attacker in attackers):
                seen.add(then)
                waiting.append((then, (*calls, call)))
    return None


def _moves(state: State) -> Iterator[Move]:
    """Every call that changes who may do what, by a controlled principal or not, allowed or not."""
    yield from _of_group_and_policies(state)
    for user in state.users:
        yield from _of_user(state, user)
    for arn in (EVIL, OUTSIDE):
        for boundary in (BOUNDARY, "", ADMINISTRATOR_ACCESS):
            if not state.user(arn):
                asked = [("iam:CreateUser", arn, _boundary(boundary))]
                yield f"CreateUser {arn} {boundary}", asked, state.with_user(User(arn, boundary))
    for role in (MEMBERS, GRANTS, ADMIN):
        then = replace(state, roles=state.roles | {(role, EVERYTHING)})
        yield f"PutRolePolicy {role}", [("iam:PutRolePolicy", role, {})], then
        yield f"AttachRolePolicy {role}", [("iam:AttachRolePolicy", role, {})], then
        taken = replace(state, controlled=state.controlled | {role})
        yield f"AssumeRole {role}", [("sts:AssumeRole", role, {})], taken
        yield f"UpdateAssumeRolePolicy {role}", [("iam:UpdateAssumeRolePolicy", role, {})], taken


def _of_group_and_policies(state: State) -> Iterator[Move]:
    opened = replace(state, group=state.group | {EVERYTHING})
    yield "PutGroupPolicy", [("iam:PutGroupPolicy", GROUP, {})], opened
    attach = {"iam:policyarn": ADMINISTRATOR_ACCESS}
    yield "AttachGroupPolicy", [("iam:AttachGroupPolicy", GROUP, attach)], opened
    undenied = replace(state, group=state.group - {DENY})
    yield "DeleteGroupPolicy", [("iam:DeleteGroupPolicy", GROUP, {})], undenied
    for verb in ("CreatePolicyVersion", "SetDefaultPolicyVersion"):
        yield f"{verb} {POLICY}", [(f"iam:{verb}", POLICY, {})], replace(state, policy=EVERYTHING)
        yield f"{verb} {BOUNDARY}", [(f"iam:{verb}", BOUNDARY, {})], replace(state, boundary=EVERYTHING)
    renewed: list[Asked] = [("iam:DeletePolicy", BOUNDARY, {}), ("iam:CreatePolicy", BOUNDARY, {})]
    yield f"DeletePolicy, CreatePolicy {BOUNDARY}", renewed, replace(state, boundary=EVERYTHING)


def _of_user(state: State, user: User) -> Iterator[Move]:
    arn, name = user.arn, user.name
    keys = _boundary(user.boundary)
    controlled = replace(state, controlled=state.controlled | {arn})
    # The worst case: only jin has a login, which goes first.
    delete: list[Asked] = [("iam:DeleteLoginProfile", arn, {})] if arn == JIN else []
    yield f"CreateLoginProfile {name}", [*delete, ("iam:CreateLoginProfile", arn, {})], controlled
    for action in ("iam:UpdateLoginProfile", "iam:CreateAccessKey"):
        yield f"{action[4:]} {name}", [(action, arn, {})], controlled
    yield f"AddUserToGroup {name}", [("iam:AddUserToGroup", GROUP, {})], state.with_user(replace(user, member=True))
    gone = state.with_user(replace(user, member=False))
    yield f"RemoveUserFromGroup {name}", [("iam:RemoveUserFromGroup", GROUP, {})], gone
    more = state.with_user(replace(user, documents=user.documents | {EVERYTHING}))
    yield f"PutUserPolicy {name}", [("iam:PutUserPolicy", arn, keys)], more
    attach = {**keys, "iam:policyarn": ADMINISTRATOR_ACCESS}
    yield f"AttachUserPolicy {name}", [("iam:AttachUserPolicy", arn, attach)], more
    free = state.with_user(replace(user, boundary=""))
    yield f"DeleteUserPermissionsBoundary {name}", [("iam:DeleteUserPermissionsBoundary", arn, keys)], free
    for boundary in (BOUNDARY, ADMINISTRATOR_ACCESS):
        put = [("iam:PutUserPermissionsBoundary", arn, _boundary(boundary))]
        then = state.with_user(replace(user, boundary=boundary))
        yield f"PutUserPermissionsBoundary {name} {boundary}", put, then
    # Deleted and made anew, the user is without a boundary or a policy that denies.
    for boundary in (BOUNDARY, ""):
        anew: list[Asked] = [("iam:DeleteUser", arn, {}), ("iam:CreateUser", arn, _boundary(boundary))]
        yield f"DeleteUser, CreateUser {name} {boundary}", anew, state.with_user(User(arn, boundary))


def _boundary(arn: str) -> dict[str, str]:
    return {"iam:permissionsboundary": arn} if arn else {}


def _passes(attacker: Attacker, asked: list[Asked]) -> bool:
    return all(_may(attacker, action, resource, **keys) for action, resource, keys in asked)


def _may(attacker: Attacker, action: str, resource: str, **keys: str) -> bool:
    return _decided(attacker, action, resource, tuple(keys.items()))


def _username(who: str) -> dict[str, str]:
    return {"aws:username": who.rpartition("/")[2]} if ":user/" in who else {}


def _policies(state: State, who: str) -> tuple[frozenset[str], str | None]:
    if user := state.user(who):
        of_group = {*state.group, state.policy} if user.member else set()
        boundary = {"": None, BOUNDARY: state.boundary}.get(user.boundary, EVERYTHING)
        return user.documents | of_group, boundary
    return frozenset(document for arn, document in state.roles if arn == who), None


@cache
def _decided(attacker: Attacker, action: str, resource: str, keys: tuple[tuple[str, str], ...]) -> bool:
    who = attacker.arn
    context = {**dict(keys), "aws:principalarn": who, **_username(who)}
    question = Question(action, resource, {key: [value] for key, value in context.items()})
    decision = decide_with(attacker.documents, question, boundary=attacker.boundary).decision
    # The worst case: the trust policy of the administrators' role names the team's users: that needs no Allow.
    by_trust = (action, resource) == ("sts:AssumeRole", ADMIN) and who in (JIN, EVIL)
    return decision == "allowed" or (by_trust and decision == "implicitDeny")
