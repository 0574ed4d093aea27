"""No verdict that a simulation contradicts: evaluators that share no code, on accounts at random.

bench/audit_exactness.py asks the same of 10,000 principals.
"""

from __future__ import annotations

from random import Random

import pytest

from audit.account import account_of
from audit.findings import Judge
from tests.audit.accounts import answer
from tests.audit.random_accounts import disagreements, entries, simulation_of


@pytest.mark.parametrize("seed", range(3))
def test_no_verdict_is_contradicted_by_a_simulation(seed: int) -> None:
    saved = answer(*entries(Random(seed), 40))  # noqa: S311 - no secret
    found, counted = disagreements(Judge(account_of(saved, "the answer")), simulation_of(saved))
    assert found == []
    assert {"can", "cannot"} <= counted.keys(), counted
