"""Every link in README.md, CONTRIBUTING.md and docs/ leads somewhere, and every command on them exists."""

from __future__ import annotations

import re
import shlex
import subprocess
from functools import cache, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from sandbox.engine import engine_folder
from tests.operations.aws import request
from tests.operations.pages import PAGES, PROJECT, anchors, inline_commands, links, sections

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.warm.interpreters import Interpreters

REPOSITORY = "https://github.com/helprr/codepipeline-access"
# Commands of everybody's machine; what they do is not ours to check.
PLAIN = {"cd", "cat", "cp", "curl", "done", "echo", "export", "for", "gh", "git", "gpg", "python3", "rm", "sed", "exit"}


def of_page(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(PROJECT)) for page in pages]


@pytest.mark.parametrize("name", of_page(PAGES))
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(name: str) -> None:
    page = PROJECT / name
    dead = []
    for link in links(page):
        target, _, anchor = link.partition("#")
        if "://" in link:
            continue
        file = (page.parent / target).resolve() if target else page
        there = file.exists() and file.is_relative_to(PROJECT)
        if not there or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            dead.append(link)
    assert dead == []


@cache
def help_text(*command: str) -> str:
    """What a command says of itself; empty if there is no such command."""
    program = str(engine_folder() / "pulumi") if command[0] == "pulumi" else command[0]
    done = subprocess.run(
        [program, *command[1:], "--help"], cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout if done.returncode == 0 else ""


def why_wrong(line: str, python: str) -> list[str]:
    """What is wrong with the simple commands of a line, if anything."""
    words = shlex.shlex(re.sub(r"\$\([^)]*\)", "SUBSTITUTED", line), posix=True, punctuation_chars="&|;<>")
    words.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in words:
        if set(word) <= set("&|;"):
            commands.append([])
        elif word != "do" and (commands[-1] or not re.fullmatch(r"\w+=.*", word)):
            commands[-1].append(word)
    return [why for command in commands if command and (why := _why_wrong(command, python))]


def _why_wrong(command: list[str], python: str) -> str | None:
    name, *words = command[: next((at for at, word in enumerate(command) if word in ("<", ">", ">>")), None)]
    if name in PLAIN:
        return None
    checks: dict[str, Callable[[list[str]], str | None]] = {
        "make": _make,
        "pulumi": _pulumi,
        "python": partial(_python, python),
        "aws": _aws,
    }
    check = checks.get(name.rsplit("/", maxsplit=1)[-1])
    return check(words) if check else f"{name} is not known here"


def _make(words: list[str]) -> str | None:
    makefile = (PROJECT / "Makefile").read_text()
    for word in words:
        name, is_variable, _ = word.partition("=")
        if not re.search(rf"\$\({name}\)" if is_variable else rf"^{re.escape(name)}:", makefile, re.MULTILINE):
            return f"the Makefile has no {word}"
    return None


def _pulumi(words: list[str]) -> str | None:
    if not words[0].startswith("-") and not re.search(rf"^ +{words[0]} ", help_text("pulumi"), re.MULTILINE):
        return f"pulumi has no {words[0]}"
    # The second word may be an argument: then Pulumi answers with the help of the first.
    plain = [word for word in words[:2] if re.fullmatch(r"[a-z][a-z-]*", word)]
    return _options(help_text("pulumi", *plain), words)


def _python(python: str, words: list[str]) -> str | None:
    if words[0] != "-m":
        return None if (PROJECT / words[0]).exists() else f"there is no {words[0]}"
    # The second word may be an argument: then the module answers for itself.
    module, *plain = [word for word in words[1:3] if re.fullmatch(r"[a-z][a-z_.-]*", word)]
    if not plain and not any(word.startswith("--") for word in words):
        return None if find_spec(module) else f"there is no module {module}"
    known = help_text(python, "-m", module, *plain) or help_text(python, "-m", module)
    return _options(known, words) if known else f"there is no module {module}"


def _options(text: str, words: list[str]) -> str | None:
    if "--" in words:  # what follows is another command's
        words = words[: words.index("--")]
    unknown = [word for word in words if word.startswith("--") and word.partition("=")[0] not in text]
    return f"it has no {unknown[0]}" if unknown else None


def _aws(words: list[str]) -> str | None:
    try:
        request(words[0], words[1], [word.replace("file://", "") for word in words[2:]], region="us-east-1")
    except (LookupError, ValueError) as error:
        return repr(error)
    return None


@pytest.fixture
def python(interpreters: Interpreters) -> str:
    """An interpreter that says quickly what a module says of itself."""
    return str(interpreters.environments[".venv"] / "bin/python")


@pytest.mark.engine  # asks pulumi for its commands
def test_every_command_on_a_page_exists_with_its_options(python: str) -> None:
    """All pages at once: most name the same commands, each of which is asked once for its help."""
    wrong = {
        f"{page.name}: {line}": why
        for page in PAGES
        for line in [*commands(page), *inline_commands(page)]
        if (why := why_wrong(line, python))
    }
    assert wrong == {}


def commands(page: Path) -> list[str]:
    return [line for section in sections(page) for line in [*(shown.command for shown in section.run), *section.listed]]


@pytest.mark.engine  # asks pulumi for its commands
@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("make tests", "the Makefile has no tests"),
        ("make up STAK=dev", "the Makefile has no STAK=dev"),
        ("pulumi preview --stack dev --expect-nothing", "it has no --expect-nothing"),
        ("pulumi previw", "pulumi has no previw"),
        ("python -m components.take_ver", "there is no module components.take_ver"),
        ("python -m components.hand_over jin --stak dev", "it has no --stak"),
        ("aws iam delete-user --user jin", "KeyError('user')"),
        ("terraform apply", "terraform is not known here"),
    ],
)
def test_a_wrong_command_would_be_found(command: str, why: str, python: str) -> None:
    assert why_wrong(command, python) == [why]


def test_links_to_the_repository_itself_name_files_that_are_there() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    paths = re.findall(rf"{REPOSITORY}/(?:blob|tree)/main/([^\s)#>]+)", text)
    assert [path for path in paths if not (PROJECT / path).exists()] == []
