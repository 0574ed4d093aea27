"""The ways to a Pulumi CLI, one by one."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox.engine import download, find
from sandbox.engine.build import BUILD, MODULE
from sandbox.engine.on_path import engine_on_path
from sandbox.engine.unavailable import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


CACHED = f"pulumi-{version('pulumi')}-{BUILD}"


def put(folder: Path, name: str, script: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of one folder."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "codepipeline-access"


@pytest.fixture
def environment_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "environment").mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/install.sh"


def test_a_cli_on_the_path_with_its_language_host_is_taken(path: Path) -> None:
    put(path, "pulumi", "echo v3.219.0")
    put(path, "pulumi-language-python", "")
    assert engine_on_path() == path


@pytest.mark.parametrize(
    ("pulumi", "host", "reason"),
    [
        (None, True, "there is none on the PATH"),
        ("echo v3.190.0", True, "the one on the PATH is 3.190.0 (3.219.0 or newer is needed)"),
        ("echo v3.300.0", False, "the one on the PATH lacks pulumi-language-python"),
    ],
)
def test_a_cli_on_the_path_that_will_not_do_is_left_with_the_reason(
    path: Path, pulumi: str | None, host: bool, reason: str
) -> None:
    if pulumi:
        put(path, "pulumi", pulumi)
    if host:
        put(path, "pulumi-language-python", "")
    with pytest.raises(Unavailable, match=f"^{re.escape(reason)}$"):
        engine_on_path()


@pytest.mark.parametrize("script", ["exit 1", "echo hello", "kill -9 $$"])
def test_a_cli_that_does_not_say_its_version_is_left(path: Path, script: str) -> None:
    put(path, "pulumi", script)
    with pytest.raises(Unavailable, match="does not report its version"):
        engine_on_path()


@pytest.mark.usefixtures("environment_of_its_own", "path")
def test_what_is_in_the_cache_is_used_again_with_our_language_host(cache: Path) -> None:
    put(cache / CACHED / "bin", "pulumi", "echo v3.259.0")
    folder = find.engine_folder()
    assert folder == Path(sys.prefix) / "engine"
    assert (folder / "pulumi").read_text() == "#!/bin/sh\necho v3.259.0\n"
    assert "language_host.py" in (folder / "pulumi-language-python").read_text()
    assert sorted(file.name for file in folder.iterdir()) == ["pulumi", "pulumi-language-python"]


@pytest.mark.usefixtures("path")
def test_a_download_with_its_own_language_host_is_used_as_it_is(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(target: Path) -> None:
        put(target / "bin", "pulumi", "echo v3.259.0")
        put(target / "bin", "pulumi-language-python", "")

    monkeypatch.setattr(find, "download_engine", install)
    assert find.engine_folder() == cache / CACHED / "bin"


@pytest.mark.usefixtures("path", "environment_of_its_own")
def test_what_a_killed_run_left_half_made_is_cleared_away(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(cache / "half-made-1" / "bin", "pulumi", "echo v3.259.0")
    monkeypatch.setattr(find, "download_engine", lambda target: put(target / "bin", "pulumi", "echo v3.259.0"))
    find.engine_folder()
    assert sorted(file.name for file in cache.iterdir()) == ["lock", CACHED]


def test_a_download_that_gets_no_answer_gives_up(
    silent_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(download, "INSTALLER", silent_server)
    monkeypatch.setattr(download, "NO_ANSWER_SECONDS", 1)
    with pytest.raises(Unavailable, match=r"^the download got no answer within 1 s$"):
        download.download_engine(tmp_path)
    assert download.NO_ANSWER_SECONDS <= 10


@pytest.mark.engine
def test_a_cli_that_loads_its_word_lists_late_still_tells_what_looks_like_a_secret(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: any\nruntime: python\n")
    environment = os.environ | {
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/state",
        "PULUMI_CONFIG_PASSPHRASE": "any",
        "PULUMI_HOME": str(tmp_path / "home"),
    }

    cli = str(find.engine_folder() / "pulumi")

    def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [cli, *arguments, "--non-interactive"]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert pulumi("stack", "init", "dev").returncode == 0
    assert pulumi("config", "set", "password", "password123").returncode == 0  # in a list: easy to guess
    assert "looks like a secret" in pulumi("config", "set", "password", "xK9#mQ2vL7pR4tZw").stderr


def test_cli_sdk_and_pack_are_of_one_version() -> None:
    sdk = version("pulumi")
    assert f"github.com/pulumi/pulumi/pkg/v3 v{sdk}" in (MODULE / "go.mod").read_text()
    project = MODULE.parent.parent
    for name in ("requirements.txt", "requirements-dev.txt", "policypack/requirements.txt"):
        assert f"pulumi=={sdk} " in (project / name).read_text()
