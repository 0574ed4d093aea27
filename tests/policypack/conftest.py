"""The pack as the engine sees it: a process that speaks the analyzer's protocol."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from hypothesis import settings

from tests.policypack.analyzer import Pack

settings.register_profile("unhurried", deadline=None)  # the machine may be busy with other tests
settings.load_profile("unhurried")
PACK = Path(__file__).parents[2] / "policypack"


@contextmanager
def serving(**variables: str) -> Iterator[Pack]:
    """A pack that runs with these environment variables."""
    command = [str(PACK / "venv/bin/python"), "-u", "-m", "pulumi.policy", "127.0.0.1:1", "."]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI")} | variables
    process = subprocess.Popen(command, cwd=PACK, env=environment, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Pack(channel)
    finally:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="session")
def running_pack() -> Iterator[Pack]:
    with serving() as pack:
        yield pack


@pytest.fixture
def pack(running_pack: Pack) -> Iterator[Pack]:
    """The running pack at the start of a preview, without configuration."""
    running_pack.run(preview=True)
    running_pack.configure()
    yield running_pack
    running_pack.configure()
