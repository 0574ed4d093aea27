"""Getting a Pulumi CLI with its Python language host: found, downloaded, or built from Pulumi's Go modules."""

from sandbox.engine.find import EngineMissing, engine_folder

__all__ = ["EngineMissing", "engine_folder"]
