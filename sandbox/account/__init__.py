"""A simulated AWS account: moto, with the rules that AWS has and moto lacks."""

from sandbox.account._call import Refused
from sandbox.account._clock import parse_instant
from sandbox.account._console import console_credentials
from sandbox.account._decision import Question, Verdict, decide_with
from sandbox.account._gate import LoggedCall
from sandbox.account._server import Account, simulated_account
from sandbox.account._simulation import simulated
from sandbox.account._sts import web_identity_token

__all__ = [
    "Account",
    "LoggedCall",
    "Question",
    "Refused",
    "Verdict",
    "console_credentials",
    "decide_with",
    "parse_instant",
    "simulated",
    "simulated_account",
    "web_identity_token",
]
