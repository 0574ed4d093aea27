"""Limited access to AWS CodePipeline for a team's developers, as a Pulumi component.

What it offers is imported once somebody asks for it: whoever only reads names in stack files needs no Pulumi.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.developer_access import DeveloperAccess
    from components.developer_access_args import DeveloperAccessArgs
    from components.pgp_keys import pgp_fingerprint
    from components.settings import BadSettings, Settings
    from components.stack_config import load_settings

__all__ = ["BadSettings", "DeveloperAccess", "DeveloperAccessArgs", "Settings", "load_settings", "pgp_fingerprint"]
_MODULES = {
    "BadSettings": "settings",
    "DeveloperAccess": "developer_access",
    "DeveloperAccessArgs": "developer_access_args",
    "Settings": "settings",
    "load_settings": "stack_config",
    "pgp_fingerprint": "pgp_keys",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
