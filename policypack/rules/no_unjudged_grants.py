"""Every policy attached, group joined and permission set given has been judged: it is made here, or is harmless."""

from collections.abc import Iterator, Mapping

from pulumi_policy import Severity

from made_here import name_of
from managed_policies import is_judged
from memory import NotYet, memory
from parts import Part
from resources import HANDED_OUT
from rules import Case, Objection, rule
from values import UNKNOWN, Found, holds_unknown

NAME = "no-unjudged-grants"
_UNSEEN = "the pack cannot see what this creates: {}. Write it out in this program."
_OR = "or add an exception to the configuration of this rule."
_UNJUDGED: Mapping[str, str] = {
    "arns": "the pack cannot see what this policy grants. Attach one that this program creates (by its arn output) or"
    f" an AWS managed policy that is known to be harmless, {_OR}",
    "groups": "the pack cannot see what this group may do. Use one that this program creates (by its name output),"
    f" {_OR}",
    "permission_sets": "the pack cannot see what this permission set grants. Use one that this program creates (by its"
    f" arn output), {_OR}",
    "roles": f"the pack cannot see what this role may do. Use one that this program creates (by its arn output), {_OR}",
    "stack_sets": "the pack cannot see what this stack set creates. Use one that this program creates (by its name"
    f" output), {_OR}",
}
_SAME_TEXT = {"references": "arns", "identity_groups": "groups"}


def _judge(case: Case) -> Iterator[Objection | NotYet]:
    for part in case.parts:
        if part.unseen is UNKNOWN:
            yield NotYet(part.path)
        elif part.unseen:
            place = part.path.rstrip(".") or "it"
            yield Objection(place, f"{place}: {_UNSEEN.format(part.unseen)}")
        for what in HANDED_OUT:
            for found in part.found(what):
                if found.value is UNKNOWN or (isinstance(found.value, dict) and holds_unknown(found.value)):
                    yield NotYet(found.path, what)
                elif not _is_judged(case.urn, part, what, found):
                    text = _UNJUDGED[_SAME_TEXT.get(what, what)]
                    yield Objection(found.path, f"{found.path}: {text}", names_of(what, found.value))


def _is_judged(urn: str, part: Part, what: str, found: Found) -> bool:
    """Whether what is handed out was judged; if that rests on what this program makes, note it for made-before-use."""
    if what == "arns" and isinstance(found.value, str) and is_judged(found.value):
        return True
    if not memory().made_here.has(what, found.value):
        return False
    if isinstance(found.value, (str, dict)):
        by = part.template.name if part.template else ""
        memory().handed_out.setdefault(urn, []).append((what, found.path, found.value, by))
    return True


def names_of(what: str, value: object) -> tuple[str, ...]:
    """How an exception may name what is handed out."""
    if what in ("groups", "identity_groups"):
        return (f"group/{value}",) if isinstance(value, str) else ()
    if what == "references":
        named = name_of("arns", value)
        return (f"arn:aws:iam::*:policy{named}",) if named else ()  # it stands in whichever account the set is used
    return (value,) if isinstance(value, str) else ()


RULE = rule(
    NAME,
    _judge,
    description="Only what this program creates, or what is known to be harmless, is attached or granted.",
    severity=Severity.HIGH,
    remediation="Create it in this program, or add an exception to the configuration of this rule.",
)
