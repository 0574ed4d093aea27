"""The Pulumi CLI from source: built from Pulumi's published Go modules, each checked against go.sum.

One library is built to start later. zxcvbn says how hard a password is to guess, which the CLI asks in `config set`
alone; but it reads its lists of words, twice over, whenever the CLI starts, and that is half of a start.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
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
# Not made faster by inlining, which is a third of a package's compilation: large, and of no weight in an update.
NOT_INLINED = (
    "cloud.google.com/...",
    "github.com/Azure/...",
    "github.com/alecthomas/...",
    "github.com/aws/...",
    "github.com/go-git/...",
    "github.com/pb33f/...",
)
NO_DEBUGGING = "-dwarf=false"  # the linker would leave out what a debugger needs
LOADED_AT_EVERY_START = ("github.com/ccojocar/zxcvbn-go", "github.com/nbutton23/zxcvbn-go")
LOAD_WHEN_ASKED = (
    ("frequency/frequency.go", "func init() {", "func Load() {"),
    ("matching/matching.go", "func init() {\n\tloadFrequencyList()\n}\n", ""),
    # Its caller runs it where nothing is loaded yet.
    ("matching/matching.go", "func loadFrequencyList() {", "func loadFrequencyList() {\n\tfrequency.Load()"),
)
BUILD = 2  # is in the name of the cache's folder: count up when another CLI is built from the same modules
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
    with (
        tempfile.TemporaryDirectory() as folder,
        long_step("Building the Pulumi CLI from source (about 3 minutes, once)"),
    ):
        modules = _modules(Path(folder))
        options = [f"-modfile={modules}", "-mod=readonly", "-buildvcs=false", "-trimpath", "-tags", WITHOUT_GRPC]
        options += [f"-gcflags=all={NO_DEBUGGING}"]
        options += [f"-gcflags={packages}={NO_DEBUGGING} -l" for packages in NOT_INLINED]
        _go("build", *options, "-ldflags", flags, "-o", str(binary), CLI)
        sources = _source(SDK)
    shutil.copyfile(sources.joinpath("python", "cmd", EXEC_SCRIPT), target / "bin" / EXEC_SCRIPT)


def _modules(folder: Path) -> Path:
    """A go.mod in `folder` that is ours, but for the libraries that load their lists only when they are asked."""
    for name in ("go.mod", "go.sum"):
        shutil.copyfile(MODULE / name, folder / name)
    for number, library in enumerate(LOADED_AT_EVERY_START):
        copy = shutil.copytree(_source(library), folder / str(number))
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755)  # Go's folders are read-only
        (copy / "go.mod").write_text(f"module {library}\n")  # one of the two has none
        for name, theirs, ours in LOAD_WHEN_ASKED:
            text = (copy / name).read_text()
            if text.count(theirs) != 1:
                raise Unavailable(f"{library} is not as it was: {name} should have one {theirs!r}")
            (copy / name).write_text(text.replace(theirs, ours))
        _go("mod", "edit", f"-replace={library}={copy}", str(folder / "go.mod"))
    return folder / "go.mod"


def _source(module: str) -> Path:
    return Path(json.loads(_go("mod", "download", "-json", module))["Dir"])


def _go(*arguments: str) -> str:
    # An older Go fetches the toolchain that go.mod asks for; flags from outside could change what is built.
    environment = os.environ | {"GOTOOLCHAIN": "auto", "GOFLAGS": "", "GOWORK": "off"}
    environment["GOGC"] = "400"  # a compiler lives for seconds: it need not collect garbage so often
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
