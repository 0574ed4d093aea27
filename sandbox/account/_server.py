"""The account as a server: it starts quietly, answers AWS's API on a free port, and ends with its context."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sandbox.account._callers import ADMIN_ACCESS_KEY_ID
from sandbox.account._clock import set_now
from sandbox.account._gate import Gate, LoggedCall
from sandbox.account._http import served
from sandbox.account._moto import ACCOUNT_ID, empty_account
from sandbox.faults import Fault, FaultPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from _typeshed.wsgi import WSGIApplication

_backend_app = cache(create_backend_app)  # by service; what an account holds is elsewhere


@dataclass(frozen=True)
class Account:
    """Where the account answers, and the credentials of its administrator, who may do everything."""

    endpoint: str
    calls: list[LoggedCall] = field(repr=False)  # every call so far, oldest first
    faults: FaultPlan = field(repr=False)  # what goes wrong; `replace` it at any time
    application: WSGIApplication = field(repr=False)  # the endpoint without a socket, for this process
    account_id: str = ACCOUNT_ID
    region: str = "us-east-1"
    admin_access_key_id: str = ADMIN_ACCESS_KEY_ID
    admin_secret_access_key: str = field(default="unchecked", repr=False)  # Unlike AWS: signatures are not checked

    def set_now(self, instant: datetime) -> None:
        """Move the account's clock; it runs on from there."""
        set_now(instant)


@contextmanager
def simulated_account(
    faults: Iterable[Fault] = (),
    kill_engine: Callable[[], None] | None = None,
    region: str = "us-east-1",
    now: datetime | None = None,
) -> Iterator[Account]:
    """Run an empty account in this process; one at a time.

    Args:
        faults: what is to go wrong, see `sandbox.faults`.
        kill_engine: what a `kill` fault calls once its AWS call has taken effect; needed for that fault only.
        region: the administrator's own, which tells the partition ("cn-north-1" is in aws-cn).
        now: what the account's clock says at the start; the real time without it.

    Raises:
        ValueError: a `kill` fault without `kill_engine`.
    """
    plan = FaultPlan(faults, kill_engine)
    empty_account()
    set_now(now)
    gate = Gate(DomainDispatcherApplication(_backend_app), plan)
    with served(gate) as port:
        yield Account(f"http://127.0.0.1:{port}", gate.calls, plan, gate, region=region)
