"""What a preview warns of, though it is allowed."""

from __future__ import annotations

from pathlib import Path

import yaml

from components.developer_access import _warnings
from components.settings import Settings, checked_args
from components.stack_config import NAMESPACE

PROD = yaml.safe_load((Path(__file__).parents[2] / "Pulumi.prod.yaml").read_text())["config"]


def warnings(**settings: object) -> list[str]:
    checked: Settings = checked_args({"team": "helprr", "developers": ["jin", "mina"], **settings}, "It")
    return list(_warnings(checked, str))


def test_nothing_is_said_of_a_usual_team() -> None:
    assert warnings() == []


def test_a_team_without_the_deny_is_warned() -> None:
    (warning,) = warnings(deny_pipeline_changes=False)
    assert warning.startswith("without the explicit Deny, members can change pipelines as soon as any other policy")


def test_the_example_keys_that_nobody_can_decrypt_with_are_named() -> None:
    jins, leads = PROD[f"{NAMESPACE}:pgpKeys"]["jin"], PROD[f"{NAMESPACE}:handOverKey"]
    assert [warning.split(" ")[0] for warning in warnings(pgp_keys={"jin": jins}, hand_over_key=leads)] == [
        "pgp_keys.jin",
        "hand_over_key",
    ]
