"""The account as a server on this machine: it starts quietly, answers AWS's API on a free port, and ends with its context."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT_ID = "123456789012"  # moto's default account


@dataclass(frozen=True)
class Account:
    """Where the account answers, and the administrator's credentials."""

    endpoint: str
    account_id: str = ACCOUNT_ID
    region: str = "us-east-1"
    admin_access_key_id: str = "AKIAIOSFODNN7EXAMPLE"  # the example key of AWS's documentation
    admin_secret_access_key: str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105 - likewise


@contextmanager
def simulated_account() -> Iterator[Account]:
    """Run an empty account in this process; one at a time."""
    from moto.core.config import default_user_config
    from moto.moto_api._internal.models import moto_api_backend
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app

    class QuietHandler(MotoRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept alive, as with AWS

        def log(self, type: str, message: str, *args: object) -> None:
            pass

    default_user_config["iam"] = {"load_aws_managed_policies": True}
    moto_api_backend.reset()
    server = make_server(
        "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=QuietHandler
    )
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Account(endpoint=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
