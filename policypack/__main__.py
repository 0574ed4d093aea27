"""The rules of the pack. Starting it serves them to the Pulumi engine until that ends it."""

from rules import (
    checked_in_up,
    exceptions_in_force,
    grants_through_groups,
    known_pipeline_actions,
    login_reset_required,
    made_before_use,
    no_access_keys,
    no_pipeline_change_grants,
    no_privilege_escalation,
    no_unjudged_grants,
    pack_configuration,
    permissions_boundary_required,
    valid_policy_document,
)
from serving import serve

serve(
    name="codepipeline-access",
    policies=[
        no_pipeline_change_grants.RULE,
        no_unjudged_grants.RULE,
        no_privilege_escalation.RULE,
        valid_policy_document.RULE,
        grants_through_groups.RULE,
        login_reset_required.RULE,
        no_access_keys.RULE,
        permissions_boundary_required.RULE,
        known_pipeline_actions.RULE,
        made_before_use.RULE,
        pack_configuration.RULE,
        exceptions_in_force.RULE,
        checked_in_up.RULE,
    ],
)
