"""The rules of the pack. Starting it serves them to the Pulumi engine until that ends it."""

from pulumi_policy import PolicyPack

from rules import (
    grants_through_groups,
    known_pipeline_actions,
    login_reset_required,
    no_access_keys,
    no_pipeline_change_grants,
    no_privilege_escalation,
    no_unjudged_grants,
    valid_policy_document,
)

PolicyPack(
    name="codepipeline-access",
    policies=[
        no_pipeline_change_grants.RULE,
        no_unjudged_grants.RULE,
        no_privilege_escalation.RULE,
        valid_policy_document.RULE,
        grants_through_groups.RULE,
        login_reset_required.RULE,
        no_access_keys.RULE,
        known_pipeline_actions.RULE,
    ],
)
