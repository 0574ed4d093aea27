"""What the state tells of where in the program a resource was registered."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without_stack_traces() -> Iterator[None]:
    """Register resources without their call stacks, for those that a team has hundreds of.

    The SDK puts the call stack of every registration into the state (`_get_stack_trace` in pulumi.runtime.resource,
    which has no setting for it): 1.2 kB, half of what the state has of a developer, and the same for each of them.
    Buckets and folders get the whole state at every step of an update.
    """
    # Whoever extracts a stack heeds it, and so does the printing of a traceback, which comes after this is over.
    # https://docs.python.org/3/library/sys.html#sys.tracebacklimit
    before = getattr(sys, "tracebacklimit", None)
    sys.tracebacklimit = 1  # the SDK's own frame, which it leaves out; 0 would be an error in it
    try:
        yield
    finally:
        if before is None:
            del sys.tracebacklimit
        else:
            sys.tracebacklimit = before
