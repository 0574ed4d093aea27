"""Who is in a group: all of its members, or some groups of one user."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

from sandbox.provider._aws import doing, gone_is_fine
from sandbox.provider._errors import RequestFailed
from sandbox.provider._resource_type import Made, ResourceType, listed
from sandbox.provider._schema import Property, properties

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties


class GroupMembership(ResourceType):
    """All members of a group: an outside member shows as drift and is removed, but not on create."""

    resource_type = "aws:iam/groupMembership:GroupMembership"
    properties = properties(
        name=Property(replaces=True),
        group=Property(required=True, replaces=True),
        users=Property(list, required=True),
    )
    importable = False

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"creating IAM Group Membership ({new['name']})"):
            _add(aws, new["group"], listed(new["users"]))
        return Made(new["name"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        with doing(f"reading IAM Group Membership ({state['group']})"):
            users = aws.iam_all("GetGroup", "Users", GroupName=state["group"])
        return {"users": [user["UserName"] for user in users]}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        have, want = listed(old["users"]), listed(new["users"])
        with doing(f"updating IAM Group Membership ({new['name']})"):
            _remove(aws, new["group"], [user for user in have if user not in want])
            _add(aws, new["group"], [user for user in want if user not in have])
        return resource_id

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        with doing(f"deleting IAM Group Membership ({state['name']})"):
            _remove(aws, state["group"], listed(state["users"]))


class UserGroupMembership(ResourceType):
    """Some groups of one user; their other groups are ignored."""

    resource_type = "aws:iam/userGroupMembership:UserGroupMembership"
    properties = properties(user=Property(required=True, replaces=True), groups=Property(list, required=True))
    autonamed = False

    def create(self, aws: Aws, new: Properties) -> Made:
        for group in listed(new["groups"]):
            _add(aws, group, [new["user"]])
        return Made(f"terraform-{datetime.now(timezone.utc):%Y%m%d%H%M%S%f}")

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        with doing(f"reading IAM User Group Membership ({resource_id})"):
            groups = aws.iam_all("ListGroupsForUser", "Groups", UserName=state["user"])
        names = [group["GroupName"] for group in groups]
        return {"groups": [name for name in names if name in listed(state["groups"])]}

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        have, want = listed(old["groups"]), listed(new["groups"])
        for group in [item for item in have if item not in want]:
            _remove(aws, group, [new["user"]])
        for group in [item for item in want if item not in have]:
            _add(aws, group, [new["user"]])
        return resource_id

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        for group in listed(state["groups"]):
            _remove(aws, group, [state["user"]])

    def imported(self, resource_id: str) -> tuple[str, Properties]:
        user, *groups = resource_id.split("/")
        if not user or not groups:
            raise RequestFailed(f'unexpected format of ID ("{resource_id}"), expected <user-name>/<group-name1>/...')
        return resource_id, {"user": user, "groups": groups}


def _add(aws: Aws, group: str, users: list[str]) -> None:
    for user in users:
        with doing(f"adding User ({user}) to Group ({group})"):
            aws.iam("AddUserToGroup", GroupName=group, UserName=user)


def _remove(aws: Aws, group: str, users: list[str]) -> None:
    for user in users:
        with doing(f"removing User ({user}) from Group ({group})"), gone_is_fine():
            aws.iam("RemoveUserFromGroup", GroupName=group, UserName=user)


RESOURCE_TYPES: tuple[ResourceType, ...] = (GroupMembership(), UserGroupMembership())
