"""`python -m team`: who has access, by name, on the stack files."""

from __future__ import annotations

import argparse
import base64
import difflib
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from components.end_of_access import end_of_access, in_words
from team import people
from team.changes import Drop
from team.commits import versions
from team.comparison import Changed, comparison
from team.emergency import emergency_commands
from team.ends import End, ends
from team.go_yaml import Unreadable
from team.gone import in_account, in_stack_files
from team.history import Entry, history
from team.line_edits import changed
from team.listing import FORMATS, Member, members, rendered
from team.settings_check import problems
from team.stack_files import Refused, StackFile, stack_files, write
from team.stack_yaml import read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

EXIT_CODES = "exit codes: 0 done (or nothing to do), 1 refused (the reason is on stderr), 2 wrong usage"
LARGEST_KEY = 1_000_000  # bytes; a public key has some hundreds or thousands
SOON = 14  # days
INTERRUPTED = 130
LONGEST = 36_500  # days
PULL_REQUEST = "In a team: commit {files}, open a pull request; its merge deploys."


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; returns the exit code."""
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = parsed.command
    try:
        return command(parsed)
    except Refused as reason:
        print(reason, file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever reads has enough
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m team", description="Who has access, by name, on the stack files.", epilog=EXIT_CODES
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, what: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.", epilog=EXIT_CODES)
        added.set_defaults(command=run)
        return added

    def about_somebody(name: str, what: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = command(name, what, run)
        added.add_argument("name", metavar="NAME", help="the user name")
        added.add_argument("--dry-run", action="store_true", help="only show what would change, as a diff")
        return added

    adding = about_somebody("add", "give somebody access", _add)
    adding.add_argument("--stack", help="not needed where there is only one")
    adding.add_argument(
        "--until", metavar="DAY", help='the last day ("2027-03-31", UTC), or an instant with its offset'
    )
    adding.add_argument("--pgp-key", metavar="FILE", type=Path, help="their public key, as gpg --export prints it")
    adding.add_argument("--existing", action="store_true", help="the user was made elsewhere and only joins the group")
    removing = about_somebody("remove", "take somebody's access away", _remove)
    where = removing.add_mutually_exclusive_group()
    where.add_argument("--stack", help="not needed where only one lists the name")
    where.add_argument("--everywhere", action="store_true", help="from every stack file")
    reissuing = about_somebody("reissue", "issue a new password", _reissue)
    reissuing.add_argument("--stack", help="not needed where only one lists the name")
    extending = about_somebody("extend", "set or change the end of somebody's access", _extend)
    extending.add_argument("--stack", help="not needed where only one lists the name")
    end = extending.add_mutually_exclusive_group(required=True)
    end.add_argument("--until", metavar="DAY", help='the last day ("2027-03-31", UTC), or an instant with its offset')
    end.add_argument("--no-end", action="store_true", help="access without an end again")
    about_somebody("off-board", "remove somebody from every stack, and say how to end access at once", _off_board)
    proving = command("gone", "prove that nothing of somebody is left, in one account and in the stack files", _gone)
    proving.add_argument("name", metavar="NAME", help="the user name")
    proving.add_argument("--profile", help="of the AWS configuration, for the account; default: the usual credentials")
    showing = command("show", "show who has access", _show)
    showing.add_argument("--stack", help="default: all")
    showing.add_argument(
        "--history",
        nargs="?",
        const="",
        metavar="FROM..TO",
        help="since when, by whom and why, from git; with a range of commits, tags or days, what changed in it",
    )
    showing.add_argument("--format", choices=FORMATS, default="table")
    ending = command("ends", "show whose access has ended, and whose ends soon", _ends)
    ending.add_argument("--stack", help="default: all")
    ending.add_argument("--within", metavar="DAYS", type=_days, default=SOON, help=f"what is soon; default: {SOON}")
    ending.add_argument("--format", choices=FORMATS, default="table")
    return parser


def _days(text: str) -> int:
    if not text.isdecimal() or int(text) > LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of days from 0 to {LONGEST:,}")
    return int(text)


def _add(arguments: argparse.Namespace) -> int:
    if arguments.existing and arguments.pgp_key:
        raise Refused("A user made elsewhere gets no password here: leave --pgp-key or --existing out.")
    key = _key_of(arguments.pgp_key) if arguments.pgp_key else None
    files = stack_files(Path())
    file = _chosen(files, arguments.stack) if arguments.stack else _only(files)
    edit = people.add(file, arguments.name, until=arguments.until, pgp_key=key, existing=arguments.existing)
    there = [other.stack for other in files if other is not file and arguments.name in other.yaml.names("developers")]
    if there and edit.changes and not arguments.existing:
        print(
            f"{arguments.name} is a developer in {', '.join(there)}, too. Two stacks in one account cannot both make a "
            "user: if these share one, use --existing here.",
            file=sys.stderr,
        )
    _tell_if_past(arguments)
    then = [] if arguments.existing else [f"make hand-over DEVELOPER={arguments.name} STACK={file.stack}"]
    return _carry_out([edit], arguments, then)


def _remove(arguments: argparse.Namespace) -> int:
    files = stack_files(Path())
    name = arguments.name
    listed = people.listed_in(files, name)
    if arguments.stack and (listed or people.why_nobody(files, name) is None):
        return _carry_out([people.remove(_chosen(files, arguments.stack), name)], arguments)
    if not listed:
        if meant := people.why_nobody(files, name):
            raise Refused(meant)
        print(f"No stack file lists {name}; nothing to do.")
        return 0
    if len(listed) > 1 and not arguments.everywhere:
        raise Refused(f"{name} is in several stacks: {_stacks(listed)}. Say --stack STACK or --everywhere.")
    return _carry_out([people.remove(file, name) for file in listed], arguments)


def _reissue(arguments: argparse.Namespace) -> int:
    file = _of(arguments)
    then = [f"make hand-over DEVELOPER={arguments.name} STACK={file.stack}"]
    return _carry_out([people.reissue(file, arguments.name)], arguments, then)


def _extend(arguments: argparse.Namespace) -> int:
    until = None if arguments.no_end else arguments.until
    _tell_if_past(arguments)
    return _carry_out([people.extend(_of(arguments), arguments.name, until)], arguments)


def _off_board(arguments: argparse.Namespace) -> int:
    files = stack_files(Path())
    name = arguments.name
    listed = people.listed_in(files, name)
    if listed:
        _carry_out([people.remove(file, name) for file in listed], arguments)
    elif meant := people.why_nobody(files, name):
        raise Refused(meant)
    else:
        print(f"No stack file lists {name}: check the spelling, unless they were removed before.")
    print("\nUntil the removal is deployed, access goes on. To end it at once, as an administrator:")
    print("\n".join(emergency_commands(listed or files, name)))
    print(f"\nAfterwards, for each account, prove it: make gone DEVELOPER={name}")
    return 0


def _tell_if_past(arguments: argparse.Namespace) -> None:
    """An end in the past is no mistake where access is to end now."""
    try:
        end = end_of_access(arguments.until or "")
    except ValueError:  # told with the other problems
        return
    if end <= datetime.now(timezone.utc):
        print(f"{in_words(end)} has passed: {arguments.name} has no access from the next update on.", file=sys.stderr)


def _gone(arguments: argparse.Namespace) -> int:
    account, left = in_account(arguments.name, arguments.profile)
    left += in_stack_files(arguments.name, stack_files(Path()))
    if left:
        raise Refused("\n".join([f"Account {account}: {arguments.name} is not gone. There is still", *_indented(left)]))
    print(f"Account {account}: {arguments.name} is gone: no user, membership, key or policy, and in no stack file.")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    if arguments.history:
        return _show_changes(arguments)
    files = stack_files(Path())
    shown = [_chosen(files, arguments.stack)] if arguments.stack else files
    listed = [member for file in shown for member in members(file.stack, file.yaml)]
    if arguments.history is None:
        print(rendered(listed, arguments.format, Member), end="")
    else:
        print(rendered(history(versions(), listed), arguments.format, Entry), end="")
    return 0


def _show_changes(arguments: argparse.Namespace) -> int:
    found = comparison(arguments.history)
    if arguments.stack:
        found = [row for row in found if row.stack == arguments.stack]
        if not found:
            _chosen(stack_files(Path()), arguments.stack)
    if found or arguments.format in ("json", "csv"):
        print(rendered(found, arguments.format, Changed), end="")
    else:
        print(f"Nobody was added, removed or changed in {arguments.history}.")
    return 0


def _ends(arguments: argparse.Namespace) -> int:
    files = stack_files(Path())
    shown = [_chosen(files, arguments.stack)] if arguments.stack else files
    listed = [member for file in shown for member in members(file.stack, file.yaml)]
    found = ends(listed, datetime.now(timezone.utc), timedelta(days=arguments.within))
    if found or arguments.format in ("json", "csv"):
        print(rendered(found, arguments.format, End), end="")
    else:
        print(f"Nobody's access has ended or ends within {arguments.within} days.")
    return 0


def _carry_out(edits: Sequence[people.Edit], arguments: argparse.Namespace, then: Sequence[str] = ()) -> int:
    """Check all edits, then write all of them; nothing is written before."""
    texts: dict[StackFile, str] = {}
    for edit in edits:
        if edit.changes:
            texts[edit.file] = _checked(edit)
    if arguments.dry_run:
        for file, text in texts.items():
            print(_diff(file, text), end="")
    else:
        write(texts)
    for edit in edits:
        print(edit.says, file=sys.stderr if arguments.dry_run else sys.stdout)
    if arguments.dry_run:
        print("Nothing was written.", file=sys.stderr)
    elif texts:
        commands = [f"make up STACK={file.stack}" for file in texts]
        print("Next: " + "\n      ".join([*commands, *then]))
        print(PULL_REQUEST.format(files=", ".join(file.path.name for file in texts)))
    return 0


def _checked(edit: people.Edit) -> str:
    """The new text of a stack file.

    Raises:
        Refused: the program would refuse what is new in it, or it cannot be changed line by line.
    """
    file = edit.file
    before = problems(file.yaml)
    try:
        text = changed(file.text, edit.changes)
    except Unreadable as reason:
        raise Refused(f"{file.path.name}{reason}\nNothing was changed.") from None
    after = problems(read(text))
    new = [problem for problem in after if problem not in before]
    removing = all(isinstance(change, Drop) for change in edit.changes)
    if new and not removing:  # positions in lists change when somebody goes
        raise Refused("\n".join([f"{file.path.name} would have a problem:", *_indented(new), "Nothing was changed."]))
    if after:
        print(f"{file.path.name} has problems of its own, which make up will refuse:", file=sys.stderr)
        print("\n".join(_indented(after)), file=sys.stderr)
    return text


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _diff(file: StackFile, text: str) -> str:
    name = file.path.name
    lines = difflib.unified_diff(_lines(file.text), _lines(text), f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    *lines, rest = text.split("\n")
    return [f"{line}\n" for line in lines] + ([rest] if rest else [])


def _of(arguments: argparse.Namespace) -> StackFile:
    """The stack file that is meant where a name is in one of them."""
    files = stack_files(Path())
    if arguments.stack:
        return _chosen(files, arguments.stack)
    listed = people.listed_in(files, arguments.name)
    if len(listed) > 1:
        raise Refused(f"{arguments.name} is in several stacks: {_stacks(listed)}. Say --stack STACK.")
    if not listed:
        raise Refused(people.why_nobody(files, arguments.name) or f"No stack file lists {arguments.name}.")
    return listed[0]


def _chosen(files: Sequence[StackFile], stack: str) -> StackFile:
    name = stack.rpartition("/")[2]  # ORGANIZATION/STACK names the same file
    for file in files:
        if file.stack == name:
            return file
    near = difflib.get_close_matches(name, [file.stack for file in files], n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Stacks here: {_stacks(files)}."
    raise Refused(f"There is no stack file Pulumi.{name}.yaml. {hint}")


def _only(files: Sequence[StackFile]) -> StackFile:
    if len(files) > 1:
        raise Refused(f"There are several stacks: {_stacks(files)}. Say --stack STACK.")
    return files[0]


def _stacks(files: Sequence[StackFile]) -> str:
    return ", ".join(file.stack for file in files)


def _key_of(path: Path) -> str:
    """A public key as a stack file takes it: armored text as it is, anything else in base64."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_KEY + 1)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > LARGEST_KEY:
        raise Refused(f"{path} is no public key: it is larger than {LARGEST_KEY:,} bytes.")
    try:
        text = content.decode("ascii").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()
    return text.strip() + "\n" if text.strip().startswith("-----BEGIN PGP") else "".join(text.split())


if __name__ == "__main__":
    sys.exit(main())
