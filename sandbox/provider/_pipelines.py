"""Pipelines, so that a program can make some for its developers to look at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.provider._aws import doing
from sandbox.provider._resource_type import Made, ResourceType
from sandbox.provider._schema import Property, properties

if TYPE_CHECKING:
    from sandbox.provider._aws import Aws
    from sandbox.provider._wire import Properties

_KIND = ("category", "owner", "provider", "version")  # of an action: flat for Pulumi, `actionTypeId` for AWS
_ARTIFACTS = ("inputArtifacts", "outputArtifacts")  # names for Pulumi, {"name": NAME} for AWS


class Pipeline(ResourceType):
    """A pipeline; its id is its name."""

    resource_type = "aws:codepipeline/pipeline:Pipeline"
    properties = properties(
        name=Property(replaces=True),
        roleArn=Property(required=True),
        artifactStores=Property(list, required=True),
        stages=Property(
            list, required=True, ordered=True, same=lambda old, new: _without_defaults(old) == _without_defaults(new)
        ),
        executionMode=Property(default="SUPERSEDED"),
        pipelineType=Property(default="V1"),
        region=Property(replaces=True, computed=True),
        tags=Property(dict),
        tagsAll=Property(dict, computed=True),
        triggers=Property(list),
        variables=Property(list),
        arn=Property(output=True),
        triggerAlls=Property(list, output=True),
    )

    def create(self, aws: Aws, new: Properties) -> Made:
        tags = [{"key": key, "value": value} for key, value in aws.all_tags(new.get("tags")).items()]
        with doing(f"creating CodePipeline Pipeline ({new['name']})"):
            _in_region(aws, new).call("codepipeline", "CreatePipeline", pipeline=_sent(new), tags=tags)
        return Made(new["name"])

    def read(self, aws: Aws, resource_id: str, state: Properties) -> Properties | None:
        where = _in_region(aws, state)
        with doing(f"reading CodePipeline Pipeline ({resource_id})"):
            answer = where.call("codepipeline", "GetPipeline", name=resource_id)
            arn = answer["metadata"]["pipelineArn"]
            tags = where.call("codepipeline", "ListTagsForResource", resourceArn=arn)["tags"]
        found, every = answer["pipeline"], {tag["key"]: tag["value"] for tag in tags}
        stages = [
            {"name": stage["name"], "actions": [_flat(action) for action in stage["actions"]]}
            for stage in found["stages"]
        ]
        known = state.get("stages") or []
        return {
            "name": found["name"],
            "roleArn": found["roleArn"],
            "artifactStores": [found["artifactStore"]] if "artifactStore" in found else state.get("artifactStores"),
            "stages": known if _without_defaults(known) == _without_defaults(stages) else stages,
            "region": where.region,
            "arn": arn,
            "tags": {name: value for name, value in every.items() if aws.default_tags.get(name) != value},
            "tagsAll": every,
        }

    def update(self, aws: Aws, resource_id: str, old: Properties, new: Properties) -> str:
        where, arn = _in_region(aws, new), old["arn"]
        before, after = old.get("tagsAll") or {}, aws.all_tags(new.get("tags"))
        with doing(f"updating CodePipeline Pipeline ({resource_id})"):
            where.call("codepipeline", "UpdatePipeline", pipeline=_sent(new))
            if gone := sorted(before.keys() - after.keys()):
                where.call("codepipeline", "UntagResource", resourceArn=arn, tagKeys=gone)
            if come := [{"key": name, "value": value} for name, value in after.items() if before.get(name) != value]:
                where.call("codepipeline", "TagResource", resourceArn=arn, tags=come)
        return resource_id

    def delete(self, aws: Aws, resource_id: str, state: Properties) -> None:
        with doing(f"deleting CodePipeline Pipeline ({resource_id})"):
            _in_region(aws, state).call("codepipeline", "DeletePipeline", name=resource_id)


def _in_region(aws: Aws, wanted: Properties) -> Aws:
    return replace(aws, region=wanted["region"]) if wanted.get("region") else aws


def _sent(new: Properties) -> dict[str, Any]:
    """The pipeline as AWS takes it."""
    stages = [
        {"name": stage["name"], "actions": [_nested(action) for action in stage["actions"]]} for stage in new["stages"]
    ]
    pipeline: dict[str, Any] = {
        name: new[name] for name in ("name", "roleArn", "executionMode", "pipelineType", "variables") if name in new
    }
    return {**pipeline, "stages": stages, "artifactStore": new["artifactStores"][0]}


def _nested(action: Properties) -> dict[str, Any]:
    rest = {name: value for name, value in action.items() if name not in (*_KIND, *_ARTIFACTS)}
    artifacts = {field: [{"name": name} for name in action[field]] for field in _ARTIFACTS if field in action}
    return {**rest, **artifacts, "actionTypeId": {field: action[field] for field in _KIND}}


def _flat(action: Properties) -> Properties:
    rest = {name: value for name, value in action.items() if name not in ("actionTypeId", *_ARTIFACTS)}
    artifacts = {field: [artifact["name"] for artifact in action[field]] for field in _ARTIFACTS if field in action}
    return {**rest, **artifacts, **action["actionTypeId"]}


def _without_defaults(stages: list[Properties]) -> list[Any]:
    """The stages for comparison: without empty values and the run order of 1 that AWS fills in."""
    return [
        (
            stage["name"],
            [
                {name: value for name, value in action.items() if value and (name, value) != ("runOrder", 1)}
                for action in stage["actions"]
            ],
        )
        for stage in stages
    ]


RESOURCE_TYPES: tuple[ResourceType, ...] = (Pipeline(),)
