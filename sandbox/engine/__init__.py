"""Getting a Pulumi CLI with its Python language host: found, downloaded, or built from Pulumi's Go modules."""

from sandbox.engine.find import EngineMissing, engine_folder
from sandbox.engine.kill import kill_engines

__all__ = ["EngineMissing", "engine_folder", "kill_engines"]
