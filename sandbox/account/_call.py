"""One request to the account: which action, with what parameters, signed by which key; and how to answer it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote_plus
from xml.sax.saxutils import escape

from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed.wsgi import WSGIEnvironment

_NO_SERVICE = "unsigned"
_UNSIGNED = frozenset({"AssumeRoleWithWebIdentity"})  # of STS: the token in it tells who asks


@dataclass(frozen=True)
class Call:
    """What is asked; `parameters` are nested as boto3 takes them."""

    service: str  # as in the signature: "iam", "codepipeline"
    action: str  # "CreateUser"; for REST services method and path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    access_key_id: str = ""
    region: str = "us-east-1"
    protocol: str = "query"  # or "json", "rest"

    def text(self, name: str, default: str = "") -> str:
        """A parameter as text; `default` where it is absent."""
        return str(self.parameters.get(name, default))

    def flag(self, name: str) -> bool:
        """A parameter as a boolean; False where it is absent."""
        return self.text(name).lower() == "true"


class Refused(Exception):
    """A refusal in AWS's own words."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


def read_call(environ: WSGIEnvironment) -> Call:
    """Read a request; its body can be read again."""
    access_key_id, region, service = _scope(environ.get("HTTP_AUTHORIZATION", ""))
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
    if not (target or form):
        action = f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '/')}"
        return Call(service, action, {}, access_key_id, region, "rest")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    _put_body(environ, body)
    if target:
        return Call(service, target.split(".")[-1], _json_object(body), access_key_id, region, "json")
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    action = fields.pop("Action", "")
    if service == _NO_SERVICE and action in _UNSIGNED:
        service = "sts"
    fields.pop("Version", None)
    return Call(service, action, nested(fields), access_key_id, region, "query")


def put_name(environ: WSGIEnvironment, user: str) -> None:
    """Add the parameter UserName to a request of the query protocol."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    _put_body(environ, body + b"&UserName=" + quote_plus(user).encode())


def nested(fields: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of AWS's query protocol: {"Tags.member.1.Key": "a"} is {"Tags": [{"Key": "a"}]}."""
    tree: dict[str, Any] = {}
    for name, value in fields.items():
        *parents, last = name.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[last] = value
    return {name: _lists(value) for name, value in tree.items()}


def answer_error(call: Call, error: Refused, request_id: str) -> Response:
    """The error in the protocol of the call."""
    headers = {"x-amzn-RequestId": request_id, "x-amzn-ErrorType": error.code}
    if call.protocol == "json" or (call.protocol == "rest" and call.service != "s3"):
        body = json.dumps({"__type": error.code, "message": error.message})
        return Response(body, error.status, headers, content_type="application/x-amz-json-1.1")
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if call.service == "s3":
        body = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    else:
        kind = "Receiver" if error.status >= 500 else "Sender"  # noqa: PLR2004 - HTTP
        error_xml = f"<Error><Type>{kind}</Type>{inner}</Error><RequestId>{request_id}</RequestId>"
        body = f"<ErrorResponse>{error_xml}</ErrorResponse>"
    return Response(body, error.status, headers, content_type="text/xml")


def answer(call: Call, result: Mapping[str, Any], request_id: str) -> Response:
    """A result in the protocol of the call, in the shape of botocore's model."""
    model = get_service_model(call.service).operation_model(call.action)
    serialized = get_serializer_class(call.service, call.protocol)(operation_model=model).serialize(dict(result))
    body = str(serialized["body"]).replace("request-id", request_id)
    return Response(body, 200, {"x-amzn-RequestId": request_id}, content_type="text/xml")


def _put_body(environ: WSGIEnvironment, body: bytes) -> None:
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))


def _scope(authorization: str) -> tuple[str, str, str]:
    """Access key, region and service of a signature (version 4)."""
    _, _, credential = authorization.partition("Credential=")
    parts = credential.split(",")[0].split("/")
    if len(parts) != 5:  # noqa: PLR2004 - key/date/region/service/aws4_request
        return "", "us-east-1", _NO_SERVICE
    return parts[0], parts[2], parts[3]


def _json_object(body: bytes) -> dict[str, Any]:
    parsed = json.loads(body or b"{}")
    return parsed if isinstance(parsed, dict) else {}


def _lists(value: Any) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(value, dict):
        return value
    members = value.get("member")
    if isinstance(members, dict):
        return [_lists(members[index]) for index in sorted(members, key=int)]
    return {name: _lists(item) for name, item in value.items()}
