"""Registering without call stacks."""

from __future__ import annotations

import sys
import traceback

import pytest

from components.stack_traces import without_stack_traces


def test_the_limit_of_tracebacks_is_as_before_once_an_error_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    @without_stack_traces()
    def register() -> None:
        raise ValueError("stop")

    for before in (None, 7):
        if before:
            monkeypatch.setattr(sys, "tracebacklimit", before, raising=False)
        with pytest.raises(ValueError, match="stop") as caught:
            register()
        assert getattr(sys, "tracebacklimit", None) == before
        assert traceback.extract_tb(caught.tb)[-1].name == "register"
