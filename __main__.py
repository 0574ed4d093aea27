"""One stack: one team's limited access to AWS CodePipeline, from stack config."""

import pulumi

from components import DeveloperAccess, load_settings

access = DeveloperAccess("access", load_settings(pulumi.runtime.get_config_env(), pulumi.get_stack()).as_args())

pulumi.export("signInUrl", access.sign_in_url)
pulumi.export("group", access.group)
pulumi.export("policyArn", access.policy_arn)
pulumi.export("developers", access.developers)
pulumi.export("readme", access.readme)
