"""What the variables of the Makefile do."""

from __future__ import annotations

import subprocess

import pytest

from walkthrough import PROJECT


@pytest.mark.parametrize(("variables", "options"), [([], "up  --stack dev"), (["YES=1"], "up --yes --stack dev")])
def test_make_up_asks_unless_told_yes(variables: list[str], options: str) -> None:
    done = subprocess.run(
        ["make", "--dry-run", "up", *variables], cwd=PROJECT, capture_output=True, text=True, timeout=30, check=True
    )
    assert f"pulumi {options} --policy-pack " in done.stdout
