"""Who in an AWS account can change a pipeline, today, through anything.

Reads only. Answers with three words for every user, group and role: can, cannot, cannot be told.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from audit._iam import BadExceptions, exception_for, parse_exceptions
from audit.account import account_of
from audit.findings import CHANGES, Judge
from audit.page import as_html
from audit.report import ROOT, SERVICE_LINKED, Excused, Read, Report, as_json
from audit.saved_answer import NoAnswer, read_saved_answer
from audit.text_formats import as_csv, as_markdown, as_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from audit._iam import ListedException
    from audit.account import Account
    from audit.findings import Finding

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "markdown": as_markdown,
    "html": as_html,
}
EXIT_CODES = """exit codes:
  0  nobody outside the exceptions can
  1  somebody can, whatever else cannot be told
  2  nobody surely can, but of somebody it cannot be told; or there was no answer

With --strict, what somebody can at second hand counts as well.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit, print the report, and give the exit code."""
    options = _parser().parse_args(arguments)
    try:
        report = _report(options)
        text = FORMATS[options.format](report)
    except (NoAnswer, BadExceptions) as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 2
    return _print(text) or exit_code(report, strict=options.strict)


def exit_code(report: Report, *, strict: bool) -> int:
    """As `--help` lists them."""
    if report.count("can") or (strict and report.second_hand):
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
    parser.add_argument("--format", choices=FORMATS, default="table", help="how to print the report (table)")
    parser.add_argument(
        "--from",
        dest="saved",
        metavar="FILE",
        type=Path,
        help="judge a saved answer of GetAccountAuthorizationDetails, offline: one of --save, or of the AWS CLI",
    )
    parser.add_argument("--exceptions", metavar="FILE", type=Path, help="a JSON file of who may, why, and until when")
    parser.add_argument("--strict", action="store_true", help="what somebody can at second hand counts as well")
    return parser


def _action(text: str) -> str:
    service, colon, name = text.partition(":")
    if not (colon and name.isascii() and name.isalnum() and service.isascii() and service.replace("-", "").isalnum()):
        raise argparse.ArgumentTypeError(f'{text!r} is not the full name of an action ("codepipeline:UpdatePipeline")')
    return text


def _report(options: argparse.Namespace) -> Report:
    now = datetime.now(timezone.utc)
    exceptions = _exceptions(options.exceptions, now) if options.exceptions else ()
    answer, content = read_saved_answer(options.saved)
    account = account_of(answer, str(options.saved))
    actions = tuple({action.lower(): action for action in reversed(options.action or CHANGES)}.values())[::-1]
    judge = Judge(account)
    found = judge.findings(actions, account.principals)
    findings, excused = _excuse(found, exceptions)
    read = Read(
        account=account.number,
        at=now,
        asked_by=None,
        where=str(options.saved),
        sha256=hashlib.sha256(content).hexdigest(),
        counts=_counts(account),
        complete=not account.problems,
        notes=(ROOT, SERVICE_LINKED),
    )
    return Report(read, actions, findings, (), (), excused)


def _exceptions(path: Path, now: datetime) -> tuple[ListedException, ...]:
    try:
        written = json.loads(path.read_bytes())
    except OSError as error:
        raise NoAnswer(f"{path} cannot be read: {(error.strerror or 'it is not a file').lower()}.") from None
    except (ValueError, RecursionError):
        raise NoAnswer(f"{path} is not JSON.") from None
    if not isinstance(written, dict) or written.keys() != {"exceptions"}:
        raise NoAnswer(f'{path} is not of the form {{"exceptions": [{{"match": ..., "reason": ..., "until": ...}}]}}.')
    return parse_exceptions(written["exceptions"], now.date(), f"{path}: exceptions")


def _excuse(
    found: Iterable[Finding], exceptions: Sequence[ListedException]
) -> tuple[tuple[Finding, ...], tuple[Excused, ...]]:
    """What is left, and each exception with whom it excuses."""
    left: list[Finding] = []
    excused: dict[int, list[Finding]] = {}
    for finding in found:
        principal = finding.principal
        exception = exception_for(exceptions, principal.arn, f"{principal.kind}/{principal.name}")
        if exception is None:
            left.append(finding)
        else:
            excused.setdefault(id(exception), []).append(finding)
    return tuple(left), tuple(Excused(known, tuple(excused.get(id(known), ()))) for known in exceptions)


def _counts(account: Account) -> tuple[tuple[str, int], ...]:
    kinds = [principal.kind for principal in account.principals]
    return (
        *((f"{kind}s", kinds.count(kind)) for kind in ("user", "group", "role")),
        ("managed policies", account.policies),
        ("distinct documents", len(account.documents)),
    )


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


if __name__ == "__main__":
    sys.exit(main())
