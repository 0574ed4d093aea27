"""The Pulumi CLI from source: built from Pulumi's published Go modules, each checked against go.sum."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from sandbox.engine.unavailable import Unavailable
from sandbox.progress import long_step

MODULE = Path(__file__).parent  # go.mod and go.sum are here
CLI = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK = "github.com/pulumi/pulumi/sdk/v3"
EXEC_SCRIPT = "pulumi-language-python-exec"  # runs a Python program for a language host; part of the SDK's module
WITHOUT_GRPC = (
    "disable_grpc_modules"  # of Google's storage client, which Pulumi reaches by HTTP: a tenth of all packages
)
BUILD_SECONDS = 3_600


def build_engine(target: Path, version: str) -> None:
    """Build the CLI into `target/bin`, with the script that runs Python programs beside it.

    Raises:
        Unavailable: no Go, or the build failed.
    """
    if shutil.which("go") is None:
        raise Unavailable("a build needs Go (1.25 or newer), which is not installed")
    flags = f"-s -w -X {SDK}/go/common/version.Version=v{version}"
    binary = target / "bin" / "pulumi"
    with long_step("Building the Pulumi CLI from source (about 5 minutes, once)"):
        options = ("-mod=readonly", "-buildvcs=false", "-trimpath", "-tags", WITHOUT_GRPC, "-ldflags", flags)
        _go("build", *options, "-o", str(binary), CLI)
        sources = _go("list", "-mod=readonly", "-m", "-f", "{{.Dir}}", SDK).strip()
    shutil.copyfile(Path(sources, "python", "cmd", EXEC_SCRIPT), target / "bin" / EXEC_SCRIPT)


def _go(*arguments: str) -> str:
    # An older Go fetches the toolchain that go.mod asks for; flags from outside could change what is built.
    environment = os.environ | {"GOTOOLCHAIN": "auto", "GOFLAGS": "", "GOWORK": "off"}
    # An interrupt in between would leave the build running.
    heeded = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    process = subprocess.Popen(  # noqa: S603 - a list of ours, no shell
        ["go", *arguments],  # noqa: S607 - the user's own Go
        cwd=MODULE,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that its compilers can be ended with it
    )
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, heeded)
        stdout, stderr = process.communicate(timeout=BUILD_SECONDS)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"the build took more than {BUILD_SECONDS // 60} minutes") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 9)
            process.wait()
    if process.returncode:
        lines = stderr.strip().splitlines() or [f"exit code {process.returncode}"]
        raise Unavailable(f"the build failed ({lines[-1]})")
    return stdout
