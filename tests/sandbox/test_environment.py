"""Making a virtual environment from a lock file."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from sandbox.environment import PROJECT, uv_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NOWHERE = "http://127.0.0.1:9"  # nothing listens there
OFFLINE = {"PIP_INDEX_URL": NOWHERE, "PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0", "UV_NO_CONFIG": "1"}


def made(folder: Path, lock: str, **variables: str) -> subprocess.CompletedProcess[str]:
    lock_file = folder / "lock.txt"
    lock_file.write_text(lock)
    command = [sys.executable, "-m", "sandbox.environment", str(folder / "made"), str(lock_file)]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), **OFFLINE, **variables}
    return subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def wheel(folder: Path) -> str:
    """Put a package named mine into `folder`; returns its line in a lock file."""
    path = folder / "mine-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mine.py", "")
        archive.writestr("mine-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
        archive.writestr("mine-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("mine-1.0.dist-info/RECORD", "")
    return f"mine==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def test_an_environment_has_what_is_locked_from_where_pip_is_told_and_is_never_taken_for_whole_too_early(
    tmp_path: Path,
) -> None:
    lock = wheel(tmp_path)
    good = made(tmp_path, lock, PIP_FIND_LINKS=str(tmp_path), UV_OFFLINE="1")
    assert good.returncode == 0, good.stderr
    assert "pip does" not in good.stderr
    assert (tmp_path / "made" / ".installed").exists()
    subprocess.run([tmp_path / "made/bin/python", "-c", "import mine"], check=True)

    other = made(tmp_path, lock.replace("sha256:", "sha256:0")[:-2] + "\n", PIP_FIND_LINKS=str(tmp_path))
    assert other.returncode == 1
    assert other.stderr.splitlines()[-1].startswith(f"The packages of {tmp_path}/lock.txt could not be installed: ")
    assert "Traceback" not in other.stderr
    assert not (tmp_path / "made" / ".installed").exists()


def test_pips_settings_are_told_to_uv_unless_it_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    listed = "global.index-url='https://mirror.example/simple'\n:env:.cert='/certs.pem'\n:env:.default-timeout='180'\n"
    assert uv_settings(listed) == {"UV_DEFAULT_INDEX": "https://mirror.example/simple", "SSL_CERT_FILE": "/certs.pem"}
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://own.example/simple")
    assert uv_settings(listed) == {"SSL_CERT_FILE": "/certs.pem"}
