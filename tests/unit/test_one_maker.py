"""A user is made by one component of a run, in one account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components import one_maker
from components.policy_document import Place

if TYPE_CHECKING:
    import pytest

HERE, ELSEWHERE = Place("aws", "us-east-1", "123456789012"), Place("aws", "us-east-1", "999999999999")


class Run:
    pass


def test_the_first_component_makes_a_developer_in_any_case_of_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run()
    monkeypatch.setattr(one_maker, "this_run", lambda: run)
    assert one_maker.claim(HERE, "jin", "backend").component == "backend"
    assert one_maker.claim(HERE, "JIN", "mobile").component == "backend"
    assert one_maker.claim(ELSEWHERE, "jin", "mobile").component == "mobile"
    assert one_maker.maker(HERE, "mina") is None


def test_every_run_of_a_process_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = {name: Run() for name in ("preview", "update")}
    for name, run in runs.items():
        monkeypatch.setattr(one_maker, "this_run", lambda run=run: run)
        assert one_maker.maker(HERE, "jin") is None
        assert one_maker.claim(HERE, "jin", name).component == name
