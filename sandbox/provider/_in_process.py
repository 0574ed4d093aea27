"""boto3's requests to an account in the same process: written and read as ever, but not sent through a socket."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError
from moto.core.botocore_stubber import MockRawResponse
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


class _Line:
    """In place of the socket: a fault may hang up."""

    hung_up = False

    def shutdown(self, _how: int) -> None:
        self.hung_up = True


def in_process(application: WSGIApplication) -> Callable[..., AWSResponse]:
    """A handler of botocore's event `before-send`: the application answers, and nothing is sent.

    The handler raises `ConnectionClosedError`, as for a socket, where a fault hangs up.
    """

    def answered(request: AWSPreparedRequest, **_event: object) -> AWSResponse:
        line = _Line()
        body, status, headers = run_wsgi_app(application, _environ(request, line), buffered=True)
        if line.hung_up:
            raise ConnectionClosedError(endpoint_url=request.url)
        answer = HTTPHeaders.from_pairs(headers.items())
        return AWSResponse(request.url, int(status.split()[0]), answer, MockRawResponse(b"".join(body)))

    return answered


def _environ(request: AWSPreparedRequest, line: _Line) -> WSGIEnvironment:
    url = urlsplit(request.url)
    body = request.body.encode() if isinstance(request.body, str) else request.body  # bytes: nothing here sends a file
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(cast("bytes", body or b"")),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "werkzeug.socket": line,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = _text(value)
    return environ


def _text(header: object) -> str:
    """A header as text; some of botocore's are bytes, whatever its types say."""
    return header.decode() if isinstance(header, bytes) else str(header)
