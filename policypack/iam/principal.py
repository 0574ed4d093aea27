"""What all documents of a user, group or role decide together, in three answers.

Identity policies add up; a permissions boundary, or any other cap, leaves only what it allows as well; a Deny anywhere
wins. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

Each verdict is certain: "can" has a resource on which no Deny applies, not even one under a condition; "cannot" has
none on which anything may be allowed. What is left is "unknown", and never without a reason. An Allow under a
condition is a grant, as in `granted`; two of them in a row, of a policy and of its cap, may exclude each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from .matching import matches
from .reach import TooManyWays, example, find, reach

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .document import Document, Statement
    from .reach import Shape

Verdict = Literal["can", "cannot", "unknown"]

Variables = Mapping[str, "str | None"]
"""Names of policy variables in lower case ("aws:username"), and what they stand for; None if they stand for nothing."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_ARN_COLONS = 5
_TRIED_FIRST = 20  # patterns of a statement, before all are followed
_SERVICE = 2  # the field of an ARN


class Clause(NamedTuple):
    """A statement, as far as it concerns one action."""

    number: int  # 1 is the first statement of its document
    sid: str
    conditional: bool
    inverted: bool  # the patterns are those of a NotResource
    patterns: tuple[str, ...]
    has_variables: bool = True  # whether ${...} in them is a policy variable, or plain text


class Said(NamedTuple):
    """What a document says of one action."""

    allows: tuple[Clause, ...] = ()
    denies: tuple[Clause, ...] = ()


class At(NamedTuple):
    """A statement of one of several documents."""

    document: int
    """Which of the documents, from 0."""
    clause: Clause


@dataclass(frozen=True)
class Decision:
    """Whether an action is allowed anywhere, through what, and what stands against it."""

    verdict: Verdict
    ways: tuple[At, ...] = ()
    """The Allow statements that no Deny and no cap surely cancels."""
    denies: tuple[At, ...] = ()
    """Deny statements of the identity's documents that concern a part of that, or may do so under their condition."""
    caps: tuple[int, ...] = ()
    """The caps that leave only a part, may deny, or cannot be read."""
    unread: tuple[int, ...] = ()
    """The documents that cannot be read."""
    example: str = ""
    """A resource on which a "can" holds."""


def said_of(document: Document, action: str) -> Said:
    """Pick out what `document` says of `action`, which is given in full."""
    folded = action.lower()
    service = f"{folded.partition(':')[0]}:"
    if (
        service not in document.folded_actions
        and "*" not in document.folded_actions.split("\n")
        and "*:" not in document.folded_actions
        and not any(statement.names_excluded_actions for statement in document.statements)
    ):
        return NOTHING_SAID
    concerned = [statement for statement in document.statements if _concerns(statement, folded)]
    if not concerned:
        return NOTHING_SAID
    return Said(
        tuple(_clause(statement) for statement in concerned if statement.allows),
        tuple(_clause(statement) for statement in concerned if not statement.allows),
    )


def decide(
    documents: Sequence[Said | None],
    caps: Sequence[Sequence[Said | None]],
    resources: Sequence[Shape],
    variables: Variables,
) -> Decision:
    """Decide whether an action is allowed on any of `resources`.

    Args:
        documents: what each identity policy says of the action; None for one that nobody can read.
        caps: the same of each permissions boundary and whatever else must allow it too.
        resources: what the action can be asked for.
        variables: what is known of policy variables; those that are not named may stand for anything.
    """
    unread = tuple(index for index, said in enumerate(documents) if said is None)
    if not unread and not any(said.allows for said in documents if said):
        return Decision("cannot")
    case = _Case(documents, caps, resources, variables)
    ways: list[At] = []
    verdict: Verdict = "cannot"
    found_on = ""
    for index, said in enumerate(documents):
        for clause in said.allows if said else ():
            found, where = case.way(clause)
            if found != "cannot":
                ways.append(At(index, clause))
            if found == "can" and verdict != "can":
                verdict, found_on = "can", where
            elif found == "unknown" and verdict == "cannot":
                verdict = "unknown"
    if verdict == "cannot" and unread and case.way(_EVERYTHING)[0] != "cannot":
        verdict = "unknown"
    if verdict == "cannot":
        return Decision("cannot")
    return Decision(verdict, tuple(ways), case.denies_in_part(), case.caps_in_part(), unread, found_on)


NOTHING_SAID = Said()
_EVERYTHING = Clause(0, "", conditional=False, inverted=False, patterns=("*",))
EVERYTHING_ALLOWED = Said((_EVERYTHING._replace(sid="*"),))


def _clause(statement: Statement) -> Clause:
    return Clause(
        statement.number,
        statement.sid,
        statement.conditional,
        statement.names_excluded_resources,
        tuple(dict.fromkeys(statement.resources)),
        statement.has_variables,
    )


def _concerns(statement: Statement, folded: str) -> bool:
    """Whether a statement is about an action; in doubt an Allow is and a Deny is not.

    There is one doubt: AWS takes blanks in an action, and nobody knows whether it skips them.
    """
    in_doubt = statement.allows != statement.names_excluded_actions
    patterns = dict.fromkeys(statement.action_lines.lower().split("\n"))
    if in_doubt:
        patterns = dict.fromkeys(pattern.replace(" ", "") for pattern in patterns)
    named = any(pattern == "*" or matches(pattern, folded) for pattern in patterns)
    return named != statement.names_excluded_actions


class _Test(NamedTuple):
    """A clause made ready: whether it applies to a resource shows in the patterns that match it."""

    conditional: bool
    inverted: bool
    always: bool  # one of its patterns matches every resource
    bits: int  # its other patterns

    def applies(self, matched: int) -> bool:
        return (self.always or bool(self.bits & matched)) != self.inverted

    @property
    def never(self) -> bool:
        """Whether it applies to no resource."""
        return self.always if self.inverted else not (self.always or self.bits)


class _Case:
    """One action of one principal."""

    def __init__(
        self,
        documents: Sequence[Said | None],
        caps: Sequence[Sequence[Said | None]],
        resources: Sequence[Shape],
        variables: Variables,
    ) -> None:
        self.resources, self.variables = resources, variables
        self.patterns: dict[str, int] = {}  # pattern -> its bit
        self.known: dict[tuple[_Test, ...], tuple[Verdict, str]] = {}
        self.unread = any(said is None for said in documents)
        self.denies = [
            (At(index, clause), self._ready([clause]))
            for index, said in enumerate(documents)
            for clause in (said.denies if said else ())
        ]
        self.caps = [
            (
                self._ready([clause for said in cap if said for clause in said.allows]),
                self._ready([clause for said in cap if said for clause in said.denies]),
                any(said is None for said in cap),
            )
            for cap in caps
        ]
        self.all_denies = [test for _, tests in self.denies for test in tests]
        self.all_denies += [test for _, tests, _ in self.caps for test in tests]
        self.bits = 0
        for test in [*self.all_denies, *(test for allows, _, _ in self.caps for test in allows)]:
            self.bits |= test.bits
        self.any_unread = self.unread or any(unread for _, _, unread in self.caps)

    def way(self, clause: Clause) -> tuple[Verdict, str]:
        """What becomes of an Allow, and a resource on which it surely holds."""
        tests = tuple(self._ready([clause]))
        if tests not in self.known:
            self.known[tests] = self._way(tests)
        return self.known[tests]

    def _way(self, tests: Sequence[_Test]) -> tuple[Verdict, str]:
        try:
            if not self.any_unread:
                found = self._find(tests, lambda matched: self._surely(tests, matched))
                if found:
                    return "can", found
            maybe = self._find(tests, lambda matched: self._maybe(tests, matched))
        except TooManyWays:
            return "unknown", ""
        return ("unknown" if maybe else "cannot"), ""

    def denies_in_part(self) -> tuple[At, ...]:
        return tuple(at for at, tests in self.denies if tests)

    def caps_in_part(self) -> tuple[int, ...]:
        """The caps that do more than to let everything pass."""
        return tuple(
            index
            for index, (allows, denies, unread) in enumerate(self.caps)
            if unread or denies or not any(test.always and not test.conditional for test in allows)
        )

    def _maybe(self, tests: Sequence[_Test], matched: int) -> bool:
        """Whether it may be allowed, with all conditions and whatever cannot be read as one would wish."""
        return (
            _any_applies(tests, matched)
            and all(unread or _any_applies(allows, matched) for allows, _, unread in self.caps)
            and not any(test.applies(matched) for test in self.all_denies if not test.conditional)
        )

    def _surely(self, tests: Sequence[_Test], matched: int) -> bool:
        """Whether it is allowed, if the condition of one Allow is met."""
        if not _any_applies(tests, matched) or _any_applies(self.all_denies, matched):
            return False
        conditions = 0
        for allows in (tests, *(allows for allows, _, _ in self.caps)):
            applying = [test.conditional for test in allows if test.applies(matched)]
            if not applying:
                return False
            conditions += all(applying)
        return conditions <= 1

    def _find(self, tests: Iterable[_Test], wanted: Callable[[int], bool]) -> str | None:
        """As `find`, following only the patterns of `tests`, and of what denies and caps."""
        own = 0
        for test in tests:
            own |= test.bits
        used = [(pattern, bit) for pattern, bit in self.patterns.items() if (self.bits | own) >> bit & 1]
        # What comes to mind first usually does; to follow all patterns takes fifty times as long.
        for pattern in ("*", *[pattern for pattern, bit in used if own >> bit & 1][:_TRIED_FIRST]):
            text = example(self.resources, pattern)
            if text and wanted(sum(1 << bit for pattern, bit in used if matches(pattern, text))):
                return text
        return find(
            self.resources,
            [pattern for pattern, _ in used],
            lambda matched: wanted(sum(1 << bit for at, (_, bit) in enumerate(used) if matched >> at & 1)),
        )

    def _ready(self, clauses: Iterable[Clause]) -> list[_Test]:
        """The clauses without those that apply nowhere; a variable that may stand for anything is a condition."""
        return [test for clause in clauses for test in self._tests(clause) if not test.never]

    def _tests(self, clause: Clause) -> list[_Test]:
        plain: list[str] = []
        doubtful: list[str] = []
        for pattern in clause.patterns:
            _fill(pattern, self.variables if clause.has_variables else None, plain, doubtful)
        test = self._test(clause, plain, conditional=clause.conditional)
        if not doubtful:
            return [test]
        if clause.inverted:
            surely_left = self._test(clause, plain + doubtful, conditional=clause.conditional)
            return [surely_left, test._replace(conditional=True)]
        return [test, self._test(clause, doubtful, conditional=True)]

    def _test(self, clause: Clause, patterns: Iterable[str], *, conditional: bool) -> _Test:
        always, bits = False, 0
        for pattern in patterns:
            how_many = reach(self.resources, pattern)
            if how_many == "every":
                always = True
            elif how_many == "some":
                bits |= 1 << self.patterns.setdefault(pattern, len(self.patterns))
        return _Test(conditional, clause.inverted, always, 0 if always else bits)


def _any_applies(tests: Iterable[_Test], matched: int) -> bool:
    return any(test.applies(matched) for test in tests)


def _fill(pattern: str, variables: Variables | None, plain: list[str], doubtful: list[str]) -> None:
    """Add what `pattern` stands for to `plain`; to `doubtful` what it may stand for, depending on the request."""
    text, is_open = pattern, False
    if "${" in pattern and variables is not None:
        found = {name: _value(name, variables) for name in _VARIABLE.findall(pattern)}
        if any(value is None for value, _ in found.values()):
            return  # AWS: a variable without a value matches nothing
        is_open = not all(is_known for _, is_known in found.values())
        text = _VARIABLE.sub(lambda one: str(found[one[1]][0]), pattern)
    fields = text.split(":", _ARN_COLONS)
    if len(fields) > _SERVICE and fields[_SERVICE] != fields[_SERVICE].lower():  # whether AWS minds is nowhere written
        fields[_SERVICE] = fields[_SERVICE].lower()
        text, is_open = ":".join(fields), True
    missing = _ARN_COLONS + 1 - len(fields)
    if missing > 0 and len(fields) > 1 and not text.endswith("*"):
        # AWS completes an ARN by wildcards in all missing fields.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
        if "*" in text or "?" in text:
            is_open = True  # a wildcard may reach over the missing colons as well
            doubtful.append(text)
        text += ":*" * missing
    (doubtful if is_open else plain).append(text)


def _value(name: str, variables: Variables) -> tuple[str | None, bool]:
    """What a policy variable stands for, and whether that is certain; a default stands after a comma."""
    if name in _ESCAPED:
        return _ESCAPED[name], name == "$"
    key, _, default = name.partition(",")
    key = key.lower()
    if key not in variables:
        return "*", False
    value = variables[key]
    if value is None:
        return (default.strip(" '") or None), True
    return value, True


_ESCAPED = {"*": "?", "?": "?", "$": "$"}  # the characters themselves, for which patterns here have no sign
