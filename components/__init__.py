"""Limited access to AWS CodePipeline for a team's developers, as a Pulumi component."""

from components.developer_access import DeveloperAccess
from components.settings import BadSettings, Settings, load_settings

__all__ = ["BadSettings", "DeveloperAccess", "Settings", "load_settings"]
