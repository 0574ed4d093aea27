"""The table of AWS managed policies is what its data set says today."""

import refresh_managed_policies as refresh

from managed_policies import CHANGING_PIPELINES, ESCALATING, HARMLESS


def test_the_table_is_current() -> None:
    """If not: .venv/bin/python policypack/refresh_managed_policies.py."""
    assert refresh.TARGET.read_text(encoding="utf-8") == refresh.generate()


def test_each_policy_stands_in_one_list_only() -> None:
    together = [*CHANGING_PIPELINES, *ESCALATING, *HARMLESS]
    assert len({name.lower() for name in together}) == len(together)
