"""The report as one page of evidence: nothing is loaded from elsewhere, and it can be printed and signed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from audit.report import instant
from audit.text_formats import answer_of, counted, names_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from audit.findings import Finding
    from audit.report import Excused, Member, Report, SecondHand

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #1b1f24; background: #fff;
  margin: 2rem auto; max-width: 70rem; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #c9ced6; padding-bottom: .2rem; }
.answer { font-size: 1.15rem; font-weight: 600; border-left: .4rem solid; padding: .5rem .9rem; margin: 1rem 0; }
.answer.can { border-color: #b3261e; background: #fdf1f0; }
.answer.unknown { border-color: #9a6700; background: #fff8e6; }
.answer.nobody { border-color: #1a7f37; background: #effaf2; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; margin: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #dfe3e8;
  overflow-wrap: anywhere; }
thead th { border-bottom: 2px solid #8a929d; font-size: .85rem; }
table.facts th { width: 11rem; font-weight: 600; }
td:first-child, code { font-family: ui-monospace, "SFMono-Regular", Consolas, "Liberation Mono", monospace;
  font-size: .92em; }
ul { margin: 0; padding-left: 1.1rem; }
.verdict { display: block; font-weight: 600; }
.none { color: #57606a; }
.sign { display: flex; gap: 3rem; margin-top: 4rem; break-inside: avoid; }
.sign div { flex: 1; border-top: 1px solid #1b1f24; padding-top: .3rem; font-size: .85rem; }
@media print {
  @page { size: A4; margin: 16mm; }
  body { font-size: 8.5pt; margin: 0; padding: 0; max-width: none; }
  tr, .answer { break-inside: avoid; }
  thead { display: table-header-group; }
  .answer, th, td { print-color-adjust: exact; }
}
"""


def as_html(report: Report) -> str:
    """One HTML document, UTF-8."""
    read = report.read
    facts = [
        ("Account", read.account or "not named"),
        ("Time", str(instant(read.at))),
        ("Asked by", read.asked_by or "the file does not say"),
        ("Read from", read.where),
        ("Read", ", ".join(counted(number, what) for what, number in read.counts)),
        ("SHA-256 of the answer", read.sha256),
        ("Complete", "yes" if read.complete else "no: what could not be read is listed below"),
        ("Actions", names_of(report.actions)),
    ]
    body = [
        f"<h1>Who can {_text(report.asked)}</h1>",
        f'<p class="answer {_colour(report)}">{_text(report.summary())}</p>',
        f'<table class="facts"><tbody>{"".join(_row(fact, head=True) for fact in facts)}</tbody></table>',
        "<h2>Findings</h2>",
        _table({"Principal": 24, "Verdict": 18, "Through": 29, "Reason": 29}, map(_finding, report.findings)),
        "<h2>Exceptions</h2>",
        _table({"Match": 25, "State": 15, "Reason": 25, "Excuses": 35}, map(_exception, report.exceptions)),
        "<h2>At second hand</h2>",
        _table({"Principal": 35, "How": 15, "Reason": 50}, map(_second_hand, report.second_hand)),
        "<h2>Members of the teams</h2>",
        _table({"User": 25, "Group": 20, "MFA": 7, "Last sign-in": 15, "Findings": 33}, map(_member, report.members)),
        "<h2>Notes</h2>",
        _list(read.notes),
        '<div class="sign"><div>Date</div><div>Name</div><div>Signature</div></div>',
    ]
    title = f"Who can {report.asked}: {read.account or 'account not named'}, {instant(read.at)}"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _colour(report: Report) -> str:
    if report.count("can"):
        return "can"
    return "unknown" if report.count("unknown") else "nobody"


def _text(text: str) -> str:
    return escape(plain(text))


class _Html(str):
    """Markup of ours, which is not escaped again."""

    __slots__ = ()


def _row(cells: Iterable[str], *, head: bool = False) -> str:
    made = []
    for index, cell in enumerate(cells):
        tag = 'th scope="row"' if head and index == 0 else "td"
        text = cell if isinstance(cell, _Html) else _text(cell)
        made.append(f"<{tag}>{text}</{tag[:2]}>")
    return f"<tr>{''.join(made)}</tr>"


def _table(head: Mapping[str, int], rows: Iterable[Iterable[str]]) -> str:
    """A table with these columns, each with its share of the width in percent."""
    made = "\n".join(map(_row, rows))
    if not made:
        return '<p class="none">None.</p>'
    cells = "".join(f'<th scope="col" style="width:{share}%">{_text(title)}</th>' for title, share in head.items())
    return f"<table><thead><tr>{cells}</tr></thead><tbody>\n{made}\n</tbody></table>"


def _list(texts: Iterable[object]) -> _Html:
    items = "".join(f"<li>{_text(str(text))}</li>" for text in texts)
    return _Html(f"<ul>{items}</ul>" if items else '<span class="none">None</span>')


def _finding(finding: Finding) -> tuple[str, ...]:
    return (
        finding.principal.arn,
        _Html(f'<span class="verdict">{answer_of(finding)}</span> {_text(names_of(finding.actions))}'),
        _list(finding.ways),
        finding.reason,
    )


def _exception(excused: Excused) -> tuple[str, ...]:
    exception = excused.exception
    state = f"ended {exception.until}" if exception.ended else f"in force until {exception.until}"
    names = [f"{finding.principal.arn}: {names_of(finding.actions)}" for finding in excused.findings]
    names += [f"{one.principal}: {one.how} (at second hand)" for one in excused.second_hand]
    return exception.match, state, exception.reason, _list(names)


def _second_hand(found: SecondHand) -> tuple[str, ...]:
    return found.principal, found.how, found.reason


def _member(member: Member) -> tuple[str, ...]:
    seen = instant(member.last_sign_in) or "never"
    return member.user, member.group, "yes" if member.mfa else "no", seen, _list(member.notes)
