"""What this run of the pack remembers from resource to resource: one object, empty at the start of every run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from iam import ListedException, ended_exception_for, exception_for
from made_here import MadeHere


@dataclass(frozen=True)
class NotYet:
    """A value that the preview cannot know; it is checked in `pulumi up`."""

    path: str
    what: str = ""
    """The field of Carrier that it stands in, where it is handed out."""


@dataclass(frozen=True)
class Reliance:
    """A resource that was accepted since a role can be taken by services only."""

    urn: str
    path: str
    role: str | None
    """None if nobody can know its name yet."""
    own: bool = False
    """Whether the resource makes the role itself."""


@dataclass
class RuleSettings:
    """What the configuration says of one rule, checked."""

    exceptions: tuple[ListedException, ...] = ()
    more_actions: tuple[str, ...] = ()
    permissions_boundary: str | None = None
    """A pattern for the ARN that every user needs as boundary; None if none is required."""
    problems: tuple[str, ...] = ()
    """Why its exceptions are not in force."""


@dataclass
class Memory:
    """Everything that one run knows beyond the resource at hand."""

    settings: Mapping[str, RuleSettings] = field(default_factory=dict)
    problems: Sequence[str] = ()
    """What is wrong with the configuration."""
    previews: bool = True
    """Whether values may be unknown."""
    made_here: MadeHere = field(default_factory=MadeHere)
    seen: set[str] = field(default_factory=set)
    """URNs of the resources that rules have looked at."""
    not_yet: list[tuple[str, NotYet]] = field(default_factory=list)
    """By the URN of the resource."""
    objected: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    """By rule, what each objection was about: the values that an exception could name."""
    refused: set[tuple[str, str]] = field(default_factory=set)
    """URN and path of what was handed out and refused."""
    handed_out: dict[str, list[tuple[str, str, object, str]]] = field(default_factory=dict)
    """By URN: field of Carrier, path, value, and the resource of a template that does it, or ""."""
    reliances: list[Reliance] = field(default_factory=list)

    def of(self, rule: str) -> RuleSettings:
        """The settings of a rule."""
        return self.settings.get(rule, _DEFAULT)

    def excuse(self, rule: str, values: tuple[str, ...]) -> ListedException | None:
        """The exception in force for an objection, which is remembered."""
        self.objected.setdefault(rule, []).append(values)
        return exception_for(self.of(rule).exceptions, *values)

    def why_not(self, rule: str, values: tuple[str, ...]) -> str:
        """A sentence on why no exception holds though one was meant to; "" if none was."""
        settings = self.of(rule)
        if settings.problems:
            return f" No exception of this rule is in force: {settings.problems[0]}"
        ended = ended_exception_for(settings.exceptions, *values)
        return f" Its exception {ended} has ended." if ended else ""


_DEFAULT = RuleSettings()


class _Current:
    """Holds the memory of the run that is under way."""

    def __init__(self) -> None:
        self.memory = Memory()


_current = _Current()


def memory() -> Memory:
    """The memory of this run."""
    return _current.memory


def start(settings: Mapping[str, RuleSettings], problems: Sequence[str]) -> None:
    """Begin a run with an empty memory."""
    _current.memory = Memory(settings=settings, problems=problems, previews=_current.memory.previews)
