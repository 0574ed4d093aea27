"""The table of AWS managed policies is what its data set says today."""

import json

import refresh_managed_policies as refresh

import managed_policies


def test_the_table_is_current() -> None:
    """If not: make refresh."""
    assert refresh.TARGET.read_text(encoding="utf-8") == refresh.generate()


def test_each_policy_stands_in_one_list_only() -> None:
    table = json.loads(managed_policies.FILE.read_text(encoding="utf-8"))
    together = [*table["changing_pipelines"], *table["escalating"], *table["harmless"]]
    assert len({name.lower() for name in together}) == len(together) == 1_582
