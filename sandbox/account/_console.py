"""The console's front door: user name, password and, with a device, MFA, in exchange for temporary credentials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from sandbox.account._call import Refused
from sandbox.account._callers import CONSOLE_SESSION
from sandbox.account._clock import now
from sandbox.account._moto import iam_backend

if TYPE_CHECKING:
    from sandbox.account._callers import Callers, Session


def sign_in(callers: Callers, *, user: str, password: str, mfa: bool = False, region: str = "us-east-1") -> Session:
    """What the sign-in page does; `mfa` stands for a code of the user's device, `region` tells the partition.

    Raises:
        Refused: as the page does not tell whether name or password is wrong, neither does this.
    """
    found = iam_backend(region).users.get(user)
    if found is None or not found.password or found.password != password:
        raise Refused("AccessDenied", "Your authentication information is incorrect. Please try again.", 403)
    if bool(found.mfa_devices) != mfa:
        raise Refused("AccessDenied", f"{user} has {'an' if found.mfa_devices else 'no'} MFA device.", 403)
    vars(found)["password_last_used"] = now().replace(tzinfo=None)  # as moto's dates
    return callers.open_session(found, lasts=CONSOLE_SESSION, mfa=mfa, console=True)


def console_credentials(
    endpoint: str, user: str, password: str, *, mfa: bool = False, region: str = "us-east-1"
) -> dict[str, str]:
    """Sign in to the account at `endpoint` from any process.

    Returns:
        The keyword arguments for a boto3 client or session that acts as this user in the console.
    Raises:
        PermissionError: the sign-in page refuses.
    """
    form = {"user": user, "password": password, "mfa": mfa, "region": region}
    request = Request(f"{endpoint}/sandbox/sign-in", json.dumps(form).encode())  # noqa: S310 - our own server
    try:
        with urlopen(request, timeout=30) as response:  # noqa: S310 - likewise
            credentials = json.load(response)
    except HTTPError as error:
        raise PermissionError(json.load(error)["error"]) from None
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
