"""`python -m components.hand_over jin --stack dev`: the message to send to one developer, from the stack's state.

The password never passes through the program's outputs, which Pulumi's SDK logs in plain text; it is read here, once,
by `pulumi stack export --show-secrets`, and goes to the terminal or to a file that only its owner can read. With
`--part`, URL and name travel without the password. Sending either is left to the caller: stdout is the interface.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pulumi import automation

from components.end_of_access import end_of_access, in_words
from components.pipeline_actions import ANY_COMMIT, CAPABILITIES, GUIDE, PIPELINE_CHANGES
from components.settings import ENDS, path_step
from components.stack_config import NAMESPACE

LOGIN_PROFILE = "aws:iam/userLoginProfile:UserLoginProfile"
POLICY = "aws:iam/policy:Policy"
GROUP_POLICY = "aws:iam/groupPolicy:GroupPolicy"
MEMBERSHIP = "aws:iam/groupMembership:GroupMembership"
# Marks a secret in an exported state, whose value is JSON text under "plaintext".
# https://www.pulumi.com/docs/iac/concepts/secrets/
SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105 - a mark, not a secret
EXIT_CODES = "exit codes: 0 done, 1 nothing to hand over (the reason is on stderr), 2 wrong usage"
WIDTH = 80  # columns
MESSAGE, PASSWORD = PARTS = ("message", "password")

Resource = Mapping[str, Any]


MustChange = Callable[[str, str], "bool | None"]
"""Whether a user (the name) of an account (the number) must still change the password; None without a login."""


class NothingToHandOver(Exception):
    """There is no message for this developer; the text says why, and what to do."""


class NotChecked(Exception):
    """Whether a password has been used could not be checked; the text says why."""


@dataclass(frozen=True)
class Program:
    """The program that makes the stack: the commands to type depend on it."""

    stack: str
    configured: bool = True
    """Whether the settings are in the stack file, not in a program."""
    makefile: bool = True
    """Whether `make up` and its like are there."""

    @property
    def up(self) -> str:
        """The command that updates the stack."""
        return f"make up STACK={self.stack}" if self.makefile else f"pulumi up --stack {self.stack}"


@dataclass(frozen=True)
class HandOver:
    """The message for the developer, or a part of it, and a note for the person who sends it."""

    message: str
    note: str


def _nobody_asked(_developer: str, _account: str) -> bool | None:
    raise NotChecked("the account was not asked")


def hand_over(
    resources: Sequence[Resource],
    developer: str,
    program: Program,
    part: str | None = None,
    must_change: MustChange = _nobody_asked,
) -> HandOver:
    """The message for one developer.

    Args:
        resources: from an exported state, with secrets shown.
        developer: the user name.
        program: the program that makes the stack, for the commands to type.
        part: `message` for everything but the password, `password` for the password alone, None for both.
        must_change: asks the account. The state does not know: the engine keeps ignored properties as they were.

    Raises:
        NothingToHandOver: the state has no login or password of that developer, or either is of no use any more.
    """
    logins = {_outputs(resource).get("user"): resource for resource in resources if resource["type"] == LOGIN_PROFILE}
    if developer not in logins:
        raise NothingToHandOver(_why_no_login(resources, developer, program, sorted(map(str, logins))))
    login = logins[developer]
    made = _outputs(login)
    if not made.get("encryptedPassword") and not made.get("password"):
        raise NothingToHandOver(
            f"The password of {developer} is not known here: this stack did not create the login, or creating it "
            f"failed partway.\nIssue a new one:\n{_reissue(developer, login, program)}"
        )
    family = [resource for resource in resources if resource.get("parent") == login.get("parent")]
    component = _outputs(next(resource for resource in resources if resource["urn"] == login.get("parent")))
    if ended := [end for end in _ends(family, developer) if end <= datetime.now(timezone.utc)]:
        raise NothingToHandOver(
            f"The access of {developer} ended {in_words(ended[0])}. Extend it first, then run {program.up}."
        )
    key = str(made.get("keyFingerprint", ""))
    leads = key.lower() == str(component.get("handOverKey")).lower()
    if part == MESSAGE:
        return HandOver(_message(family, component, developer, "  Temporary password:  comes separately"), "")
    used = _whether_used(developer, login, program, _account(family), must_change)
    note = f"{used}If it is lost, issue a new one:\n{_reissue(developer, login, program)}"
    if made.get("encryptedPassword"):
        command = f"echo '{made['encryptedPassword']}' | base64 --decode | gpg --decrypt"
        credential = _encrypted(command, key, leads=leads)
        if part == PASSWORD:
            opens = f"the hand-over key {key}" if leads else f"the PGP key {key} of {developer}"
            return HandOver(f"{command}\n", f"Only {opens} opens this password.\n{note}")
        if leads:
            note = f"Only the hand-over key {key} opens this password: put it into the message yourself.\n{note}"
    elif part == PASSWORD:
        return HandOver(f"{made['password']}\n", note)
    else:
        credential = f"  Temporary password:  {made['password']}"
    return HandOver(_message(family, component, developer, credential), note)


def _message(family: Sequence[Resource], component: Mapping[str, Any], developer: str, credential: str) -> str:
    paragraphs = [
        f"Hello {developer},",
        "You can now sign in to the AWS console and work with our pipelines.",
        f"  Sign-in URL:         {component['signInUrl']}\n  User name:           {developer}\n{credential}",
        _wrapped("At the first sign-in you choose a password of your own. The temporary one works only until then."),
        *_what_you_may(family, developer),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _whether_used(developer: str, login: Resource, program: Program, account: str, must_change: MustChange) -> str:
    """When the password was issued, and whether it has been used if the account can be asked.

    Raises:
        NothingToHandOver: it no longer works.
    """
    issued = f"This password was issued on {str(login.get('created', '')).replace('T', ' ')[:16]} UTC"
    try:
        unused = must_change(developer, account)
    except NotChecked as reason:
        return f"{issued}. If {developer} has signed in since, it no longer works.\n(Not checked: {reason}.)\n"
    if unused is None:
        raise NothingToHandOver(
            f"{developer} has no login in account {account}: it was removed there. Run {program.up} to make a new one."
        )
    if not unused:
        raise NothingToHandOver(
            f"This password has been used: {developer} has signed in and chosen one of their own.\n"
            f"If theirs is lost, issue a new one:\n{_reissue(developer, login, program)}"
        )
    return f"{issued} and has not been used.\n"


def _account(family: Sequence[Resource]) -> str:
    """The number of the stack's account; empty if no resource has an ARN."""
    arns = (str(_outputs(resource).get("arn", "")).split(":") for resource in family)
    return next((arn[4] for arn in arns if len(arn) > len(("arn", "aws", "iam", "")) and arn[4]), "")


def _ask_the_account(profile: str | None) -> MustChange:
    def must_change(developer: str, account: str) -> bool | None:
        try:
            from components import console_login  # noqa: PLC0415 - boto3 may not be installed
        except ImportError:
            raise NotChecked("boto3 is not installed") from None
        try:
            return console_login.must_change_password(developer, account, profile)
        except console_login.NotAsked as reason:
            raise NotChecked(str(reason)) from None

    return must_change


def _why_no_login(resources: Sequence[Resource], developer: str, program: Program, known: list[str]) -> str:
    members = [
        user for resource in resources if resource["type"] == MEMBERSHIP for user in _outputs(resource).get("users", [])
    ]
    if developer in members:
        return f"{developer} was made elsewhere and only joined the group, so the password is not known here."
    if not known:
        return f"Stack {program.stack} has no developers with a login. Run {program.up} first."
    near = difflib.get_close_matches(developer, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Developers there: {', '.join(known)}."
    return f"Stack {program.stack} has no login for {developer}. {hint}"


def _reissue(developer: str, login: Resource, program: Program) -> str:
    """The commands to type; the credential issue is the login's replacement trigger."""
    following = int(login.get("replacementTrigger") or 1) + 1
    raise_it = f'  in the program, credential_issues: {{"{developer}": {following}}}'
    if program.configured and program.makefile:
        raise_it = f"  make reissue DEVELOPER={developer} STACK={program.stack}"
    elif program.configured:
        path = f"'{NAMESPACE}:credentialIssues{path_step(developer)}'"
        raise_it = f"  pulumi config set --stack {program.stack} --path {path} {following}"
    return f"{raise_it}\n  {program.up}"


def _encrypted(command: str, fingerprint: str, *, leads: bool) -> str:
    whose = f"your PGP key {fingerprint}. To read it:"
    if leads:
        whose = "the hand-over key. Whoever has it puts here what this prints:"
    return f"  Temporary password:  encrypted for {whose}\n\n    {command}"


def _what_you_may(family: Sequence[Resource], developer: str) -> list[str]:
    """What the policy in force lets the developer do, in the catalogue's words."""
    policies = [json.loads(_outputs(resource)["policy"]) for resource in family if resource["type"] == POLICY]
    statements = [statement for policy in policies for statement in policy["Statement"]]
    granted = {action for statement in statements for action in statement["Action"]}
    may = [permission.lets for permission in GUIDE if permission.action in granted]
    may += [bundle.lets for bundle in CAPABILITIES.values() if bundle.permissions[0].action in granted]
    viewed, started = (_pipelines(statements, action) for action in ("GetPipeline", "StartPipelineExecution"))
    paragraphs = [_wrapped(f"You may: {', '.join(may)}.")]
    if viewed:
        paragraphs.append(_wrapped(f"This applies to these pipelines: {', '.join(viewed)}."))
    if started != viewed:
        paragraphs.append(_wrapped(f"You may re-trigger, retry and stop only: {', '.join(started)}."))
    paragraphs.append(_wrapped(ANY_COMMIT))
    paragraphs.append(_wrapped(f"You may not: {', '.join(PIPELINE_CHANGES.values())}."))
    paragraphs += [_wrapped(f"Your access ends {in_words(end)}.") for end in _ends(family, developer)]
    if any(resource["type"] == GROUP_POLICY and _outputs(resource)["name"] == "require-mfa" for resource in family):
        paragraphs.append(
            _wrapped(
                "Everything needs MFA: after choosing your password, open Security credentials, assign an MFA device, "
                "sign out, and sign in again with it."
            )
        )
    return paragraphs


def _pipelines(statements: Sequence[Mapping[str, Any]], action: str) -> list[str]:
    """The pipelines that an action is scoped to, each with its region; empty means all."""
    arns = [
        arn.split(":", 5)
        for statement in statements
        if f"codepipeline:{action}" in statement["Action"] and statement["Resource"] != "*"
        for arn in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
    ]
    return list(dict.fromkeys(f"{name} ({region})" for *_, region, _account, name in arns))


def _ends(family: Sequence[Resource], developer: str) -> list[datetime]:
    """When the developer's access ends, according to the guard rail in force."""
    rails = [_outputs(resource) for resource in family if resource["type"] == GROUP_POLICY]
    statements = [
        statement
        for rail in rails
        if str(rail["name"]).startswith(ENDS)
        for statement in json.loads(rail["policy"])["Statement"]
    ]
    return [
        end_of_access(statement["Condition"]["DateGreaterThanEquals"]["aws:CurrentTime"])
        for statement in statements
        if developer in statement["Condition"]["StringEqualsIgnoreCase"]["aws:username"]
    ]


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, WIDTH, break_on_hyphens=False, break_long_words=False)


def _outputs(resource: Resource) -> dict[str, Any]:
    return {key: _plain(value) for key, value in resource.get("outputs", {}).items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON of a state
    if isinstance(value, Mapping) and SECRET_MARK in value:
        return json.loads(value["plaintext"])
    return value


def _exported(stack: str | None) -> tuple[Program, list[Resource], MustChange]:
    """The program that makes the stack, the resources in its state, and how to ask its account.

    Raises:
        NothingToHandOver: with what the CLI says.
    """
    try:
        workspace = automation.LocalWorkspace(work_dir=".")
        if stack is None:
            selected = workspace.stack()
            if selected is None:
                raise NothingToHandOver("No stack is selected. Name one: --stack dev")
            stack = selected.name
        deployment = workspace.export_stack(stack).deployment or {}
        config = workspace.get_all_config(stack)
    except FileNotFoundError:
        raise NothingToHandOver("There is no pulumi on the PATH. Install it, or use make sandbox.") from None
    except automation.CommandError as error:
        # Only the first line: the rest of the message repeats the command's output.
        said = [line for line in str(error).splitlines() if "error: " in line] or str(error).splitlines()[:1]
        raise NothingToHandOver(said[0].strip().removeprefix("stderr: ").removeprefix("error: ")) from None
    makefile = Path("Makefile")
    makes = makefile.is_file() and "\nhand-over:" in makefile.read_text(encoding="utf-8", errors="replace")
    program = Program(stack, configured=f"{NAMESPACE}:team" in config, makefile=makes)
    profile = config["aws:profile"].value if "aws:profile" in config else None
    return program, deployment.get("resources", []), _ask_the_account(profile)


def _write(message: str, path: str) -> None:
    """Write a new file that only its owner can read; never through an existing file or link."""
    if work_tree := next((folder for folder in Path(path).resolve().parents if (folder / ".git").exists()), None):
        raise NothingToHandOver(
            f"{path} is in the git work tree {work_tree}, where it might be committed. "
            "Name a file outside, or print to the terminal."
        )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise NothingToHandOver(f"{path} cannot be written: {error.strerror}. Name a new file.") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(message)


def main() -> int:
    """Print or write the message; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m components.hand_over", description="The message to send to one developer.", epilog=EXIT_CODES
    )
    parser.add_argument("developer", help="the user name")
    parser.add_argument("--stack", help="default: the selected stack")
    parser.add_argument(
        "--part", choices=PARTS, help="the message without the password, or the password alone; default: both in one"
    )
    parser.add_argument("--output", metavar="FILE", help="write to a new file of mode 0600 instead of the terminal")
    arguments = parser.parse_args()
    try:
        program, resources, must_change = _exported(arguments.stack)
        handed_over = hand_over(resources, arguments.developer, program, arguments.part, must_change)
        if arguments.output:
            _write(handed_over.message, arguments.output)
        else:
            # A part is for other programs; the whole message, for people, gets an empty line before the note.
            print(
                handed_over.message, end="" if arguments.part else "\n", flush=True
            )  # before the note, also where both go to one file
    except NothingToHandOver as reason:
        print(reason, file=sys.stderr)
        return 1
    if handed_over.note:
        print(handed_over.note, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
