"""Policies: managed ones, and what a group, user or role has inline or attached, one by one or exclusively."""

from __future__ import annotations

import secrets
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from sandbox.provider import _policy_json, _tags
from sandbox.provider._aws import doing, gone_is_fine
from sandbox.provider._errors import RequestFailed
from sandbox.provider._resource_type import Made, ResourceType, listed
from sandbox.provider._schema import Property, arn, arns, name_of, properties

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties

_MOST_VERSIONS = 5  # of a managed policy; "IAM and AWS STS quotas", IAM User Guide
_DOCUMENT = _policy_json.document_property()


class Policy(ResourceType):
    """A managed policy; its id is its ARN."""

    resource_type = "aws:iam/policy:Policy"
    properties = properties(
        name=Property(replaces=True, computed=True, check=name_of(128)),
        namePrefix=Property(replaces=True, computed=True, check=name_of(102)),
        path=Property(replaces=True, default="/"),
        description=Property(replaces=True),
        policy=_DOCUMENT,
        tags=Property(dict),
        tagsAll=Property(dict, computed=True),
        delayAfterPolicyCreationInMs=Property(int),
        arn=Property(output=True),
        attachmentCount=Property(int, output=True),
        policyId=Property(output=True),
    )

    def create(self, aws: Aws, new: Properties) -> Made:
        name = new.get("name") or _unique(new["namePrefix"])
        with doing(f"creating IAM Policy ({name})"):
            answer = aws.iam(
                "CreatePolicy",
                PolicyName=name,
                PolicyDocument=_policy_json.normal(new["policy"]),
                Path=new["path"],
                Description=new.get("description"),
                Tags=_tags.sent(aws, new),
            )
        return Made(answer["Policy"]["Arn"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        with doing(f"reading IAM Policy ({resource_id})"):
            policy = aws.iam("GetPolicy", PolicyArn=resource_id)["Policy"]
            version_id = policy["DefaultVersionId"]
            version = aws.iam("GetPolicyVersion", PolicyArn=resource_id, VersionId=version_id)["PolicyVersion"]
        return {
            "name": policy["PolicyName"],
            "path": policy["Path"],
            "description": policy.get("Description"),
            "policy": _policy_json.found(version["Document"], state.get("policy")),
            "arn": policy["Arn"],
            "attachmentCount": policy["AttachmentCount"],
            "policyId": policy["PolicyId"],
            **_tags.found(aws, policy.get("Tags"), state),
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        with doing(f"updating IAM Policy ({resource_id})"):
            if not _policy_json.equivalent(old["policy"], new["policy"]):
                versions = aws.iam_all("ListPolicyVersions", "Versions", PolicyArn=resource_id)
                if len(versions) >= _MOST_VERSIONS:
                    oldest = min((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: v["CreateDate"])
                    aws.iam("DeletePolicyVersion", PolicyArn=resource_id, VersionId=oldest["VersionId"])
                document = _policy_json.normal(new["policy"])
                aws.iam("CreatePolicyVersion", PolicyArn=resource_id, PolicyDocument=document, SetAsDefault=True)
            _tags.update(aws, "Policy", {"PolicyArn": resource_id}, old, new)
        return resource_id

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        with doing(f"deleting IAM Policy ({resource_id})"), gone_is_fine():
            for version in aws.iam_all("ListPolicyVersions", "Versions", PolicyArn=resource_id):
                if not version["IsDefaultVersion"]:
                    aws.iam("DeletePolicyVersion", PolicyArn=resource_id, VersionId=version["VersionId"])
            aws.iam("DeletePolicy", PolicyArn=resource_id)


class InlinePolicy(ResourceType):
    """An inline policy of a "Group", "User" or "Role"; its id is "holder:policy"."""

    def __init__(self, holder: str) -> None:
        self.resource_type = f"aws:iam/{holder.lower()}Policy:{holder}Policy"
        self._holder = holder
        self._field = holder.lower()
        named = Property(replaces=True, computed=True, check=name_of(128))
        table = {"name": named, "namePrefix": named, "policy": _DOCUMENT}
        self.properties = properties(**{self._field: Property(required=True, replaces=True)}, **table)

    def create(self, aws: Aws, new: Properties) -> Made:
        name = new.get("name") or _unique(new["namePrefix"])
        self._put(aws, new[self._field], name, new)
        return Made(f"{new[self._field]}:{name}")

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        who, name = self._parts(resource_id)
        with doing(f"reading IAM {self._holder} Policy ({resource_id})"):
            found = aws.iam(f"Get{self._holder}Policy", PolicyName=name, **{f"{self._holder}Name": who})
        document = _policy_json.found(found["PolicyDocument"], state.get("policy"))
        return {self._field: who, "name": name, "policy": document}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        self._put(aws, *self._parts(resource_id), new)
        return resource_id

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        who, name = self._parts(resource_id)
        with doing(f"deleting IAM {self._holder} Policy ({resource_id})"), gone_is_fine():
            aws.iam(f"Delete{self._holder}Policy", PolicyName=name, **{f"{self._holder}Name": who})

    def _put(self, aws: Aws, who: str, name: str, new: Properties) -> None:
        document = _policy_json.normal(new["policy"])
        with doing(f"putting IAM {self._holder} ({who}) Policy ({name})"):
            aws.iam(
                f"Put{self._holder}Policy", PolicyName=name, PolicyDocument=document, **{f"{self._holder}Name": who}
            )

    def _parts(self, resource_id: str) -> tuple[str, str]:
        who, _, name = resource_id.partition(":")
        if not who or not name:
            raise RequestFailed(f"{self._field}_policy id must be of the form <{self._field} name>:<policy name>")
        return who, name


class PolicyAttachment(ResourceType):
    """One managed policy attached to a "Group", "User" or "Role"; its id has no meaning."""

    autonamed = False

    def __init__(self, holder: str) -> None:
        self.resource_type = f"aws:iam/{holder.lower()}PolicyAttachment:{holder}PolicyAttachment"
        self._holder = holder
        self._field = holder.lower()
        holds = Property(required=True, replaces=True)
        self.properties = properties(
            **{self._field: holds}, policyArn=Property(required=True, replaces=True, check=arn)
        )

    def create(self, aws: Aws, new: Properties) -> Made:
        _attach(aws, self._holder, new[self._field], new["policyArn"])
        return Made(f"{new[self._field]}-{datetime.now(timezone.utc):%Y%m%d%H%M%S%f}")

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        who, policy_arn = state[self._field], state["policyArn"]
        with doing(f"reading IAM {self._holder} Policy Attachment ({who}:{policy_arn})"):
            return {} if policy_arn in _attached(aws, self._holder, who) else None

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        _detach(aws, self._holder, state[self._field], state["policyArn"])

    def imported(self, resource_id: str) -> tuple[str, Properties]:
        who, _, policy_arn = resource_id.partition("/")
        if not who or not policy_arn:
            raise RequestFailed(
                f'unexpected format of ID ("{resource_id}"), expected <{self._field}-name>/<policy_arn>'
            )
        return f"{who}-{policy_arn}", {self._field: who, "policyArn": policy_arn}


class _Exclusive(ResourceType):
    """The complete list for a "Group", "User" or "Role": anything else is removed. Deleting it removes nothing."""

    autonamed = False
    half_updated = False
    what = ""  # "Policies Exclusive"
    items = ""  # the property with the list

    def __init__(self, holder: str) -> None:
        name = f"{holder}{self.what.replace(' ', '')}"
        self.resource_type = f"aws:iam/{name[0].lower()}{name[1:]}:{name}"
        self._holder = holder
        self._field = f"{holder.lower()}Name"
        check = arns if self.items == "policyArns" else Property.check
        self.properties = properties(
            **{
                self._field: Property(required=True, replaces=True),
                self.items: Property(list, required=True, check=check),
            }
        )

    def create(self, aws: Aws, new: Properties) -> Made:
        self._bring(aws, "creating", new)
        return Made(new[self._field])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        with self._doing("reading", resource_id):
            return {self._field: resource_id, self.items: self._have(aws, resource_id)}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        self._bring(aws, "updating", new)
        return resource_id

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        pass

    def _bring(self, aws: Aws, doing_what: str, new: Properties) -> None:
        who, want = new[self._field], listed(new[self.items])
        with self._doing(doing_what, who):
            have = self._have(aws, who)
            for item in [item for item in want if item not in have]:
                self._add(aws, who, item)
            for item in [item for item in have if item not in want]:
                self._remove(aws, who, item)

    def _doing(self, doing_what: str, who: str) -> AbstractContextManager[None]:
        return doing(f'{doing_what} IAM (Identity & Access Management) {self._holder} {self.what} ("{who}")')

    def _have(self, aws: Aws, who: str) -> list[str]:
        raise NotImplementedError

    def _add(self, aws: Aws, who: str, item: str) -> None:
        raise NotImplementedError

    def _remove(self, aws: Aws, who: str, item: str) -> None:
        raise NotImplementedError


class AttachmentsExclusive(_Exclusive):
    """Attached managed policies, by ARN."""

    what = "Policy Attachments Exclusive"
    items = "policyArns"

    def _have(self, aws: Aws, who: str) -> list[str]:
        return _attached(aws, self._holder, who)

    def _add(self, aws: Aws, who: str, item: str) -> None:
        _attach(aws, self._holder, who, item)

    def _remove(self, aws: Aws, who: str, item: str) -> None:
        _detach(aws, self._holder, who, item)


class PoliciesExclusive(_Exclusive):
    """Inline policies, by name."""

    what = "Policies Exclusive"
    items = "policyNames"

    def _have(self, aws: Aws, who: str) -> list[str]:
        return aws.iam_all(f"List{self._holder}Policies", "PolicyNames", **{f"{self._holder}Name": who})

    def _add(self, aws: Aws, who: str, item: str) -> None:
        # As the genuine plugin: without a document this can only fail.
        aws.iam(f"Put{self._holder}Policy", PolicyName=item, **{f"{self._holder}Name": who})

    def _remove(self, aws: Aws, who: str, item: str) -> None:
        aws.iam(f"Delete{self._holder}Policy", PolicyName=item, **{f"{self._holder}Name": who})


class PolicyAttachments(ResourceType):
    """One managed policy and everyone it is attached to, exclusively; its id is its name."""

    resource_type = "aws:iam/policyAttachment:PolicyAttachment"
    properties = properties(
        name=Property(replaces=True),
        policyArn=Property(required=True, replaces=True, check=arn),
        groups=Property(list),
        users=Property(list),
        roles=Property(list),
    )
    importable = False
    _holders = {"groups": "Group", "users": "User", "roles": "Role"}  # noqa: RUF012 - never changed

    def create(self, aws: Aws, new: Properties) -> Made:
        self._bring(aws, {}, new)
        return Made(new["name"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        with doing(f"reading IAM Policy Attachment ({resource_id})"):
            found = aws.iam("ListEntitiesForPolicy", PolicyArn=state["policyArn"])
        return {
            field: [entity[f"{holder}Name"] for entity in found[f"Policy{holder}s"]]
            for field, holder in self._holders.items()
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        self._bring(aws, old, new)
        return resource_id

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        self._bring(aws, state, {"policyArn": state["policyArn"]})

    def _bring(self, aws: Aws, old: Properties, new: Properties) -> None:
        for field, holder in self._holders.items():
            have, want = listed(old.get(field)), listed(new.get(field))
            for who in [item for item in have if item not in want]:
                _detach(aws, holder, who, new["policyArn"])
            for who in [item for item in want if item not in have]:
                _attach(aws, holder, who, new["policyArn"])


def _attached(aws: Aws, holder: str, who: str) -> list[str]:
    policies = aws.iam_all(f"ListAttached{holder}Policies", "AttachedPolicies", **{f"{holder}Name": who})
    return [policy["PolicyArn"] for policy in policies]


def _attach(aws: Aws, holder: str, who: str, policy_arn: str) -> None:
    with doing(f"attaching IAM Policy ({policy_arn}) to IAM {holder} ({who})"):
        aws.iam(f"Attach{holder}Policy", PolicyArn=policy_arn, **{f"{holder}Name": who})


def _detach(aws: Aws, holder: str, who: str, policy_arn: str) -> None:
    with doing(f"detaching IAM Policy ({policy_arn}) from IAM {holder} ({who})"), gone_is_fine():
        aws.iam(f"Detach{holder}Policy", PolicyArn=policy_arn, **{f"{holder}Name": who})


def _unique(prefix: str) -> str:
    """A prefix completed as the plugin does it: 26 characters, from the time and random hexadecimal digits."""
    return f"{prefix}{datetime.now(timezone.utc):%Y%m%d%H%M%S%f}{secrets.token_hex(3)}"


RESOURCE_TYPES: tuple[ResourceType, ...] = (
    Policy(),
    PolicyAttachments(),
    *(
        make(holder)
        for holder in ("Group", "User", "Role")
        for make in (InlinePolicy, PolicyAttachment, AttachmentsExclusive, PoliciesExclusive)
    ),
)
