"""What adding, removing and the rest mean in stack files: the changes, and a sentence for each."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components import pgp_fingerprint
from team.changes import Append, Drop, Put
from team.stack_files import Refused, StackFile
from team.stack_yaml import LISTS, NAMESPACE, PEOPLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from team.changes import Change

MAX_COMPARED = 1_000  # names, for a hint
ALIKE = 0.8  # of difflib's ratio


@dataclass(frozen=True)
class Edit:
    """What is to change in one stack file (nothing, if all is there already), and what is told."""

    file: StackFile
    changes: tuple[Change, ...]
    says: str


def add(
    file: StackFile, name: str, *, until: str | None = None, pgp_key: str | None = None, existing: bool = False
) -> Edit:
    """List somebody in a stack, with an end and a PGP key where given.

    Args:
        file: of the stack.
        name: the user name.
        until: a day or an instant, as the stack file takes it.
        pgp_key: the public key, as the stack file takes it.
        existing: the user was made elsewhere and only joins the group.

    Raises:
        Refused: the stack lists the name under another letter case, or as somebody made elsewhere (or here).
    """
    wanted, other = ("existing", "developers") if existing else ("developers", "existing")
    _refuse_twins(file, name)
    if name in file.yaml.names(other):
        here = "was made elsewhere and only joins the group" if other == "existing" else "is made by this stack"
        raise Refused(f"{file.path.name}: {name} is listed in {other}: this user {here}. Remove {name} from it first.")
    changes: list[Change] = []
    said = []
    if name not in file.yaml.names(wanted):
        changes.append(Append(wanted, name))
        said.append(f"{name} is added to {wanted}")
    if until is not None and file.yaml.values("until").get(name) != until:
        changes.append(Put("until", name, until))
        said.append(f"the access of {name} ends {until}")
    if pgp_key is not None and file.yaml.values("pgpKeys").get(name) != pgp_key:
        changes.append(Put("pgpKeys", name, pgp_key))
        said.append(f"new passwords of {name} are encrypted for the PGP key {pgp_fingerprint(pgp_key)}")
    if not changes:
        return Edit(file, (), f"{file.path.name}: {name} is listed already; nothing to do.")
    return Edit(file, tuple(changes), f"{file.path.name}: {', '.join(said)}.")


def remove(file: StackFile, name: str) -> Edit:
    """Take somebody off every list and map of a stack.

    Raises:
        Refused: the stack lists the name under another letter case.
    """
    keys = [key for key in PEOPLE if name in file.yaml.names(key)]
    if not keys:
        _refuse_twins(file, name)
        return Edit(file, (), f"{file.path.name}: {name} is not listed; nothing to do.")
    return Edit(file, tuple(Drop(key, name) for key in keys), f"{file.path.name}: {name} is removed from {_and(keys)}.")


def reissue(file: StackFile, name: str) -> Edit:
    """Raise somebody's credential issue, which makes a new password.

    Raises:
        Refused: this stack does not make the user, or the issue is not a number.
    """
    _require(file, name)
    if name not in file.yaml.names("developers"):
        raise Refused(f"{file.path.name}: {name} was made elsewhere; only the maker of a user can issue a password.")
    current = file.yaml.values("credentialIssues").get(name, 1)
    if not isinstance(current, int) or isinstance(current, bool) or current < 1:
        raise Refused(f"{file.path.name}: {NAMESPACE}:credentialIssues of {name} is not a whole number from 1.")
    says = f"{file.path.name}: credential issue of {name} is raised from {current} to {current + 1}."
    return Edit(file, (Put("credentialIssues", name, current + 1),), says)


def extend(file: StackFile, name: str, until: str | None) -> Edit:
    """Set the end of somebody's access, or take it away (None).

    Raises:
        Refused: the stack does not list the name.
    """
    _require(file, name)
    ends = f"the access of {name} {f'ends {until}' if until else 'has no end'}"
    if file.yaml.values("until").get(name) == until:
        return Edit(file, (), f"{file.path.name}: {ends} already; nothing to do.")
    change = Drop("until", name) if until is None else Put("until", name, until)
    return Edit(file, (change,), f"{file.path.name}: {ends} now.")


def listed_in(files: Sequence[StackFile], name: str) -> list[StackFile]:
    """The stack files that say anything of somebody."""
    return [file for file in files if any(name in file.yaml.names(key) for key in PEOPLE)]


def why_nobody(files: Sequence[StackFile], name: str) -> str | None:
    """A sentence with a name that was probably meant, where nobody has this one; None where nobody's is near."""
    for file in files:
        known = _known(file)
        meant = _twin(known, name) or _near(known, name)
        if meant:
            return f"No stack file lists {name}. Did you mean {meant} ({file.path.name})?"
    return None


def _require(file: StackFile, name: str) -> None:
    known = [listed for key in LISTS for listed in file.yaml.names(key)]
    if name not in known:
        meant = _twin(known, name) or _near(known, name)
        hint = f"Did you mean {meant}?" if meant else f"Add them first: python -m team add {name} --stack {file.stack}"
        raise Refused(f"{file.path.name} does not list {name}. {hint}")


def _refuse_twins(file: StackFile, name: str) -> None:
    twin = _twin(_known(file), name)
    if twin:
        raise Refused(
            f'{file.path.name} lists "{twin}", not "{name}": IAM treats names that differ only in case as the same. '
            f"Write {twin}."
        )


def _known(file: StackFile) -> list[str]:
    return list(dict.fromkeys(name for key in PEOPLE for name in file.yaml.names(key)))


def _twin(known: Sequence[str], name: str) -> str | None:
    return next((listed for listed in known if listed != name and listed.lower() == name.lower()), None)


def _near(known: Sequence[str], name: str) -> str | None:
    """A name that this one may be a slip of; user1 and user2 are two people."""
    alike = [listed for listed in known[:MAX_COMPARED] if _letters(listed) != _letters(name)]
    near = difflib.get_close_matches(name, alike, n=1, cutoff=ALIKE)
    return near[0] if near else next((listed for listed in alike if _one_slip(listed, name)), None)


def _letters(name: str) -> str:
    return re.sub("[0-9]", "", name)


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two neighbours have changed places."""
    if one == other or min(len(one), len(other)) < 3:  # noqa: PLR2004 - of two letters, one is half the name
        return False
    ahead = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left, right = one[ahead:], other[ahead:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
