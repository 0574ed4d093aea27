"""Limited access to AWS CodePipeline for a team's developers, as a Pulumi component."""

from components.developer_access import DeveloperAccess
from components.developer_access_args import DeveloperAccessArgs
from components.pgp_keys import pgp_fingerprint
from components.settings import BadSettings, Settings
from components.stack_config import load_settings

__all__ = ["BadSettings", "DeveloperAccess", "DeveloperAccessArgs", "Settings", "load_settings", "pgp_fingerprint"]
