"""Which component of this program makes a user or a group: only one can, and its users may join other groups.

Without this check, a developer listed in two teams, or a team named twice, would pass the preview and fail in the
middle of `up` (EntityAlreadyExists).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import pulumi

if TYPE_CHECKING:
    from collections.abc import Callable

    from components.policy_document import Place


@dataclass
class Maker:
    """The component that makes a user, and the user's name, which is set once the user is registered."""

    component: str
    user_name: pulumi.Output[str] | None = None


# Identifies one run of a program: one process can run a preview and an update, or two inline programs.
this_run: Callable[[], object] = pulumi.runtime.settings.get_monitor

_makers: WeakKeyDictionary[object, dict[tuple[str, ...], Maker]] = WeakKeyDictionary()


def maker(place: Place, developer: str) -> Maker | None:
    """Who makes this developer in this run, in this account. IAM ignores case in names."""
    return _makers.get(this_run(), {}).get(_key(place, "user", developer))


def claim(place: Place, name: str, component: str, what: str = "user") -> Maker:
    """Make this component the maker of a user or group, unless there is one already; returns the maker.

    A component of the same name counts as the same: a test builds it again, or the engine refuses it.
    """
    makers = _makers.setdefault(this_run(), {})
    first = makers.setdefault(_key(place, what, name), Maker(component))
    if first.component == component:
        first = makers[_key(place, what, name)] = Maker(component)
    return first


def _key(place: Place, what: str, name: str) -> tuple[str, ...]:
    return place.partition, place.account, what, name.lower()
