"""What the SDK tells the engine about each resource while it registers it."""

from __future__ import annotations

import os

import pulumi


def leave_out_debug_messages() -> None:
    """Send the engine no debug messages, unless the variable for the flag that shows them is set.

    For each resource the SDK sends four messages and waits for the engine's answer each time: a quarter of the time of
    a program of 1,000 resources (`debug` in pulumi.log, which has no setting for it). The engine shows them with
    `--debug` only. Programs are not told of that flag, but they see the variable that stands for it, as there is one
    for every flag: `PULUMI_OPTION_DEBUG=true pulumi preview` shows all messages.
    """
    if os.environ.get("PULUMI_OPTION_DEBUG", "").lower() not in ("true", "1"):
        vars(pulumi.log)["debug"] = _leave_out


def _leave_out(*_message: object, **_options: object) -> None:
    pass
