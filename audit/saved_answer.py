"""Reading a saved answer of GetAccountAuthorizationDetails, whoever saved it: this command or the AWS CLI."""

from __future__ import annotations

import hashlib
import json
import stat
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 512 * 1024 * 1024  # above what AWS's quotas allow an account to have
WRITTEN_TWICE = "\0 a name occurs twice"  # a name that nothing has: whoever reads the object refuses it


class NoAnswer(Exception):
    """There is nothing to judge; the text is one sentence."""


def read_saved_answer(path: Path) -> tuple[dict[str, Any], str]:
    """Read a file; gives what it holds, and its SHA-256.

    Raises:
        NoAnswer: it cannot be read, or is no JSON object.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise NoAnswer(f"{path} is not a file.")
        if path.stat().st_size > MAX_BYTES:
            raise NoAnswer(f"{path} has more than {MAX_BYTES // 2**20} MB: no account is that large.")
        content = path.read_bytes()
    except OSError as error:
        raise NoAnswer(f"{path} cannot be read: {(error.strerror or 'it is not a file').lower()}.") from None
    except ValueError:
        raise NoAnswer("The name of the file cannot be a file's name.") from None
    digest = hashlib.sha256(content).hexdigest()
    what = f"{path} is not a saved answer of GetAccountAuthorizationDetails"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoAnswer(f"{what}: it is not UTF-8.") from None
    del content  # up to 100 MB, while the text and what is made of it are there as well
    return _parsed(text, what), digest


def decoded_object(document: object) -> object:
    """A document as an object, whatever form it came in; what is no JSON is left as it is."""
    if not isinstance(document, str):
        return document
    try:
        return _DECODER.decode(decoded_text(document))
    except (ValueError, RecursionError):
        return document


def decoded_text(document: str) -> str:
    """The JSON text of a document: the API gives it URL-encoded, where every "{" is "%7B"."""
    return document if document.lstrip().startswith("{") else unquote(document)


def _parsed(text: str, what: str) -> dict[str, Any]:
    try:
        answer = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NoAnswer(f"{what}: {_why(error)} (line {error.lineno}, column {error.colno}).") from None
    except RecursionError:
        raise NoAnswer(f"{what}: it is nested too deeply.") from None
    if not isinstance(answer, dict):
        raise NoAnswer(f"{what}: it is not a JSON object.")
    return answer


def _why(error: json.JSONDecodeError) -> str:
    if not error.doc.strip():
        return "it is empty"
    if error.pos >= len(error.doc.rstrip()) - 1 or error.msg.startswith("Unterminated string"):
        return "it ends in the middle"
    return f"it is not JSON, {error.msg[:1].lower()}{error.msg[1:]}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        made[WRITTEN_TWICE] = True
    elif made.get("IsDefaultVersion") is False:
        made.pop("Document", None)  # nobody asks for what is not in force, and it is most of a large account
    if made.keys() == _ATTACHED and all(isinstance(value, str) for value in made.values()):
        return _attached(made["PolicyName"], made["PolicyArn"])
    for name in made.keys() & _REPEATED:
        if isinstance(made[name], str):
            made[name] = sys.intern(made[name])
    return made


@lru_cache(maxsize=20_000)
def _attached(name: str, arn: str) -> dict[str, Any]:
    """One object for all who have the policy: a large account has a million such entries."""
    return {"PolicyName": name, "PolicyArn": arn}


def _refuse(_name: str) -> NoReturn:
    raise json.JSONDecodeError("It has NaN or Infinity", "NaN", 0)


_ATTACHED = frozenset({"PolicyName", "PolicyArn"})
_REPEATED = frozenset({"PermissionsBoundaryArn", "Path"})
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=float, parse_constant=_refuse)
