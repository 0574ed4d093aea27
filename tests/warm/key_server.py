"""Stands in for HashiCorp's Vault as far as the engine needs it to keep a stack's key.

With a passphrase every command derives the key anew, by a million rounds of PBKDF2: 0.2 s of processor time, half of
what a command takes. Secrets are encrypted alike either way; with Vault, the key to them is kept with the stack, and
sealed and opened by a call each (https://developer.hashicorp.com/vault/api-docs/secret/transit).
Here sealing is a prefix.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRETS_PROVIDER = "hashivault://tests"
ENCRYPT, DECRYPT = "/v1/transit/encrypt/tests", "/v1/transit/decrypt/tests"
SEALED = "vault:v1:"


class _Handler(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == ENCRYPT:
            self._answer(200, {"data": {"ciphertext": SEALED + asked["plaintext"]}})
        elif self.path == DECRYPT and asked["ciphertext"].startswith(SEALED):
            self._answer(200, {"data": {"plaintext": asked["ciphertext"].removeprefix(SEALED)}})
        else:
            self._answer(400, {"errors": ["there is no such key"]})

    def _answer(self, status: int, answer: object) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def key_server() -> Iterator[dict[str, str]]:
    """Serve until the context ends; returns the variables that point the engine here."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield {"VAULT_SERVER_URL": f"http://127.0.0.1:{server.server_port}", "VAULT_SERVER_TOKEN": "tests"}
        server.shutdown()
        thread.join()
