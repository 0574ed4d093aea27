"""The component as a Pulumi package: the same class, for programs in any language."""

import functools
import json
import sys
from typing import Any

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import main as serve
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.provider import ConstructResult
from pulumi.provider.server import ComponentInitError
from pydantic.alias_generators import to_camel

from components import one_maker
from components.developer_access import DeveloperAccess
from components.settings import BadSettings
from components.stack_config import NAMESPACE

DESCRIPTION = """Limited access to AWS CodePipeline for a team's developers: they view, re-trigger, retry and stop
pipelines, and never create, edit or delete one. Set `options: {refresh: always}` in your Pulumi.yaml: without a
refresh, what was done by hand in the account is neither seen nor removed. The policy pack of the same repository
refuses changes that would let anybody change a pipeline."""


class _Run:
    """Identifies one run of a program."""


class Provider(ComponentProvider):
    """Builds the component as a Python program does; only the spelling of the arguments differs."""

    def __init__(self) -> None:
        super().__init__([DeveloperAccess], NAMESPACE)
        schema = json.loads(self.schema or "")
        schema["description"] = DESCRIPTION
        self.schema = json.dumps(_one_line_each(schema))

    def map_inputs(self, inputs: Any, component_def: Any) -> Any:  # noqa: ANN401, ARG002 - as in the base
        """All inputs, unchecked: the component itself finds every problem, not only the first."""
        return inputs

    def construct(self, *args: Any, **kwargs: Any) -> ConstructResult:  # noqa: ANN401 - as in the base
        """Build it, and report problems with the inputs without a traceback."""
        try:
            return super().construct(*args, **kwargs)
        except ComponentInitError as error:
            if isinstance(error.inner, BadSettings):
                # One message: for errors by property, the engine would print the values, including PGP keys.
                raise InputPropertiesError(str(error.inner), []) from None
            raise


def _one_line_each(value: Any) -> Any:  # noqa: ANN401 - JSON
    """The schema with the line breaks of docstrings gone from its descriptions."""
    if isinstance(value, dict):
        return {
            key: " ".join(item.split()) if key == "description" and isinstance(item, str) else _one_line_each(item)
            for key, item in value.items()
        }
    return [_one_line_each(item) for item in value] if isinstance(value, list) else value


def main() -> None:
    """Serve one engine."""
    # Other languages write pgpKeys. This process serves nobody else.
    setattr(DeveloperAccess, "_key", staticmethod(to_camel))  # noqa: B010 - mypy has no words for this assignment
    run = functools.cache(lambda *_: _Run())
    # Here each component has its own connection, so runs are told apart by stack and phase.
    one_maker.this_run = lambda: run(pulumi.get_project(), pulumi.get_stack(), pulumi.runtime.is_dry_run())
    serve(Provider(), sys.argv[1:])
