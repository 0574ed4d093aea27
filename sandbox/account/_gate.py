"""The way in: every call is checked against its caller and AWS's rules, done by moto or by us, and written down."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
import time
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request, Response

from sandbox.account._authorization import authorize, denied
from sandbox.account._call import Call, Refused, answer, answer_error, put_name, read_call
from sandbox.account._callers import Callers, in_own_name
from sandbox.account._clock import now, parse_instant, set_now
from sandbox.account._console import sign_in
from sandbox.account._moto import ACCOUNT_ID, iam_answer, notice
from sandbox.account._operations import do
from sandbox.account._resources import resources_of
from sandbox.account._rules import enforce
from sandbox.faults import SLOW_SECONDS, FaultPlan, parse_fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SECRET_PARAMETERS = frozenset({"Password", "OldPassword", "NewPassword", "WebIdentityToken"})
_ERROR_CODE = re.compile(rb'<Code>([\w.]+)</Code>|"__type": *"([\w.#]+)"')


@dataclass(frozen=True)
class LoggedCall:
    """A call that was made: in `parameters` no password, in `error` AWS's code or nothing."""

    time: float  # seconds since the epoch
    service: str
    action: str
    parameters: dict[str, Any]
    caller: str  # ARN
    error: str


class Gate:
    """A WSGI application in front of moto's."""

    def __init__(self, moto: WSGIApplication, faults: FaultPlan) -> None:
        self._moto = moto
        self._faults = faults
        self._callers = Callers()
        self._one_at_a_time = threading.Lock()  # a rule, what it guards, and the log of it are one step
        self.calls: list[LoggedCall] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if path == "/sandbox/calls":
            return _json([asdict(call) for call in self.calls])(environ, start_response)
        if path == "/sandbox/sign-in":
            return self._signed_in(Request(environ).get_json(force=True))(environ, start_response)
        if path == "/sandbox/faults":
            return self._replace_faults(Request(environ).get_data(as_text=True))(environ, start_response)
        if path == "/sandbox/now":
            return _moved_clock(Request(environ))(environ, start_response)
        call = read_call(environ)
        faults = self._faults.due(call.action)
        if "slow" in faults:
            time.sleep(SLOW_SECONDS)
        with self._one_at_a_time:
            response, caller = self._answered(call, environ, faults)
            self.calls.append(_logged(call, caller, response))
        if "kill" in faults and self._faults.kill_engine:
            self._faults.kill_engine()
        if {"drop", "kill"} & set(faults):
            return _hung_up(environ, start_response)
        return response(environ, start_response)

    def _answered(self, call: Call, environ: WSGIEnvironment, faults: list[str]) -> tuple[Response, str]:
        request_id, arn = str(uuid4()), ""
        try:
            caller = self._callers.of(call)
            arn = caller.arn
            _refuse(faults, call, arn)
            named = in_own_name(caller, call)
            if named is not call:
                put_name(environ, named.text("UserName"))
            authorize(caller, named)
            enforce(named)
            result = do(named, caller, self._callers)
            response = self._by_moto(named, environ) if result is None else answer(named, result, request_id)
            notice(call.action)
        except Refused as error:
            response = answer_error(call, error, request_id)
        return response, arn

    def _by_moto(self, call: Call, environ: WSGIEnvironment) -> Response:
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = ACCOUNT_ID  # or it looks through every partition, half a second at first
        try:
            if call.service == "iam" and call.protocol == "query":
                return iam_answer(environ)
            body, status, headers = run_wsgi_app(self._moto, environ, buffered=True)
        except Exception as error:  # moto raises whatever it likes at what it does not know
            raise Refused(
                "NotImplemented", f"AWS would have allowed this call; the sandbox does not implement it: {error!r}", 501
            ) from error
        return Response(body, status, headers)

    def _replace_faults(self, texts: str) -> Response:
        try:
            self._faults.replace(map(parse_fault, texts.split()))
        except ValueError as error:
            return Response(f"{error}\n", 400)
        return Response("")

    def _signed_in(self, form: dict[str, Any]) -> Response:
        try:
            session = sign_in(self._callers, **form)
        except Refused as error:
            return _json({"error": error.message}, 403)
        credentials = {name: value for name, value in session.credentials().items() if name != "Expiration"}
        return _json(credentials)


def _moved_clock(request: Request) -> Response:
    if request.method == "PUT":
        try:
            set_now(parse_instant(request.get_data(as_text=True).strip()))
        except ValueError as error:
            return Response(f"{error}\n", 400)
    return Response(f"{now().isoformat(timespec='seconds')}\n")


def _refuse(faults: list[str], call: Call, caller: str) -> None:
    if "throttle" in faults:
        raise Refused("Throttling", "Rate exceeded")
    if "error500" in faults:
        raise Refused(
            "ServiceFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
            500,
        )
    if "deny" in faults:
        why = f"because no identity-based policy allows the {call.service}:{call.action} action"
        raise denied(caller, call, resources_of(call)[0], why)


def _logged(call: Call, caller: str, response: Response) -> LoggedCall:
    error = ""
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        found = _ERROR_CODE.search(response.get_data())
        error = (found[1] or found[2]).decode().split("#")[-1] if found else str(response.status_code)
    shown = {name: value for name, value in call.parameters.items() if name not in _SECRET_PARAMETERS}
    return LoggedCall(time.time(), call.service, call.action, shown, caller, error)


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


def _hung_up(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """End the connection without an answer."""
    with contextlib.suppress(OSError):
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    return Response("")(environ, start_response)
