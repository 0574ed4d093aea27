"""Who may import whom, what each room offers, and where each package is declared; read from the source."""

from __future__ import annotations

import ast
import io
import os
import re
import sys
import tokenize
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from walkthrough import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Room(NamedTuple):
    """What the code of a folder may import: of this project, and of which requirements file, or just some packages."""

    imports: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()


DEVELOPMENT = ("requirements.in", "requirements-dev.in")
ROOMS = {  # the longest that fits counts
    "__main__.py": Room(("components",), ("requirements.in",)),
    "components": Room(("components",), ("requirements.in",)),
    "components/console_login.py": Room(packages=("boto3", "botocore")),
    "plugin": Room(("components",), ("requirements.in",)),
    "team": Room(("team", "components"), ("requirements.in",), ("boto3", "botocore")),
    "policypack": Room(("policypack",), ("policypack/requirements.in",)),
    "policypack/iam": Room(("policypack/iam",)),
    "policypack/refresh_managed_policies.py": Room(("policypack",), DEVELOPMENT),
    "audit": Room(("audit", "policypack/iam"), ("audit/requirements.in",), ("boto3", "botocore")),
    "sandbox": Room(("sandbox",), DEVELOPMENT),
    "walkthrough": Room(("walkthrough", "sandbox"), DEVELOPMENT),
    "docs": Room(),
    ".github": Room(),
    "deploy": Room(("deploy", "components"), ("requirements.in",)),
    "bench": Room(("bench", "walkthrough", "policypack/iam"), (*DEVELOPMENT, "bench/requirements.in")),
    "bench/audit_exactness.py": Room(("audit", "tests/audit")),  # what a test checks, at a larger size
    "tests": Room(
        ("tests", "components", "team", "policypack", "audit", "sandbox", "walkthrough", "docs", "deploy"), DEVELOPMENT
    ),
}
SHARED = {"google.rpc": "googleapis-common-protos", "google.protobuf": "protobuf"}  # two packages, one folder
IGNORED = {".venv", "venv", ".git", ".mypy_cache", ".ruff_cache", "__pycache__"}


def sources() -> Iterator[Path]:
    """Every Python file of the project, by its path in it."""
    for folder, folders, files in os.walk(PROJECT):
        folders[:] = set(folders) - IGNORED
        paths = [Path(folder, name) for name in files if name.endswith(".py")]
        yield from (path.relative_to(PROJECT) for path in paths if not path.is_symlink())


SOURCES = sorted(sources())
OFFERING = [file for file in SOURCES if "\n__all__ = [" in "\n" + (PROJECT / file).read_text(encoding="utf-8")]


class Import(NamedTuple):
    """A module that a file imports, and the names that it takes from it."""

    file: Path
    module: str
    names: tuple[str, ...]


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse((PROJECT / file).read_text(encoding="utf-8"))


def statements(of: ast.AST) -> Iterator[ast.AST]:
    """All statements, however deep; there is no import in an expression."""
    for node in ast.iter_child_nodes(of):
        if not isinstance(node, ast.expr):
            yield node
            yield from statements(node)


def imports(file: Path) -> Iterator[Import]:
    for node in statements(tree_of(file)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, alias.name, ())
        elif isinstance(node, ast.ImportFrom):
            folder = file.parents[node.level - 1].parts if node.level else ()
            module = ".".join([*folder, *([node.module] if node.module else [])])
            yield Import(file, module, tuple(alias.name for alias in node.names))


@cache
def all_imports() -> list[Import]:
    return [found for file in SOURCES for found in imports(file)]


@cache
def room_of(file: Path) -> str:
    fitting = [room for room in ROOMS if file.is_relative_to(room)]
    assert fitting, f"{file} is in no room: give it one in ROOMS"
    return max(fitting, key=len)


@cache
def ours(module: str) -> Path | None:
    """The file or folder of this project that a module is; the pack's stand alone, as Pulumi runs it."""
    path = module.replace(".", "/")
    for start in ("", "policypack/"):
        for candidate in (f"{start}{path}", f"{start}{path}.py"):
            if (PROJECT / candidate).exists():
                return (PROJECT / candidate).relative_to(PROJECT)
    return None


def package_front(module: str) -> Path | None:
    found = ours(module)
    front = found / "__init__.py" if found else None
    return front if front and (PROJECT / front).exists() else None


def offered(front: Path) -> list[str] | None:
    """The `__all__` of a file."""
    for node in tree_of(front).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            names: list[str] = ast.literal_eval(node.value)
            return names
    return None


def test_no_room_imports_what_it_may_not_know() -> None:
    wrong = [
        f"{file} imports {module}"
        for file, module, _ in all_imports()
        if (found := ours(module)) and not any(found.is_relative_to(room) for room in ROOMS[room_of(file)].imports)
    ]
    assert wrong == []


def test_nobody_reaches_behind_the_door_of_another_room() -> None:
    wrong = []
    for file, module, names in all_imports():
        found = ours(module)
        top = file.parts[0]
        if not found or found.parts[0] == top or top == "tests":
            continue
        front = package_front(module)
        missing = set(names) - set((offered(front) if front else None) or names)
        private = [name for name in (*module.split("."), *names) if name.startswith("_")]
        modules = {name for name in missing if ours(f"{module}.{name}")}
        wrong += [f"{file}: {module}.{name}" for name in [*private, *(missing - modules)]]
    assert wrong == []


@pytest.mark.parametrize("file", OFFERING, ids=str)
def test_a_room_has_what_it_offers(file: Path) -> None:
    tree = tree_of(file)
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    has = {alias.asname or alias.name for node in imported for alias in node.names}
    has |= {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    has |= {ast.unparse(target) for node in tree.body if isinstance(node, ast.Assign) for target in node.targets}
    names = offered(file) or []
    assert len(names) == len(set(names))
    assert set(names) - has == set()


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(files: tuple[str, ...]) -> set[str]:
    """The packages of requirements files; an extra of type stubs is a package of its own."""
    found = set()
    for file in files:
        for line in (PROJECT / file).read_text(encoding="utf-8").splitlines():
            if match := re.match(r"([A-Za-z][\w.-]*)(?:\[([\w,-]+)\])?", line):
                found |= {normal(match[1]), *(normal(f"{match[1]}-{extra}") for extra in (match[2] or "").split(","))}
    return found


def installed_by(module: str, owners: Mapping[str, list[str]]) -> set[str]:
    """The packages that bring a module."""
    for shared, package in SHARED.items():
        if module.startswith(shared):
            return {package}
    top = module.partition(".")[0]
    return {normal(package) for package in owners.get(top, [top])}  # the benchmarks' peers are installed elsewhere


def test_each_imported_package_is_declared_where_it_is_imported() -> None:
    wrong = set()
    owners = packages_distributions()
    for file, module, _ in all_imports():
        if module.partition(".")[0] in {*sys.stdlib_module_names, "_typeshed"} or ours(module):
            continue
        room = ROOMS[room_of(file)]
        if not installed_by(module, owners) & (declared(room.declared) | set(room.packages)):
            wrong.add(f"{file} imports {module}: not declared in {room.declared or room.packages}")
    assert sorted(wrong) == []


def comments(file: Path) -> Iterator[tokenize.TokenInfo]:
    source = (PROJECT / file).read_text(encoding="utf-8")
    if "noqa" in source or "type: ignore" in source:  # reading tokens takes a while
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        yield from (token for token in tokens if token.type == tokenize.COMMENT)


def test_each_silencing_has_its_reason() -> None:
    silencing = re.compile(r"#\s*(noqa|type:\s*ignore)")
    with_reason = re.compile(r"# (noqa: [A-Z0-9, ]+ - |type: ignore\[[a-z, -]+\]  # )\w.*")
    wrong = [
        f"{file}, line {comment.start[0]}: {comment.string}"
        for file in SOURCES
        for comment in comments(file)
        if silencing.match(comment.string) and not with_reason.fullmatch(comment.string)
    ]
    assert wrong == []


def test_each_rule_that_is_switched_off_has_its_reason() -> None:
    text = (
        (PROJECT / "pyproject.toml")
        .read_text(encoding="utf-8")
        .partition("[tool.ruff.lint]")[2]
        .partition("\n[tool.ruff.lint.isort]")[0]
    )
    lines = [line for line in text.splitlines() if re.search(r'"[A-Z]+[0-9]*"', line)]
    assert [line for line in lines if not re.search(r"# \w", line) and 'select = ["ALL"]' not in line] == []
