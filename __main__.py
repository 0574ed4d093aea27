"""One stack: one team's limited access to AWS CodePipeline, from stack config."""

import gc

import pulumi

from components import DeveloperAccess, load_settings
from components.debug_messages import leave_out_debug_messages

leave_out_debug_messages()
gc.disable()  # The program runs for seconds and keeps what it makes: looking for garbage is an eighth of its work.

access = DeveloperAccess("access", load_settings(pulumi.runtime.get_config_env(), pulumi.get_stack()).as_args())

pulumi.export("signInUrl", access.sign_in_url)
pulumi.export("group", access.group)
pulumi.export("policyArn", access.policy_arn)
pulumi.export("developers", access.developers)
pulumi.export("readme", access.readme)
