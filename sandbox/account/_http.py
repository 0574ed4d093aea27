"""The account's HTTP server: connections are kept, and end with the account."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

_LAST_CALL_SECONDS = 5.0  # for calls that are being answered when the account ends
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


@contextmanager
def served(application: WSGIApplication) -> Iterator[int]:
    """Serve an application on a free port of this machine, which is yielded, until the context ends."""
    server = _Server("127.0.0.1", 0, application, _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        with contextlib.suppress(OSError):  # not everywhere; then the server looks after a twentieth of a second
            server.socket.shutdown(socket.SHUT_RDWR)  # which wakes it
        server.shutdown()
        server.server_close()
        server.hang_up()
        thread.join()


class _Server(ThreadedWSGIServer):
    daemon_threads = True

    def __init__(self, host: str, port: int, application: WSGIApplication, handler: type[_Handler]) -> None:
        super().__init__(host, port, application, handler)
        self.connections: set[socket.socket] = set()
        self.changed = threading.Condition()

    def hang_up(self) -> None:
        """End what clients have kept: the next account must not answer there."""
        with self.changed:
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self.changed.wait_for(lambda: not self.connections, _LAST_CALL_SECONDS)


class _Handler(MotoRequestHandler):
    """werkzeug's closes each connection after one request, and waits for the client to do so as well."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        with self.server.changed:
            self.server.connections.add(self.connection)

    def finish(self) -> None:
        super().finish()
        with self.server.changed:
            self.server.connections.discard(self.connection)
            self.server.changed.notify_all()

    def run_wsgi(self) -> None:
        try:
            body, status, headers = run_wsgi_app(self.server.app, self._environ_with_body(), buffered=True)
            self._send(b"".join(body), status, headers)
        except OSError:  # the other side, or a fault, has hung up
            self.close_connection = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        pass

    def _environ_with_body(self) -> WSGIEnvironment:
        """All of the body is read, so that what follows is the next request."""
        environ: dict[str, Any] = self.make_environ()
        length = environ.get("CONTENT_LENGTH")
        chunked = environ.get("wsgi.input_terminated", False)
        body = environ["wsgi.input"].read() if chunked else self.rfile.read(int(length or 0))
        return {**environ, "wsgi.input": io.BytesIO(body)}

    def _send(self, body: bytes, status: str, headers: Any) -> None:  # noqa: ANN401 - werkzeug's Headers
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        if self.command == "HEAD":
            self.send_header("Content-Length", headers.get("Content-Length", "0"))
        elif int(code) not in _WITHOUT_BODY:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and int(code) not in _WITHOUT_BODY:
            self.wfile.write(body)
