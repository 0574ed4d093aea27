"""The stack files of a folder: found, read all of them, and written together or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from team.go_yaml import Unreadable
from team.stack_yaml import StackYaml, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Refused(Exception):
    """Why a command does nothing; a sentence a line, for whoever typed it."""


@dataclass(frozen=True, eq=False)
class StackFile:
    """`Pulumi.STACK.yaml` as it was read; `target` is the file itself where `path` is a link."""

    stack: str
    path: Path
    target: Path
    content: bytes
    yaml: StackYaml

    @property
    def text(self) -> str:
        """The content as text, with its own line ends."""
        return self.yaml.text


def stack_files(folder: Path) -> list[StackFile]:
    """Read all stack files of a folder, by name.

    Raises:
        Refused: there are none, or not all of them can be read; with a sentence for each.
    """
    paths = sorted(path for path in folder.glob("Pulumi.*.yaml") if path.name != "Pulumi.yaml")
    if not paths:
        raise Refused(f"There is no stack file Pulumi.STACK.yaml in {folder.resolve()}. Run this where Pulumi.yaml is.")
    found, problems = [], []
    for path in paths:
        try:
            found.append(_read(path))
        except Refused as reason:  # noqa: PERF203 - every file's problem is told
            problems.append(str(reason))
    if problems:
        raise Refused("\n".join([*problems, "Nothing was changed."]))
    return found


def _read(path: Path) -> StackFile:
    try:
        target = path.resolve(strict=True)
        if not stat.S_ISREG(target.stat().st_mode):
            raise Refused(f"{path.name} is not a file.")
        content = target.read_bytes()
    except (OSError, RuntimeError) as error:  # RuntimeError: a link in a circle, up to Python 3.12
        raise Refused(f"{path.name} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    try:
        yaml = read(content.decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused(f"{path.name}, line {line}: not UTF-8. Save it as UTF-8.") from None
    except Unreadable as reason:
        raise Refused(f"{path.name}{reason}") from None
    return StackFile(path.name.removeprefix("Pulumi.").removesuffix(".yaml"), path, target, content, yaml)


def write(texts: Mapping[StackFile, str]) -> None:
    """Write the stack files anew, each at once (never half of it), all of them or none.

    Raises:
        Refused: one is read-only, or was changed since it was read; nothing is written then.
    """
    files = list(texts)
    problems = [problem for file in files for problem in _why_not_writable(file)]
    if problems:
        raise Refused("\n".join([*problems, "Nothing was changed."]))
    with contextlib.ExitStack() as unfinished:
        prepared = [
            (file, unfinished.enter_context(_beside(file.target, texts[file].encode(), file.path.name)))
            for file in files
        ]
        _refuse_changed(files)
        done: list[StackFile] = []
        for file, new in prepared:
            try:
                new.replace(file.target)
            except OSError as error:
                _put_back(done)
                raise Refused(f"{file.path.name} cannot be written: {error.strerror}.\nNothing was changed.") from None
            done.append(file)


def _why_not_writable(file: StackFile) -> Iterator[str]:
    mode = file.target.stat().st_mode if file.target.exists() else 0
    if not mode & 0o222 or not os.access(file.target, os.W_OK):
        yield f"{file.path.name} is read-only. Make it writable: chmod u+w {file.path.name}"


def _refuse_changed(files: Sequence[StackFile]) -> None:
    for file in files:
        try:
            same = file.target.read_bytes() == file.content
        except OSError:
            same = False
        if not same:
            raise Refused(
                f"{file.path.name} was changed by somebody else meanwhile. Nothing was changed; run it again."
            )


@contextlib.contextmanager
def _beside(target: Path, content: bytes, name: str) -> Iterator[Path]:
    """A new file in the same folder with the target's mode; it is gone afterwards unless it was moved."""
    try:
        descriptor, text = tempfile.mkstemp(prefix=".stack-file-", dir=target.parent)
    except OSError as error:
        raise Refused(f"{name} cannot be written: {error.strerror}.\nNothing was changed.") from None
    new = Path(text)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        status = target.stat()
        new.chmod(stat.S_IMODE(status.st_mode))
        with contextlib.suppress(OSError):  # only root may give a file away
            os.chown(new, status.st_uid, status.st_gid)
        yield new
    except OSError as error:
        raise Refused(f"{name} cannot be written: {error.strerror}.\nNothing was changed.") from None
    finally:
        new.unlink(missing_ok=True)


def _put_back(files: Sequence[StackFile]) -> None:
    for file in files:
        with contextlib.suppress(OSError):
            file.target.write_bytes(file.content)
