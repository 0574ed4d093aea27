"""Who can, who cannot, and for whom it cannot be determined: the pack's evaluator on all documents of a principal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from audit._iam import EVERYTHING_ALLOWED, NOTHING_SAID, decide, resources_of, said_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from audit._iam import Decision, Said, Variables
    from audit.account import Account, Principal, Source


class Way(NamedTuple):
    """A statement through which somebody can."""

    source: Source
    statement: int
    conditional: bool

    def __str__(self) -> str:
        """Such as: inline policy deploy, statement 1, under a condition."""
        return f"{self.source}, statement {self.statement}{', under a condition' if self.conditional else ''}"


@dataclass(frozen=True)
class Finding:
    """A principal that can, or of which it cannot be told, and with which of the actions."""

    principal: Principal
    verdict: Literal["can", "unknown"]
    actions: tuple[str, ...]
    ways: tuple[Way, ...]
    resources: tuple[str, ...]
    limits: tuple[str, ...]
    examples: tuple[str, ...]
    """For each action of a "can" a resource on which it holds."""

    @property
    def reason(self) -> str:
        """One or two sentences."""
        if not self.ways:
            return f"Cannot be determined: {'; '.join(self.limits)}."
        others = len(self.ways) - 1
        more = f", and by {others} more statement{'s' if others > 1 else ''}" if others else ""
        through = f"Allowed by {self.ways[0]}{more}"
        if self.verdict == "can":
            return f"{through}. Limits: {'; '.join(self.limits)}." if self.limits else f"{through}."
        return f"{through}, but whether it takes effect cannot be determined: {'; '.join(self.limits)}."


class Judge:
    """Decides for the principals of one account; what has been decided once is remembered."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._said: dict[tuple[int, str], Said | None] = {}
        self._decisions: dict[tuple[object, ...], Decision] = {}

    def findings(self, actions: Sequence[str], principals: Iterable[Principal]) -> list[Finding]:
        """What is found; for one principal, what cannot be told stands before what it can."""
        found = []
        for principal in principals:
            decisions = [(action, *self.decision(principal, action)) for action in actions]
            able = [decided for decided in decisions if decided[1].verdict == "can"]
            rest = [decided for decided in decisions if decided[1].verdict == "unknown"]
            if self.account.may_be_denied and not principal.is_service_linked:
                rest, able = [decided for decided in decisions if decided[1].verdict != "cannot"], []
            if rest:
                found.append(self._finding(principal, "unknown", rest))
            if able:
                found.append(self._finding(principal, "can", able))
        return found

    def decision(
        self, principal: Principal, action: str, resource: str | None = None, *, named: bool = False
    ) -> tuple[Decision, tuple[int, ...]]:
        """Decide about an action on everything that it can be asked for, or on one resource.

        Args:
            principal: who asks.
            action: in full.
            resource: an ARN; None for all that the action can have.
            named: whether the resource's own policy allows the action to the principal by name, as a trust policy does.

        Returns:
            The decision, and the documents that its numbers are about, by their numbers in the account.
        """
        numbers = tuple(
            number
            for number in dict.fromkeys(source.document for source in principal.sources)
            if self._says(number, action) is not NOTHING_SAID
        )
        caps = self._caps(principal)
        resources = (
            resources_of(action, self.account.number, self.account.partition) if resource is None else ((resource,),)
        )
        said = [self._says(number, action) for number in numbers]
        cap_said = [[self._says(number, action) for number in cap] for cap in caps]
        variables = _variables(principal) if _has_variables([*said, *(one for cap in cap_said for one in cap)]) else {}
        unbounded = named and principal.kind == "user" and principal.boundary is not None
        # Not the action: of most documents one says the same as another.
        key = (
            numbers,
            caps,
            *said,
            *(one for cap in cap_said for one in cap),
            resources,
            named,
            unbounded,
            *variables.items(),
        )
        if key not in self._decisions:
            if unbounded:
                # AWS: a boundary's silence does not limit what a resource's policy allows to a user by name.
                cap_said[0] = [EVERYTHING_ALLOWED._replace(denies=one.denies) if one else None for one in cap_said[0]]
            self._decisions[key] = decide(
                [*said, *([EVERYTHING_ALLOWED] if named else [])], cap_said, resources, variables
            )
        return self._decisions[key], numbers

    def _caps(self, principal: Principal) -> tuple[tuple[int, ...], ...]:
        """What must allow an action too: a boundary first, and each level of an organization."""
        boundary = ((principal.boundary.document,),) if principal.boundary else ()
        return (*boundary, *(() if principal.is_service_linked else self.account.levels))

    def _says(self, number: int, action: str) -> Said | None:
        key = number, action
        if key not in self._said:
            document = self.account.documents[number]
            self._said[key] = said_of(document, action) if document else None
        return self._said[key]

    def _finding(
        self,
        principal: Principal,
        verdict: Literal["can", "unknown"],
        decided: Sequence[tuple[str, Decision, tuple[int, ...]]],
    ) -> Finding:
        ways: dict[Way, None] = {}
        resources: dict[str, None] = {}
        limits: dict[str, None] = {}
        for _, decision, numbers in decided:
            sources: dict[int, list[Source]] = {}
            for source in principal.sources:
                sources.setdefault(source.document, []).append(source)
            for at in decision.ways:
                for source in sources[numbers[at.document]]:
                    ways[Way(source, at.clause.number, at.clause.conditional)] = None
                resources.update(dict.fromkeys(("*",) if at.clause.inverted else at.clause.patterns))
            for at in decision.denies:
                source = sources[numbers[at.document]][0]
                how = "under a condition" if at.clause.conditional else "on some resources"
                limits[f"{source}, statement {at.clause.number}, denies it {how}"] = None
            for index in decision.caps:
                limits[self._cap(principal, index)] = None
            for index in decision.unread:
                source = sources[numbers[index]][0]
                limits[f"{source} cannot be read ({self.account.problems[source.document]})"] = None
        if self.account.may_be_denied and not principal.is_service_linked:
            limits[self.account.may_be_denied] = None
        return Finding(
            principal,
            verdict,
            tuple(action for action, _, _ in decided),
            tuple(sorted(ways, key=lambda way: _order(principal, way))),
            tuple(resources),
            tuple(limits),
            tuple(decision.example for _, decision, _ in decided),
        )

    def _cap(self, principal: Principal, index: int) -> str:
        numbers = self._caps(principal)[index]
        if principal.boundary and index == 0:
            named = f"permissions boundary {principal.boundary.policy}"
        else:
            named = "a service control policy"
        problems = [self.account.problems[number] for number in numbers if number in self.account.problems]
        return f"{named} cannot be read ({problems[0]})" if problems else f"{named} allows only part of it"


def _order(principal: Principal, way: Way) -> tuple[int, int]:
    return principal.sources.index(way.source), way.statement


def _variables(principal: Principal) -> Variables:
    """What is known of policy variables, whoever asks for what.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-infotouse
    """
    if principal.kind == "user":
        return {
            "aws:username": principal.name,
            "aws:principaltype": "User",
            **({"aws:userid": principal.unique_id} if principal.unique_id else {}),
        }
    return {"aws:username": None, "aws:principaltype": "AssumedRole"} if principal.kind == "role" else {}


def _has_variables(said: Iterable[Said | None]) -> bool:
    return any(
        "${" in pattern for one in said if one for clause in (*one.allows, *one.denies) for pattern in clause.patterns
    )
