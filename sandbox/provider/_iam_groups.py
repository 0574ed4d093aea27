"""Groups: the group itself, its inline and attached policies, its members."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.provider import _policy_json
from sandbox.provider._aws import doing
from sandbox.provider._resource_type import Made, Property, ResourceType

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties


class Group(ResourceType):
    token = "aws:iam/group:Group"
    properties = {
        "name": Property(),
        "path": Property(default="/"),
        "arn": Property(output=True),
        "uniqueId": Property(output=True),
    }

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"creating IAM Group ({new['name']})"):
            group = aws.iam.create_group(GroupName=str(new["name"]), Path=str(new["path"]))["Group"]
        return Made(group["GroupName"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        name = str(state.get("name", id))
        with doing(f"reading IAM Group ({name})"):
            try:
                group = aws.iam.get_group(GroupName=name)["Group"]
            except aws.iam.exceptions.NoSuchEntityException:
                return None
        return {"name": group["GroupName"], "path": group["Path"], "arn": group["Arn"], "uniqueId": group["GroupId"]}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        with doing(f"updating IAM Group ({old['name']})"):
            aws.iam.update_group(GroupName=str(old["name"]), NewGroupName=str(new["name"]), NewPath=str(new["path"]))

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        with doing(f"deleting IAM Group ({state['name']})"):
            try:
                aws.iam.delete_group(GroupName=str(state["name"]))
            except aws.iam.exceptions.NoSuchEntityException:
                pass


class GroupPolicy(ResourceType):
    token = "aws:iam/groupPolicy:GroupPolicy"
    properties = {
        "group": Property(required=True, replaces=True),
        "name": Property(replaces=True, computed=True),
        "namePrefix": Property(replaces=True, computed=True),
        "policy": Property(required=True, check=_policy_json.problem, same=_policy_json.equivalent),
    }

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"putting IAM Group ({new['group']}) Policy ({new['name']})"):
            aws.iam.put_group_policy(
                GroupName=str(new["group"]), PolicyName=str(new["name"]), PolicyDocument=str(new["policy"])
            )
        return Made(f"{new['group']}:{new['name']}")

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        group, _, name = id.partition(":")
        with doing(f"reading IAM Group Policy ({id})"):
            try:
                document = aws.iam.get_group_policy(GroupName=group, PolicyName=name)["PolicyDocument"]
            except aws.iam.exceptions.NoSuchEntityException:
                return None
        return {"group": group, "name": name, "policy": json.dumps(document)}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self.create(aws, new)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        group, _, name = id.partition(":")
        with doing(f"deleting IAM Group Policy ({id})"):
            try:
                aws.iam.delete_group_policy(GroupName=group, PolicyName=name)
            except aws.iam.exceptions.NoSuchEntityException:
                pass


class GroupPolicyAttachment(ResourceType):
    token = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
    properties = {"group": Property(required=True, replaces=True), "policyArn": Property(required=True, replaces=True)}

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"attaching IAM Policy ({new['policyArn']}) to IAM Group ({new['group']})"):
            aws.iam.attach_group_policy(GroupName=str(new["group"]), PolicyArn=str(new["policyArn"]))
        return Made(f"{new['group']}/{new['policyArn']}")

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        group, arn = str(state["group"]), str(state["policyArn"])
        with doing(f"reading IAM Group Policy Attachment ({id})"):
            try:
                pages = aws.iam.get_paginator("list_attached_group_policies").paginate(GroupName=group)
                attached = [p["PolicyArn"] for page in pages for p in page["AttachedPolicies"]]
            except aws.iam.exceptions.NoSuchEntityException:
                return None
        return {"group": group, "policyArn": arn} if arn in attached else None

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        with doing(f"detaching IAM Policy ({state['policyArn']}) from IAM Group ({state['group']})"):
            try:
                aws.iam.detach_group_policy(GroupName=str(state["group"]), PolicyArn=str(state["policyArn"]))
            except aws.iam.exceptions.NoSuchEntityException:
                pass


class GroupPolicyAttachmentsExclusive(ResourceType):
    token = "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive"
    properties = {
        "groupName": Property(required=True, replaces=True),
        "policyArns": Property(list, required=True, unordered=True),
    }

    def create(self, aws: Aws, new: Properties) -> Made:
        self._sync(aws, str(new["groupName"]), new)
        return Made(str(new["groupName"]))

    def _attached(self, aws, group):
        pages = aws.iam.get_paginator("list_attached_group_policies").paginate(GroupName=group)
        return [p["PolicyArn"] for page in pages for p in page["AttachedPolicies"]]

    def _sync(self, aws: Aws, group: str, new: Properties) -> None:
        with doing(f"creating IAM Group Policy Attachments Exclusive ({group})"):
            have, want = set(self._attached(aws, group)), set(new["policyArns"])
            for arn in sorted(want - have):
                aws.iam.attach_group_policy(GroupName=group, PolicyArn=arn)
            for arn in sorted(have - want):
                aws.iam.detach_group_policy(GroupName=group, PolicyArn=arn)

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        group = str(state.get("groupName", id))
        with doing(f"reading IAM Group Policy Attachments Exclusive ({group})"):
            try:
                return {"groupName": group, "policyArns": self._attached(aws, group)}
            except aws.iam.exceptions.NoSuchEntityException:
                return None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        self._sync(aws, str(new["groupName"]), new)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        pass


class GroupPoliciesExclusive(ResourceType):
    token = "aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive"
    properties = {
        "groupName": Property(required=True, replaces=True),
        "policyNames": Property(list, required=True, unordered=True),
    }

    def create(self, aws: Aws, new: Properties) -> Made:
        self.update(aws, "", {}, new)
        return Made(str(new["groupName"]))

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        group = str(state.get("groupName", id))
        with doing(f"reading IAM Group Policies Exclusive ({group})"):
            try:
                return {"groupName": group, "policyNames": aws.iam.list_group_policies(GroupName=group)["PolicyNames"]}
            except aws.iam.exceptions.NoSuchEntityException:
                return None

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        group = str(new["groupName"])
        with doing(f"creating IAM Group Policies Exclusive ({group})"):
            have, want = set(aws.iam.list_group_policies(GroupName=group)["PolicyNames"]), set(new["policyNames"])
            for name in sorted(have - want):
                aws.iam.delete_group_policy(GroupName=group, PolicyName=name)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        pass


class GroupMembership(ResourceType):
    token = "aws:iam/groupMembership:GroupMembership"
    properties = {
        "name": Property(replaces=True),
        "group": Property(required=True, replaces=True),
        "users": Property(list, required=True, unordered=True),
    }

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"adding users to group"):
            for user in new["users"]:
                aws.iam.add_user_to_group(GroupName=str(new["group"]), UserName=user)
        return Made(str(new["name"]))

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        group = str(state["group"])
        with doing(f"reading IAM Group Membership ({id})"):
            try:
                pages = aws.iam.get_paginator("get_group").paginate(GroupName=group)
                users = [u["UserName"] for page in pages for u in page["Users"]]
            except aws.iam.exceptions.NoSuchEntityException:
                return None
        return {"users": users}

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        group = str(new["group"])
        with doing("updating"):
            for user in sorted(set(old["users"]) - set(new["users"])):
                try:
                    aws.iam.remove_user_from_group(GroupName=group, UserName=user)
                except aws.iam.exceptions.NoSuchEntityException:
                    pass
            for user in sorted(set(new["users"]) - set(old["users"])):
                aws.iam.add_user_to_group(GroupName=group, UserName=user)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        with doing("deleting"):
            for user in state["users"]:
                try:
                    aws.iam.remove_user_from_group(GroupName=str(state["group"]), UserName=user)
                except aws.iam.exceptions.NoSuchEntityException:
                    pass


RESOURCE_TYPES: tuple[ResourceType, ...] = (
    Group(),
    GroupPolicy(),
    GroupPolicyAttachment(),
    GroupPolicyAttachmentsExclusive(),
    GroupPoliciesExclusive(),
    GroupMembership(),
)
