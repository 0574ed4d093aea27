"""Which component of this program makes a developer: one component makes a user, who may join other groups.

Without this check, a developer listed in two teams would pass the preview and fail in the middle of `up`
(EntityAlreadyExists).
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

_makers: WeakKeyDictionary[object, dict[tuple[str, str, str], Maker]] = WeakKeyDictionary()


def maker(place: Place, developer: str) -> Maker | None:
    """Who makes this developer in this run, in this account. IAM ignores case in names."""
    return _makers.get(this_run(), {}).get(_key(place, developer))


def claim(place: Place, developer: str, component: str) -> Maker:
    """Make this component the maker, unless there is one already; returns the maker.

    A component of the same name counts as the same: a test builds it again, or the engine refuses it.
    """
    makers = _makers.setdefault(this_run(), {})
    first = makers.setdefault(_key(place, developer), Maker(component))
    if first.component == component:
        first = makers[_key(place, developer)] = Maker(component)
    return first


def _key(place: Place, developer: str) -> tuple[str, str, str]:
    return place.partition, place.account, developer.lower()
