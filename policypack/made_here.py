"""What this program makes, remembered in the open: a rule sees one resource at a time and no dependencies.

A resource is registered, and so seen, before its name or ARN is known to anything that hands it out. To have been seen
is not to have been made: the rule made-before-use asks, when all resources are known, whether what hands something out
depends on what makes it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iam import is_role_of_a_service
from parts import Part
from resources import Makes
from template_text import Unreadable, object_of
from values import Made

_OWN_ARN = re.compile(
    r"arn:aws[a-z-]*:iam::(?:[0-9]{12}|\$\{AWS\.AccountId\}):(?:policy|role)(/.+)", re.ASCII
)  # in a template, of the account of the stack
_MADE_UP = re.compile(r"2[0-9]{13}[0-9a-f]{12}", re.ASCII)  # what the provider adds to a prefix: the time and a count
_MADE_UP_LENGTH = 26
_PREFIX_OF_TERRAFORM = "terraform-"  # what Terraform puts before a name that nobody chose; nobody else may


_NAMED = ("arns", "groups", "roles", "stack_sets")  # the others have ids that AWS makes up


@dataclass(frozen=True)
class Maker:
    """Something that a resource makes and others can name."""

    what: str
    """The field of Carrier whose values may name it: "arns", "groups"."""
    name: str = ""
    """Path and name of a policy or role, or a name; "" if AWS or the provider makes it up."""
    prefix: str = ""
    """How its path and name begin, where the provider completes it."""
    service_role: bool = False
    """Whether it is a role that only services can take that run nothing of the caller's."""


class MadeHere:
    """The makers that this run has seen so far."""

    def __init__(self) -> None:
        self._makers: set[Maker] = set()
        self._names: set[tuple[str, str]] = set()
        self._prefixes: set[tuple[str, str]] = set()
        self._service_roles: set[str] = set()

    def note(self, parts: Iterable[Part]) -> None:
        """Remember what `parts` make."""
        for part in parts:
            for maker in makers_of(part):
                self._makers.add(maker)
                self._names.add((maker.what, maker.name))
                if maker.prefix:
                    self._prefixes.add((maker.what, maker.prefix))
                if maker.service_role:
                    self._service_roles.add(maker.name.rpartition("/")[2])

    def has(self, what: str, value: object) -> bool:
        """Whether something that `value` names has been seen to be made; of what has no name, whether any has been."""
        what = kind_of(what)
        if isinstance(value, Made):
            return value.what == what  # judged where the template makes it
        if what not in _NAMED:
            return isinstance(value, str) and (what, "") in self._names
        name = name_of(what, value)
        if name is None:
            return False
        start, end = name[:-_MADE_UP_LENGTH], name[-_MADE_UP_LENGTH:]
        completed = (what, start) in self._prefixes and _MADE_UP.fullmatch(end) is not None
        return (what, name) in self._names or completed

    def has_service_role(self, name: str) -> bool:
        """Whether a role of that name has been seen that only services can take."""
        return name in self._service_roles

    @property
    def has_any_service_role(self) -> bool:
        """Whether any role has been seen that only services can take."""
        return bool(self._service_roles)


def kind_of(what: str) -> str:
    """What can be named by values of a field of Carrier: references name policies, as ARNs do."""
    return "arns" if what == "references" else what


def name_of(what: str, value: object) -> str | None:
    """Path and name of the policy or role that `value` names, or a name; None if there is none to be had."""
    if isinstance(value, dict) and what == "arns":  # a reference
        name = value.get("name", value.get("Name"))
        folder = value.get("path", value.get("Path")) or "/"
        return f"{folder}{name}" if isinstance(name, str) and isinstance(folder, str) else None
    if not isinstance(value, str):
        return None
    if what in ("arns", "roles"):
        own = _OWN_ARN.fullmatch(value)
        return own[1] if own else None
    return value.lower() if what == "groups" else value.partition(":")[0]  # a stack set's id is NAME:UUID


def makers_of(part: Part) -> Iterator[Maker]:
    """What the part makes that others can name; nothing where it may not be made."""
    makes = part.carrier.makes
    if makes is None or (part.template is not None and part.template.conditional):
        return
    service_role = bool(makes.trust) and is_service_role(part)
    if not makes.name:
        yield Maker(makes.what)
        return
    folders = [found.value for found in part.at(makes.path)] if makes.path else []
    names = [found.value for found in part.at(makes.name)]
    prefixes = [found.value for found in part.at(makes.prefix)] if makes.prefix and not names else []
    [folder] = folders if len(folders) == 1 else ["" if folders else "/"]
    if not isinstance(folder, str) or not folder:
        return
    if len(names) == 1 and isinstance(names[0], str):
        yield Maker(makes.what, name=_full_name(makes, folder, names[0]), service_role=service_role)
    elif len(prefixes) == 1 and isinstance(prefixes[0], str) and prefixes[0] not in ("", _PREFIX_OF_TERRAFORM):
        yield Maker(makes.what, prefix=f"{folder}{prefixes[0]}", service_role=service_role)
    elif makes.prefix and not names and not prefixes:
        yield Maker(makes.what, prefix=f"{folder}{_PREFIX_OF_TERRAFORM}", service_role=service_role)


def _full_name(makes: Makes, folder: str, name: str) -> str:
    if makes.what in ("arns", "roles"):
        return f"{folder}{name}"
    return name.lower() if makes.what == "groups" else name


def is_service_role(part: Part) -> bool:
    """Whether the part is a role that only services can take that run nothing of the caller's."""
    makes = part.carrier.makes
    if makes is None or not makes.trust:
        return False
    trusts = [found.value for found in part.at(makes.trust)]
    return bool(trusts) and all(is_role_of_a_service(_parsed(trust)) for trust in trusts)


def _parsed(trust: object) -> object:
    if not isinstance(trust, str):
        return trust
    try:
        return object_of(trust)
    except Unreadable:
        return None
