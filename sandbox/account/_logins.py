"""Console passwords: moto forgets the forced reset, takes weak ones, and deletes the login in an update without one."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

from sandbox.account._call import Refused
from sandbox.account._clock import now

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend, User

    from sandbox.account._call import Call
    from sandbox.account._callers import Caller

# Without a password policy of the account's own: "Set an account password policy for IAM users", IAM User Guide.
_SHORTEST = 8
_KINDS_OF_CHARACTERS = 3
_SYMBOLS = "!@#$%^&*()_+-=[]{}|'"


def create_login_profile(call: Call, _caller: Caller, backend: IAMBackend) -> dict[str, Any]:
    """A console password for a user who has none."""
    user: User = backend.users[call.text("UserName")]
    if user.password:
        raise Refused("EntityAlreadyExists", f"Login Profile for user {user.name} already exists.", 409)
    _refuse_weak(call.text("Password"), user, backend)
    _set_password(user, call.text("Password"))
    vars(user)["login_made"] = now()
    user.password_reset_required = call.flag("PasswordResetRequired")
    return _shown(user)


def get_login_profile(call: Call, _caller: Caller, backend: IAMBackend) -> dict[str, Any]:
    """Since when there is one, which for moto is the day that the user was made."""
    return _shown(_with_login(backend, call.text("UserName")))


def update_login_profile(call: Call, _caller: Caller, backend: IAMBackend) -> dict[str, Any]:
    """Another password, or only whether it has to be changed."""
    user = _with_login(backend, call.text("UserName"))
    if "Password" in call.parameters:
        _refuse_weak(call.text("Password"), user, backend)
        _set_password(user, call.text("Password"))
    if "PasswordResetRequired" in call.parameters:
        user.password_reset_required = call.flag("PasswordResetRequired")
    return {}


def delete_login_profile(call: Call, _caller: Caller, backend: IAMBackend) -> dict[str, Any]:
    """No console any more."""
    user = _with_login(backend, call.text("UserName"))
    user.password, user.password_reset_required = None, False
    return {}


def change_password(call: Call, caller: Caller, backend: IAMBackend) -> dict[str, Any]:
    """The user's own; it ends the forced reset."""
    if caller.user_name is None:
        raise Refused("InvalidUserType", "Only IAM Users can change their own password.")
    user = _with_login(backend, caller.user_name)
    if call.text("OldPassword") != user.password:
        raise Refused("AccessDenied", "The old password was incorrect.", 403)
    if call.text("NewPassword") == user.password:
        raise _violation("Password does not conform to the account password policy.")
    _refuse_weak(call.text("NewPassword"), user, backend)
    _set_password(user, call.text("NewPassword"))
    user.password_reset_required = False
    return {}


def _set_password(user: User, password: str) -> None:
    user.password = password
    vars(user)["password_set"] = now()  # moto has no place for it


def _shown(user: User) -> dict[str, Any]:
    return {
        "LoginProfile": {
            "UserName": user.name,
            "CreateDate": vars(user)["login_made"],
            "PasswordResetRequired": user.password_reset_required,
        }
    }


def _with_login(backend: IAMBackend, name: str) -> User:
    user: User = backend.users[name]
    if not user.password:
        raise Refused("NoSuchEntity", f"Login Profile for User {name} cannot be found.", 404)
    return user


def _refuse_weak(password: str, user: User, backend: IAMBackend) -> None:
    has = {
        "lowercase letter": bool(set(password) & set(string.ascii_lowercase)),
        "uppercase letter": bool(set(password) & set(string.ascii_uppercase)),
        "number": bool(set(password) & set(string.digits)),
        "symbol": bool(set(password) & set(_SYMBOLS)),
    }
    policy = backend.account_password_policy
    if policy is None:
        if len(password) < _SHORTEST or sum(has.values()) < _KINDS_OF_CHARACTERS or password == user.name:
            raise _violation("Password does not conform to the account password policy.")
        return
    required = {
        "lowercase letter": policy.require_lowercase_characters,
        "uppercase letter": policy.require_uppercase_characters,
        "number": policy.require_numbers,
        "symbol": policy.require_symbols,
    }
    if len(password) < policy.minimum_password_length:
        raise _violation(f"Password should have a minimum length of {policy.minimum_password_length}")
    for kind in [kind for kind, wanted in required.items() if wanted and not has[kind]]:
        raise _violation(f"Password should have at least one {kind}")


def _violation(message: str) -> Refused:
    return Refused("PasswordPolicyViolation", message)
