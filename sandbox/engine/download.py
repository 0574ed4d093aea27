"""The Pulumi CLI by Pulumi's own installer, which the Automation API runs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox.engine.unavailable import Unavailable
from sandbox.progress import long_step

INSTALLER = "https://get.pulumi.com/install.sh"  # what pulumi.automation.PulumiCommand.install runs
NO_ANSWER_SECONDS = 10
INSTALL_SECONDS = 600

# Each runs in a child, which can be ended whatever it hangs in (name resolution has no deadline of its own).
PROBE = "import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=float(sys.argv[2])).read(1)"
INSTALL = "import sys; from pulumi.automation import PulumiCommand; PulumiCommand.install(root=sys.argv[1])"


def download_engine(target: Path) -> None:
    """Install the CLI of the SDK's version into `target`.

    Raises:
        Unavailable: the server does not answer within 10 s, or the installer failed.
    """
    try:
        _run([PROBE, INSTALLER, str(NO_ANSWER_SECONDS)], NO_ANSWER_SECONDS, os.environ)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"the download got no answer within {NO_ANSWER_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"the download failed ({_last_line(error)})") from None
    with tempfile.TemporaryDirectory() as folder, long_step("Downloading the Pulumi CLI (about 1 minute, once)"):
        # The installer's curl knows no deadline: without these a silent server would hold it for ever.
        limits = f"connect-timeout = {NO_ANSWER_SECONDS}\nspeed-limit = 1\nspeed-time = {NO_ANSWER_SECONDS}\n"
        Path(folder, ".curlrc").write_text(limits)
        try:
            _run([INSTALL, str(target)], INSTALL_SECONDS, os.environ | {"CURL_HOME": folder})
        except subprocess.TimeoutExpired:
            raise Unavailable(f"the download took more than {INSTALL_SECONDS} s") from None
        except subprocess.CalledProcessError as error:
            raise Unavailable(f"the official installer failed ({_last_line(error)})") from None


def _run(arguments: list[str], seconds: float, environment: os._Environ[str] | dict[str, str]) -> None:
    subprocess.run(  # noqa: S603 - a list of ours, no shell
        [sys.executable, "-c", *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=True,
        env=dict(environment),
    )


def _last_line(error: subprocess.CalledProcessError) -> str:
    lines = str(error.stderr).strip().splitlines()
    return lines[-1].removeprefix("urllib.error.URLError: ") if lines else f"exit code {error.returncode}"
