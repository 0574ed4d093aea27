"""The `aws` and `random` plugins that the Pulumi CLI downloads, of the versions of the Python packages here."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.metadata import version
from typing import TYPE_CHECKING

from sandbox.command import Refusal
from sandbox.engine.cache import cache_folder, one_at_a_time
from sandbox.progress import long_step

if TYPE_CHECKING:
    from pathlib import Path

INSTALL_SECONDS = 600


class PluginsMissing(Refusal):
    """The official plugins are not available; the message says why."""


def official_plugins(binaries: Path) -> Path:
    """The folder that holds both plugins, for `plugins` in a Pulumi home; each is downloaded once.

    Args:
        binaries: where `pulumi` is.
    Raises:
        PluginsMissing: nothing is there, and the download failed.
    """
    home = cache_folder() / "official"
    for name in ("aws", "random"):
        number = version(f"pulumi-{name}")
        made = home / "plugins" / f"resource-{name}-v{number}"
        if not made.is_dir():
            with one_at_a_time("plugins"):
                if not made.is_dir():
                    _install(binaries, home, name, number)
    return home / "plugins"


def _install(binaries: Path, home: Path, name: str, number: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
    # A network that drops packets would block it forever.
    with long_step(f"Downloading the official {name} plugin {number} (up to several minutes, once)"):
        try:
            subprocess.run(  # noqa: S603 - a list of ours, no shell
                [binaries / "pulumi", "plugin", "install", "resource", name, number],
                env=kept | {"PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS,
                check=True,
            )
        except subprocess.TimeoutExpired:
            raise PluginsMissing(_sentence(f"the download took more than {INSTALL_SECONDS} s")) from None
        except subprocess.CalledProcessError as error:
            raise PluginsMissing(_sentence(_reason(error))) from None


def _reason(error: subprocess.CalledProcessError) -> str:
    """What made the last attempt fail, or else the last line."""
    said = str(error.stderr).strip()
    attempts = re.findall(r"Error downloading plugin: (.+)", said)
    return (attempts or said.removeprefix("error: ").splitlines() or [f"exit code {error.returncode}"])[-1]


def _sentence(reason: str) -> str:
    return f"The official plugins are not available: {reason}."
