"""The rules of the pack. Starting it serves them to the Pulumi engine until that ends it."""

from pulumi_policy import PolicyPack

from rules import no_pipeline_change_grants

PolicyPack(
    name="codepipeline-access",
    policies=[
        no_pipeline_change_grants.RULE,
    ],
)
