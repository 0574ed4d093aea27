"""Get a Pulumi CLI with its Python language host: find it, download it, or build it from Pulumi's Go modules."""

from sandbox.engine.find import EngineMissing, engine_folder
from sandbox.engine.kill import kill_engines
from sandbox.engine.official_plugins import PluginsMissing, official_plugins

__all__ = ["EngineMissing", "PluginsMissing", "engine_folder", "kill_engines", "official_plugins"]
