"""Reads settings from stack config; reports problems in the stack file's words, with the command that fixes them."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING, NamedTuple, cast

from pydantic.alias_generators import to_camel

from components.policy_document import Place
from components.settings import UNKNOWN_ACCOUNT, BadSettings, Problem, Settings, checked, problems_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

NAMESPACE = "codepipeline-access"


def load_settings(config: Mapping[str, str], stack: str | None = None) -> Settings:
    """Check the stack's config and return it as settings.

    Args:
        config: all keys of the stack with their namespaces, as `pulumi.runtime.get_config_env()` gives them: scalars
            as text, lists and maps as JSON text.
        stack: its name, for the commands in messages.

    Raises:
        BadSettings: with every problem.
    """
    prefix = f"{NAMESPACE}:"
    ours = {key.removeprefix(prefix): text for key, text in config.items() if key.startswith(prefix)}
    typed = {key: _typed(key, text) for key, text in ours.items()}
    settings, found = checked(typed, to_camel)
    removing = _Removing(_listed(typed), f" --stack {stack}" if stack else "")
    problems = [*(_told(problem, removing) for problem in found), *_strays(config), *_account_ids(config)]
    if settings and not problems:
        problems += _at(settings, config.get("aws:region"))
    if settings is None or problems:
        raise BadSettings("The stack config", problems)
    return settings


def _typed(key: str, text: str) -> object:
    """The value with its type: lists and maps come as JSON text, scalars as text whatever they were in YAML."""
    if text[:1] in ("[", "{"):
        try:
            return cast("object", json.loads(text))
        except (ValueError, RecursionError):
            return text
    wanted = {to_camel(name): field.annotation for name, field in Settings.model_fields.items()}.get(key)
    if wanted is bool and text in ("true", "false"):
        return text == "true"
    if wanted is int and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    return text


class _Removing(NamedTuple):
    """What the command that removes somebody by name depends on: who is a member, and the option for the stack."""

    listed: Collection[str] = ()
    option: str = ""

    def command(self, path: str) -> str:
        """Removes what stands at this path; all that is said of somebody only where they are no member."""
        found = re.fullmatch(r"[A-Za-z]+(?:\.([A-Za-z0-9_-]+)|\[\"([A-Za-z0-9_+=,.@-]+)\"\])", path)
        name = (found[1] or found[2]) if found else "-"
        if name in self.listed or name.startswith("-"):
            return f"pulumi config rm{self.option} --path '{NAMESPACE}:{path}'"
        return f"python -m team remove {name}{self.option}"


def _listed(given: Mapping[str, object]) -> set[str]:
    """Who is a member, of what could be read."""
    lists = [given.get(key) for key in ("developers", "existing")]
    return {name for names in lists if isinstance(names, list) for name in names if isinstance(name, str)}


def _told(problem: Problem, removing: _Removing) -> Problem:
    """The problem under its key in the stack file, with the command to type if there is exactly one."""
    path = f"{NAMESPACE}:{problem.path}"
    match problem.what:
        case "missing":
            return Problem(path, f"{problem.says} Name the team: pulumi config set {path} helprr-backend")
        case "for nobody":
            return Problem(path, f"{problem.says} Remove: {removing.command(problem.path)}")
        case "unknown" if problem.path == NAMESPACE:
            return Problem(path, f"is nested. Write each key in full, on its own: {NAMESPACE}:team: helprr-backend")
        case _:
            return Problem(path, problem.says)


def _strays(config: Mapping[str, str]) -> Iterator[Problem]:
    """Keys with a misspelled namespace: without this check, `requireMfa` would be ignored silently."""
    for key in config:
        namespace, _, name = key.partition(":")
        if namespace != NAMESPACE and difflib.get_close_matches(namespace.lower(), [NAMESPACE], n=1, cutoff=0.8):
            yield Problem(key, f"is not a known setting. Did you mean {NAMESPACE}:{name}?")


def _account_ids(config: Mapping[str, str]) -> Iterator[Problem]:
    """The provider needs lists here, but its own error message does not help."""
    for key in ("aws:allowedAccountIds", "aws:forbiddenAccountIds"):
        text = config.get(key, "[]")
        accounts = _typed(key, text)
        if not isinstance(accounts, list):
            yield Problem(key, f'is {json.dumps(text)[:60]}, not a list. Write a list of strings: ["123456789012"]')
            continue
        for index, account in enumerate(accounts):
            if not re.fullmatch(r"[0-9]{12}", str(account), re.ASCII):
                says = "not the 12 digits of an account. Quote them, or YAML drops leading zeros"
                yield Problem(f"{key}[{index}]", f'is {json.dumps(account)[:60]}, {says}: ["012345678901"]')


def _at(settings: Settings, region: str | None) -> Iterator[Problem]:
    """Reported before anything is registered. If the file names no region, the component checks later."""
    if region is None:
        return
    partition = {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rpartition("-")[0].rpartition("-")[0], "aws")
    for problem in problems_at(settings, Place(partition, region, UNKNOWN_ACCOUNT), to_camel):
        yield Problem(f"{NAMESPACE}:{problem.path}", problem.says)
