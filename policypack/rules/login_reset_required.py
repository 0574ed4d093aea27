"""The first password is known to whoever handed it over, so the first sign-in must change it."""

from collections.abc import Iterator

from pulumi_policy import Severity

from memory import NotYet
from parts import Part
from rules import Case, Objection, rule
from values import UNKNOWN, Found, walk

_PROFILE = "aws:iam/userLoginProfile:UserLoginProfile"
_USER = "aws-native:iam:User"


def _judge(case: Case) -> Iterator[Objection | NotYet]:
    for part in case.parts:
        users = tuple(f"user/{found.value}" for found in part.found("owner") if isinstance(found.value, str))
        for reset in _resets(part):
            if reset.value is UNKNOWN:
                yield NotYet(reset.path)
            elif reset.value is not True:
                text = f"{reset.path} is not true. Set it, so that the first sign-in asks for a new password."
                yield Objection(reset.path, text, users)


def _resets(part: Part) -> Iterator[Found]:
    """What each login profile of the part says; None where it says nothing."""
    if part.resource_type == _PROFILE:
        yield from part.written("passwordResetRequired")
    elif part.resource_type == _USER:
        for profile in part.at("loginProfile"):
            if profile.value is None:
                continue
            name = "PasswordResetRequired" if part.capitalized else "passwordResetRequired"
            path = f"{profile.path}.{name}"
            yield from walk(profile.value, [name], profile.path) or [Found(path, None)]


RULE = rule(
    "login-reset-required",
    _judge,
    description="A temporary password must be changed at the first sign-in.",
    severity=Severity.MEDIUM,
    remediation="Set passwordResetRequired to true.",
)
