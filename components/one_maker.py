"""Which component of this program makes a developer: a user is made once, and may join the groups of others.

Without this, somebody listed as a developer of two teams would pass the preview and fail in the middle of `up`
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
    """The component that makes a user of this program, and the user's name, which is there once the user is."""

    component: str
    user_name: pulumi.Output[str] | None = None


# What stands for one run of a program: in one process, a preview and an update, or two inline programs, are several.
this_run: Callable[[], object] = pulumi.runtime.settings.get_monitor

_makers: WeakKeyDictionary[object, dict[tuple[str, str, str], Maker]] = WeakKeyDictionary()


def maker(place: Place, developer: str) -> Maker | None:
    """Who makes this developer in this run, in this account. IAM ignores case in names."""
    return _makers.get(this_run(), {}).get(_key(place, developer))


def claim(place: Place, developer: str, component: str) -> Maker:
    """Make this component the maker, unless another one is; returns the maker.

    One of the same name is the same one: it is built again by a test, or refused by the engine.
    """
    makers = _makers.setdefault(this_run(), {})
    first = makers.setdefault(_key(place, developer), Maker(component))
    if first.component == component:
        first = makers[_key(place, developer)] = Maker(component)
    return first


def _key(place: Place, developer: str) -> tuple[str, str, str]:
    return place.partition, place.account, developer.lower()
