"""Show who in an AWS account can change a pipeline now, through any policy.

Read-only. The answer for each user, group and role: can, cannot, or cannot be determined.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from contextlib import suppress
from datetime import datetime, timezone
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from audit._iam import PIPELINE_ACTIONS, BadExceptions, parse_exceptions
from audit.account import account_of
from audit.assemble import Asked, Source, report_of
from audit.extras import extras_of
from audit.from_aws import Aws, read_account
from audit.page import as_html
from audit.people import Team, team_of
from audit.report import CHANGES, as_json
from audit.saved_answer import NoAnswer, read_saved_answer
from audit.saving import as_saved, progress, writing
from audit.text_formats import as_csv, as_markdown, as_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from audit._iam import ListedException
    from audit.report import Report

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
    "html": as_html,
}
EXIT_CODES = """exit codes:
  0  nobody outside the exceptions can
  1  somebody outside the exceptions can, whatever else cannot be determined
  2  nobody is known to, but for somebody it cannot be determined;
     or there was no answer

With --strict, those who can at second hand count as well.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit, print the report, and give the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.saved and (options.save or options.profile or options.region):
        parser.error("--from asks no account: leave out --save, --profile and --region")
    try:
        report = _report(options)
        return _print(FORMATS[options.format](report)) or exit_code(report, strict=options.strict)
    except (NoAnswer, BadExceptions) as problem:
        print(problem, file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
    return 2


def exit_code(report: Report, *, strict: bool) -> int:
    """As `--help` lists them."""
    if report.count("can") or (strict and report.second_hand_that_counts):
        return 1
    return 2 if report.count("unknown") or (strict and not report.read.complete) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audit",
        description=__doc__,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--action",
        action="append",
        metavar="SERVICE:NAME",
        type=_action,
        help="ask about this action instead of CreatePipeline, UpdatePipeline and DeletePipeline; may be repeated",
    )
    parser.add_argument("--profile", help="a profile of your AWS configuration")
    parser.add_argument("--region", help="where the pipelines are (that of the profile, or us-east-1)")
    parser.add_argument("--format", choices=FORMATS, default="table", help="how to print the report (table)")
    parser.add_argument(
        "--from",
        dest="saved",
        metavar="FILE",
        type=Path,
        help="judge a saved answer of GetAccountAuthorizationDetails, offline: one of --save, or of the AWS CLI",
    )
    parser.add_argument("--save", metavar="FILE", type=Path, help="keep the account's answer, for --from")
    parser.add_argument(
        "--group",
        metavar="NAME",
        action="append",
        default=[],
        help="also review the members of this group; may be repeated",
    )
    parser.add_argument(
        "--stack-outputs",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="as --group, and compare with the code: a file from `pulumi stack output --json`; may be repeated",
    )
    parser.add_argument("--exceptions", metavar="FILE", type=Path, help="a JSON file of who may, why, and until when")
    parser.add_argument(
        "--strict", action="store_true", help="let those who can at second hand count for the exit code"
    )
    return parser


def _action(text: str) -> str:
    service, colon, name = text.partition(":")
    if not (colon and name.isascii() and name.isalnum() and service.isascii() and service.replace("-", "").isalnum()):
        raise argparse.ArgumentTypeError(f'{text!r} is not the full name of an action ("codepipeline:UpdatePipeline")')
    if service.lower() != "codepipeline":
        return text
    known = {action.lower(): action for action in PIPELINE_ACTIONS}
    if name.lower() not in known:
        near = get_close_matches(name.lower(), known, 1)
        hint = f": did you mean codepipeline:{known[near[0]]}?" if near else ""
        raise argparse.ArgumentTypeError(f"CodePipeline has no action {name}{hint}")
    return f"codepipeline:{known[name.lower()]}"


def _report(options: argparse.Namespace) -> Report:
    now = datetime.now(timezone.utc)
    exceptions = _exceptions(options.exceptions, now) if options.exceptions else ()
    teams = [*map(Team, options.group), *map(team_of, options.stack_outputs)]
    if options.saved:
        answer, digest = read_saved_answer(options.saved)
        where = str(options.saved)
    else:
        aws = Aws(options.profile, options.region)
        with progress() as tell, writing(options.save) as save:
            answer = read_account(aws, [team.group for team in teams], tell)
            content = as_saved(answer)
            save(content)
            digest = hashlib.sha256(content).hexdigest()
            del content
        where = "the account's API"
    extras = extras_of(answer, where)
    account = account_of(answer, where, extras.levels)
    del answer
    if extras.account and account.number not in (None, extras.account):
        raise NoAnswer(f"{where} is not what this command saved: two accounts are named in it.")
    account.number = account.number or extras.account
    teams = teams or [*map(Team, extras.groups)]
    actions = tuple({action.lower(): action for action in reversed(options.action or CHANGES)}.values())[::-1]
    source = Source(where, digest, extras.at or now)
    return report_of(account, extras, source, Asked(actions, exceptions, tuple(teams)))


class _Twice(Exception):
    """A name occurs twice in one object; the text is the name."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made: dict[str, object] = {}
    for name, value in pairs:
        if name in made:
            raise _Twice(repr(name[:80]))
        made[name] = value
    return made


def _exceptions(path: Path, now: datetime) -> tuple[ListedException, ...]:
    try:
        written = json.loads(path.read_bytes(), object_pairs_hook=_once)
    except OSError as error:
        raise NoAnswer(f"{path} cannot be read: {(error.strerror or 'it is not a file').lower()}.") from None
    except (ValueError, RecursionError):
        raise NoAnswer(f"{path} is not JSON.") from None
    except _Twice as error:
        raise NoAnswer(f"{path} has {error} twice in one object.") from None
    if not isinstance(written, dict) or written.keys() != {"exceptions"}:
        raise NoAnswer(f'{path} is not of the form {{"exceptions": [{{"match": ..., "reason": ..., "until": ...}}]}}.')
    return parse_exceptions(written["exceptions"], now.date(), f"{path}: exceptions")


def _print(text: str) -> int:
    """Print to stdout, whatever its encoding; a reader that has enough is no error."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"The report cannot be written: {(error.strerror or 'no space').lower()}.", file=sys.stderr)
        return 2
    return 0
