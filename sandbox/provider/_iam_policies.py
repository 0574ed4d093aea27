"""Managed policies."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from sandbox.provider import _policy_json
from sandbox.provider._aws import doing
from sandbox.provider._resource_type import Made, Property, ResourceType, matches

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties


class Policy(ResourceType):
    """A managed policy; its id is its ARN."""

    token = "aws:iam/policy:Policy"
    properties = {
        "name": Property(replaces=True, computed=True),
        "namePrefix": Property(replaces=True, computed=True),
        "path": Property(replaces=True, default="/"),
        "description": Property(replaces=True),
        "policy": Property(required=True, check=_policy_json.problem, same=_policy_json.equivalent),
        "tags": Property(dict),
        "tagsAll": Property(dict, computed=True),
        "delayAfterPolicyCreationInMs": Property(int),
        "arn": Property(output=True),
        "attachmentCount": Property(int, output=True),
        "policyId": Property(output=True),
    }

    def create(self, aws: Aws, new: Properties) -> Made:
        with doing(f"creating IAM Policy ({new['name']})"):
            answer = aws.iam.create_policy(
                PolicyName=str(new["name"]),
                PolicyDocument=str(new["policy"]),
                Path=str(new["path"]),
                Description=str(new.get("description", "")),
                Tags=[{"Key": k, "Value": v} for k, v in aws.all_tags(new.get("tags")).items()],
            )
        return Made(answer["Policy"]["Arn"])

    def read(self, aws: Aws, id: str, state: Properties) -> Properties | None:
        with doing(f"reading IAM Policy ({id})"):
            try:
                policy = aws.iam.get_policy(PolicyArn=id)["Policy"]
                version = aws.iam.get_policy_version(PolicyArn=id, VersionId=policy["DefaultVersionId"])
            except aws.iam.exceptions.NoSuchEntityException:
                return None
        import json

        return {
            "name": policy["PolicyName"],
            "path": policy["Path"],
            "description": policy.get("Description", ""),
            "policy": json.dumps(version["PolicyVersion"]["Document"]),
            "arn": policy["Arn"],
            "policyId": policy["PolicyId"],
            "attachmentCount": policy["AttachmentCount"],
        }

    def update(self, aws: Aws, id: str, old: Properties, new: Properties) -> None:
        with doing(f"updating IAM Policy ({id})"):
            versions = aws.iam.list_policy_versions(PolicyArn=id)["Versions"]
            if len(versions) >= 5:
                oldest = min((v for v in versions if not v["IsDefaultVersion"]), key=lambda v: int(v["VersionId"][1:]))
                aws.iam.delete_policy_version(PolicyArn=id, VersionId=oldest["VersionId"])
            aws.iam.create_policy_version(PolicyArn=id, PolicyDocument=str(new["policy"]), SetAsDefault=True)

    def delete(self, aws: Aws, id: str, state: Properties) -> None:
        with doing(f"deleting IAM Policy ({id})"):
            try:
                for version in aws.iam.list_policy_versions(PolicyArn=id)["Versions"]:
                    if not version["IsDefaultVersion"]:
                        aws.iam.delete_policy_version(PolicyArn=id, VersionId=version["VersionId"])
                aws.iam.delete_policy(PolicyArn=id)
            except aws.iam.exceptions.NoSuchEntityException:
                pass


RESOURCE_TYPES: tuple[ResourceType, ...] = (Policy(),)
