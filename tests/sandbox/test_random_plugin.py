"""The stand-in for the random plugin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from sandbox.provider import stand_in_plugins
from tests.sandbox.plugin_client import Diff, PluginClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.account import Account

STRING = "random:index/randomString:RandomString"


@pytest.fixture
def random(account: Account) -> Iterator[PluginClient]:
    with stand_in_plugins(account) as ports, grpc.insecure_channel(f"127.0.0.1:{ports['random']}") as channel:
        yield PluginClient(channel)


@pytest.mark.parametrize(
    ("inputs", "pattern"),
    [
        ({"length": 6, "special": False, "upper": False}, "[a-z0-9]{6}"),
        ({"length": 8, "special": False, "lower": False, "upper": False}, "[0-9]{8}"),
        ({"length": 8, "numeric": False, "special": False, "minUpper": 8}, "[A-Z]{8}"),
        ({"length": 12, "lower": False, "upper": False, "numeric": False, "overrideSpecial": "_-"}, "[_-]{12}"),
    ],
)
def test_a_string_is_made_of_what_is_asked_for(random: PluginClient, inputs: dict[str, Any], pattern: str) -> None:
    resource_id, state = random.create(STRING, inputs)
    assert re.fullmatch(pattern, state["result"])
    assert resource_id == state["result"]


def test_a_value_stays_until_its_keepers_change(random: PluginClient) -> None:
    inputs = {"length": 6, "keepers": {"team": "a"}}
    resource_id, state = random.create(STRING, inputs)
    assert random.read(STRING, resource_id, state)[1] == state
    assert random.diff(STRING, state, inputs) == Diff()
    assert random.diff(STRING, state, {"length": 6, "keepers": {"team": "b"}}) == Diff(["keepers"], ["keepers"])
