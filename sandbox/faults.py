"""Faults on demand: make a chosen call between the plugin and AWS fail, once or every time.

A fault is written KIND:ACTION or KIND:ACTION:WHICH: `throttle:CreateUser`, `drop:CreateLoginProfile:2`,
`error500:AttachGroupPolicy:*`. WHICH is the number of the request for that action, from 1 and including retries; it
defaults to the first, and `*` means every request.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

KINDS: Final = {
    "throttle": "AWS answers 400 Throttling; the plugin retries",
    "deny": "AWS answers 403 AccessDenied",
    "error500": "AWS answers 500 ServiceFailure; the plugin retries",
    "slow": "the call takes 3 seconds longer",
    "drop": "the call takes effect, its answer never arrives; the plugin retries",
    "kill": "the call takes effect, then the engine is killed (SIGKILL)",
}
SLOW_SECONDS = 3.0


@dataclass(frozen=True)
class Fault:
    """One fault; `which` is None when every request is meant."""

    kind: str
    action: str
    which: int | None = 1

    def strikes(self, action: str, count: int) -> bool:
        """Whether this fault applies to the `count`th request for `action`."""
        return action.lower() == self.action.lower() and self.which in (None, count)


def parse_fault(text: str) -> Fault:
    """Read a fault as `--fault` takes it.

    Raises:
        ValueError: one sentence for the person who wrote it.
    """
    kind, _, rest = text.partition(":")
    action, _, which = rest.partition(":")
    if kind not in KINDS:
        raise ValueError(f"{text!r}: {kind!r} is not a kind of fault. The kinds are {', '.join(KINDS)}.")
    if not action.isidentifier():
        raise ValueError(f"{text!r} has no AWS action. Write it like this: {kind}:CreateUser")
    if which not in ("", "*") and not (which.isascii() and which.isdigit() and int(which) > 0):
        raise ValueError(f"{text!r}: {which!r} must be a number from 1, or *.")
    return Fault(kind, action, None if which == "*" else int(which or 1))


class FaultPlan:
    """The faults of one account, and how often each action was requested."""

    def __init__(self, faults: Iterable[Fault] = (), kill_engine: Callable[[], None] | None = None) -> None:
        self._lock = threading.Lock()
        self.kill_engine = kill_engine
        self.replace(faults)

    def replace(self, faults: Iterable[Fault]) -> None:
        """Replace the faults; counting starts again from 1.

        Raises:
            ValueError: a `kill` fault without a way to kill the engine.
        """
        faults = tuple(faults)
        if not self.kill_engine and any(fault.kind == "kill" for fault in faults):
            raise ValueError("A kill fault needs an engine, and none is running here.")
        with self._lock:
            self._faults = faults
            self._counts: Counter[str] = Counter()
            self._struck: set[Fault] = set()

    @property
    def planned(self) -> tuple[Fault, ...]:
        """What goes wrong, or did."""
        return self._faults

    @property
    def unused(self) -> list[Fault]:
        """What never went wrong, perhaps because no action is called so."""
        return [fault for fault in self._faults if fault not in self._struck]

    def due(self, action: str) -> list[str]:
        """Count a request for `action`; returns the kinds of fault that apply to it."""
        with self._lock:
            self._counts[action.lower()] += 1
            count = self._counts[action.lower()]
            due = [fault for fault in self._faults if fault.strikes(action, count)]
            self._struck.update(due)
            return [fault.kind for fault in due]
