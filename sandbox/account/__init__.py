"""A simulated AWS account: moto, with the rules that AWS has and moto lacks."""

from sandbox.account._console import console_credentials
from sandbox.account._gate import LoggedCall
from sandbox.account._server import Account, simulated_account

__all__ = ["Account", "LoggedCall", "console_credentials", "simulated_account"]
