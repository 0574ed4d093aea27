"""Users, groups and roles of an account with all policies that count for them, from GetAccountAuthorizationDetails.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from audit._iam import InvalidDocument, account_and_partition, parse_document
from audit.saved_answer import WRITTEN_TWICE, NoAnswer, decoded_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from audit._iam import Document

PrincipalKind = Literal["user", "group", "role"]
SourceKind = Literal["inline", "attached", "group-inline", "group-attached"]

MAX_DOCUMENT = (
    2 * 131_072
)  # characters; twice what IAM's API takes, for the same text can be written in more than one way
_CONTINUED = ("IsTruncated", "Marker", "NextToken")  # the last is what the AWS CLI writes after --max-items
_NAMES = frozenset(
    [
        *("UserName", "UserId", "UserPolicyList", "GroupName", "GroupId", "GroupPolicyList", "GroupList"),
        *("RoleName", "RoleId", "RolePolicyList", "AssumeRolePolicyDocument", "Arn", "CreateDate"),
        *("PolicyName", "PolicyArn", "PolicyDocument", "AttachedManagedPolicies"),
        *("PermissionsBoundary", "PermissionsBoundaryArn"),
        *("DefaultVersionId", "PolicyVersionList", "VersionId", "IsDefaultVersion", "Document"),
    ]
)
_LOWER_NAMES = {name.lower(): name for name in _NAMES}
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


class Source(NamedTuple):
    """Where a document counts from."""

    kind: SourceKind
    policy: str
    """The name of an inline policy, the ARN of another."""
    group: str | None
    """Through which group a user has it."""
    document: int
    """Its number in `Account.documents`."""

    def __str__(self) -> str:
        """Such as: inline policy deploy of group builders."""
        own = self.kind.removeprefix("group-")
        named = f"{'inline ' if own == 'inline' else ''}policy {self.policy}"
        return f"{named} of group {self.group}" if self.group else named


@dataclass(frozen=True)
class Principal:
    """A user, a group or a role."""

    kind: PrincipalKind
    arn: str
    name: str
    unique_id: str
    sources: tuple[Source, ...]
    boundary: Source | None
    groups: tuple[str, ...] = ()
    trust: object = None
    """A role's trust policy, as the answer has it."""
    created: str = ""

    @property
    def is_service_linked(self) -> bool:
        """Whether AWS made it for one of its services, with policies that nobody else can change."""
        return (
            self.kind == "role" and ":role/aws-service-role/" in self.arn and self.name.startswith("AWSServiceRoleFor")
        )


@dataclass
class Account:
    """What an account holds."""

    number: str | None
    """Twelve digits; None if nothing names it."""
    partition: str
    principals: list[Principal] = field(default_factory=list)
    documents: list[Document | None] = field(default_factory=list)
    """Each distinct document once; None for one that nobody can read."""
    problems: dict[int, str] = field(default_factory=dict)
    """Why a document cannot be read, by its number."""
    policies: int = 0
    levels: list[tuple[int, ...]] = field(default_factory=list)
    """The numbers of the service control policies of each level of the organization."""
    may_be_denied: str = ""
    """Why nobody's "can" is certain; empty if it is."""

    @property
    def problems_in_use(self) -> set[int]:
        """The documents that cannot be read and that count for somebody."""
        used = {number for level in self.levels for number in level}
        for principal in self.principals:
            used.update(source.document for source in principal.sources)
            used.update([principal.boundary.document] if principal.boundary else [])
        return used & self.problems.keys()


def account_of(answer: Mapping[str, Any], where: str, levels: Sequence[Sequence[str]] = ()) -> Account:
    """Read an answer with the pages put together.

    Args:
        answer: with the four lists of AWS's answer. Its documents may be objects, JSON text or URL-encoded JSON text.
        where: what to call the answer in messages.
        levels: the service control policies that bind the account, of each level of its organization.

    Raises:
        NoAnswer: it is not whole, or not such an answer.
    """
    return _Reader(answer, where).read(levels)


class _Reader:
    def __init__(self, answer: Mapping[str, Any], where: str) -> None:
        self.answer, self.where = answer, where
        self.account = Account(None, "aws")
        self.known: dict[str, int] = {}
        self.policies: dict[str, int] = {}
        self.groups: dict[str, Principal] = {}

    def read(self, levels: Sequence[Sequence[str]]) -> Account:
        if WRITTEN_TWICE in self.answer:
            self._refuse("a name occurs twice in it")
        lists = {name: self._entries(self.answer, name, "") for name in LISTS if name in self.answer}
        if missing := [name for name in LISTS if name not in lists]:
            self._refuse(f"it lacks {', '.join(missing)}")
        if more := [name for name in _CONTINUED if self.answer.get(name)]:
            raise NoAnswer(f"{self.where} is only a part of an answer ({more[0]}): fetch it whole.")
        self._identify([entry for entries in lists.values() for entry in entries])
        for at, policy in enumerate(lists["Policies"]):
            self._policy(policy, f"Policies[{at}]")
        self.account.policies = len(self.policies)
        principals: dict[str, Principal] = {}
        for name, kind in _KINDS.items():
            for at, entry in enumerate(lists[name]):
                made = self._principal(kind, entry, f"{name}[{at}]")
                if principals.setdefault(made.arn, made) != made:
                    self._refuse(f"{made.arn} occurs twice in it, and differs")
                if kind == "group" and self.groups.setdefault(made.name.lower(), made) != made:
                    self._refuse(f"two groups are named {made.name}")
        self.account.levels = [tuple(dict.fromkeys(map(self._document, level))) for level in levels]
        self.account.principals = sorted(principals.values(), key=lambda principal: (principal.arn, principal.kind))
        return self.account

    def _refuse(self, why: str) -> None:
        raise NoAnswer(f"{self.where} is not a saved answer of GetAccountAuthorizationDetails: {why}.")

    def _entries(self, holder: Mapping[str, Any], name: str, place: str) -> list[Mapping[str, Any]]:
        entries = holder.get(name)
        if entries is None and place:
            return []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self._refuse(f"{place}{'.' if place else ''}{name} is not a list of objects")
            return []
        for at, entry in enumerate(entries):
            self._check_names(entry, f"{place}{'.' if place else ''}{name}[{at}]")
        return entries

    def _check_names(self, entry: Mapping[str, Any], place: str) -> None:
        if WRITTEN_TWICE in entry:
            self._refuse(f"{place} has a name twice")
        for name in entry.keys() - _NAMES:
            if name.lower() in _LOWER_NAMES:
                self._refuse(f"{place} has {name!r}, which must be written {_LOWER_NAMES[name.lower()]!r}")

    def _text(self, entry: Mapping[str, Any], name: str, place: str) -> str:
        value = entry.get(name)
        if not isinstance(value, str) or not value:
            self._refuse(f"{place}.{name} is missing or not text")
        return str(value)

    def _identify(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Whose account it is, by all ARNs of its own."""
        found = {account_and_partition(entry["Arn"]) for entry in entries if isinstance(entry.get("Arn"), str)}
        own = sorted({pair for pair in found if pair and pair[0].isdigit()})
        if len(own) > 1:
            self._refuse("it is about more than one account")
        if own:
            self.account.number, self.account.partition = own[0]

    def _policy(self, policy: Mapping[str, Any], place: str) -> None:
        arn = self._text(policy, "Arn", place)
        before = self.policies.get(arn)
        self.policies[arn] = self._in_force(policy, arn, place)
        if before not in (None, self.policies[arn]):
            self._refuse(f"{arn} occurs twice in it, and differs")

    def _in_force(self, policy: Mapping[str, Any], arn: str, place: str) -> int:
        """The number of a managed policy's default version."""
        versions = self._entries(policy, "PolicyVersionList", place)
        default = policy.get("DefaultVersionId")
        marked = [version for version in versions if version.get("IsDefaultVersion") is True]
        named = [version for version in versions if default is not None and version.get("VersionId") == default]
        in_force = marked or named
        if len(in_force) != 1 or (marked and default is not None and marked != named):
            return self._unreadable(f"version of {arn}", "it is not clear which version is in force")
        if "Document" not in in_force[0]:
            return self._unreadable(f"document of {arn}", "the version in force has no document")
        return self._document(in_force[0]["Document"])

    def _principal(self, kind: PrincipalKind, entry: Mapping[str, Any], place: str) -> Principal:
        title = kind.capitalize()
        sources = list(self._own(entry, f"{title}PolicyList", place))
        groups = entry.get("GroupList") or []
        if not isinstance(groups, list) or not all(isinstance(name, str) for name in groups):
            self._refuse(f"{place}.GroupList is not a list of names")
        for name in dict.fromkeys(groups):
            sources += self._through(name)
        boundary = entry.get("PermissionsBoundary") or None
        if boundary is not None and not isinstance(boundary, dict):
            self._refuse(f"{place}.PermissionsBoundary is not an object")
        self._check_names(boundary or {}, f"{place}.PermissionsBoundary")
        arn = self._text(boundary, "PermissionsBoundaryArn", f"{place}.PermissionsBoundary") if boundary else ""
        own_arn = self._text(entry, "Arn", place)
        if not account_and_partition(own_arn) or not own_arn.split(":", 5)[5].startswith(f"{kind}/"):
            self._refuse(f"{place}.Arn is not that of a {kind}")
        unique_id, created = entry.get(f"{title}Id"), entry.get("CreateDate")
        return Principal(
            kind,
            own_arn,
            self._text(entry, f"{title}Name", place),
            unique_id if isinstance(unique_id, str) else "",
            tuple(dict.fromkeys(sources)),
            Source("attached", arn, None, self._managed(arn)) if arn else None,
            tuple(dict.fromkeys(groups)),
            entry.get("AssumeRolePolicyDocument"),
            str(created) if created is not None else "",
        )

    def _own(self, entry: Mapping[str, Any], inline: str, place: str) -> Iterator[Source]:
        for at, policy in enumerate(self._entries(entry, inline, place)):
            name = self._text(policy, "PolicyName", f"{place}.{inline}[{at}]")
            if "PolicyDocument" in policy:
                document = self._document(policy["PolicyDocument"])
            else:
                document = self._unreadable(f"{place}.{inline}[{at}]", "the answer lacks its document")
            yield Source("inline", name, None, document)
        for at, policy in enumerate(self._entries(entry, "AttachedManagedPolicies", place)):
            arn = self._text(policy, "PolicyArn", f"{place}.AttachedManagedPolicies[{at}]")
            yield Source("attached", arn, None, self._managed(arn))

    def _through(self, group: str) -> Iterator[Source]:
        """What a user has from a group."""
        known = self.groups.get(group.lower())
        if known is None:
            number = self._unreadable(f"group {group}", f"the answer lacks group {group}")
            yield Source("group-inline", "", group, number)
            return
        for source in known.sources:
            kind: SourceKind = "group-inline" if source.kind == "inline" else "group-attached"
            yield Source(kind, source.policy, known.name, source.document)

    def _managed(self, arn: str) -> int:
        if arn in self.policies:
            return self.policies[arn]
        return self._unreadable(f"policy {arn}", "the answer lacks its document")

    def _document(self, document: object) -> int:
        try:
            text = document if isinstance(document, str) else repr(document)
        except RecursionError:
            return self._unreadable("nested", "it is nested too deeply")
        if len(text) > MAX_DOCUMENT:
            return self._unreadable("long", "it is longer than any that AWS takes")
        if text not in self.known:
            self.known[text] = len(self.account.documents)
            try:
                self.account.documents.append(
                    parse_document(decoded_text(document) if isinstance(document, str) else document)
                )
            except InvalidDocument as error:
                self.account.problems[len(self.account.documents)] = str(error).rstrip(".")
                self.account.documents.append(None)
        return self.known[text]

    def _unreadable(self, what: str, why: str) -> int:
        """The number of a document that is not there; `what` tells it apart."""
        key = f"\0{what}"
        if key not in self.known:
            self.known[key] = len(self.account.documents)
            self.account.problems[len(self.account.documents)] = why
            self.account.documents.append(None)
        return self.known[key]


_KINDS: Mapping[str, PrincipalKind] = {"GroupDetailList": "group", "UserDetailList": "user", "RoleDetailList": "role"}
