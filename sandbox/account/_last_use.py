"""When passwords and access keys were made and last used: what an audit of people asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.iam.models import AccessKeyLastUsed

from sandbox.account._call import Refused
from sandbox.account._clock import now
from sandbox.account._moto import ACCOUNT_ID

if TYPE_CHECKING:
    from datetime import datetime

    from moto.iam.models import AccessKey, IAMBackend, User

    from sandbox.account._call import Call
    from sandbox.account._callers import Caller

_COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)
_NO_CERTIFICATES = ["false", "N/A", "false", "N/A"]


def key_is_used(key: AccessKey, call: Call) -> None:
    """Remember when, for which service and in which region."""
    key.last_used = AccessKeyLastUsed(timestamp=now().replace(tzinfo=None), service=call.service, region=call.region)


def get_access_key_last_used(call: Call, _caller: Caller, backend: IAMBackend) -> dict[str, Any]:
    """Whose key it is, and its last use; moto looks through all keys of all users."""
    key: AccessKey | None = backend.access_keys.get(call.text("AccessKeyId"))
    if key is None:
        raise Refused("NoSuchEntity", f"The Access Key with id {call.text('AccessKeyId')} cannot be found", 404)
    used: dict[str, Any] = {"Region": "N/A", "ServiceName": "N/A"}
    if last := key.last_used:
        used = {"LastUsedDate": last.timestamp, "Region": last.region, "ServiceName": last.service}
    return {"UserName": key.user_name, "AccessKeyLastUsed": used}


def generate_credential_report(_call: Call, _caller: Caller, backend: IAMBackend) -> dict[str, Any]:
    """Ready at once; AWS makes one every four hours at most."""
    first = not backend.credential_report
    backend.credential_report = True
    return (
        {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}
        if first
        else {"State": "COMPLETE"}
    )


def get_credential_report(_call: Call, _caller: Caller, backend: IAMBackend) -> dict[str, Any]:
    """As it stands; moto's lacks the root user and where and for what keys were used."""
    if not backend.credential_report:
        raise Refused("ReportNotPresent", "Credential report not present", 410)
    root = ["<root_account>", f"arn:{backend.partition}:iam::{ACCOUNT_ID}:root", _date(None)]
    never = ["not_supported", "no_information", "not_supported", "not_supported", "false"]
    rows = [_COLUMNS, ",".join([*root, *never, *_key(None), *_key(None), *_NO_CERTIFICATES])]
    rows += [",".join(_row(user)) for user in backend.users.values()]
    return {"Content": "\n".join(rows).encode(), "ReportFormat": "text/csv", "GeneratedTime": now()}


def _row(user: User) -> list[str]:
    password = ["false", "N/A", "N/A", "N/A"]
    if user.password:
        used: datetime | None = vars(user)["password_last_used"]
        password = ["true", _date(used) if used else "no_information", _date(vars(user).get("password_set")), "N/A"]
    keys: list[AccessKey | None] = [*user.access_keys, None, None]
    return [
        user.name,
        user.arn,
        _date(user.create_date),
        *password,
        "true" if user.mfa_devices else "false",
        *_key(keys[0]),
        *_key(keys[1]),
        *_NO_CERTIFICATES,
    ]


def _key(key: AccessKey | None) -> list[str]:
    if key is None:
        return ["false", *["N/A"] * 4]
    last = key.last_used
    used = [_date(last.timestamp), last.region, last.service] if last else ["N/A"] * 3
    return ["true" if key.status == "Active" else "false", _date(key.create_date), *used]


def _date(instant: datetime | None) -> str:
    return f"{instant.replace(tzinfo=None).isoformat(timespec='seconds')}+00:00" if instant else "N/A"
