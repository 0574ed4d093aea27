"""`team show --history`: since when each member has access, from the commits of a repository."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.team.conftest import Folder


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Folder, subject: str, names: str, stack: str = "dev") -> None:
    folder.write(stack, f"  codepipeline-access:developers: [{names}]\n")
    git(folder.path, "add", "-A")
    git(folder.path, "commit", "-q", "-m", subject)


def told(folder: Folder) -> dict[str, tuple[str, str]]:
    code, printed, errors = folder.team("show", "--history", "--format", "json")
    assert (code, errors) == (0, "")
    rows: list[dict[str, Any]] = json.loads(printed)
    return {row["name"]: (row["subject"], row["pull_request"]) for row in rows}


@pytest.fixture
def repository(folder: Folder) -> Folder:
    git(folder.path, "init", "-q", "-b", "main")
    commit(folder, "Begin", "jin")
    return folder


def test_each_member_has_the_commit_since_which_they_are_listed(repository: Folder) -> None:
    commit(repository, "Add mina (#12)", "jin, mina")
    commit(repository, "Remove jin", "mina")
    commit(repository, "Bring jin back", '"jin", mina')
    repository.write("dev", "  codepipeline-access:developers: [jin, mina, zoe]\n")
    assert told(repository) == {
        "jin": ("Bring jin back", ""),
        "mina": ("Add mina (#12)", "12"),
        "zoe": ("not committed yet", ""),
    }
    assert repository.team("show", "--history") == repository.team("show", "--history")


def test_renames_reverts_and_unreadable_versions_are_seen_through(repository: Folder) -> None:
    (repository.path / "Pulumi.dev.yaml").write_text("config: [\n")
    git(repository.path, "commit", "-q", "-a", "-m", "Break it")
    git(repository.path, "revert", "--no-edit", "HEAD")
    git(repository.path, "mv", "Pulumi.dev.yaml", "Pulumi.prod.yaml")
    git(repository.path, "commit", "-q", "-m", "Rename the stack")
    assert told(repository) == {"jin": ("Begin", "")}


def test_a_merge_is_where_a_branch_gave_access(repository: Folder) -> None:
    git(repository.path, "checkout", "-q", "-b", "mina")
    commit(repository, "wip", "jin, mina")
    git(repository.path, "checkout", "-q", "main")
    git(repository.path, "merge", "-q", "--no-ff", "-m", "Merge pull request #7 from helprr/mina", "mina")
    assert told(repository)["mina"] == ("Merge pull request #7 from helprr/mina", "7")


def test_a_part_of_a_history_is_refused_with_the_way_out(
    repository: Folder, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, "Add mina", "jin, mina")
    shallow = tmp_path_factory.mktemp("shallow") / "clone"
    git(repository.path, "clone", "-q", "--depth", "1", f"file://{repository.path}", str(shallow))
    monkeypatch.chdir(shallow)
    code, _, errors = repository.team("show", "--history")
    assert (code, errors) == (
        1,
        "This clone has only a part of the history. Get all of it: git fetch --unshallow\n",
    )


def test_a_folder_without_git_has_a_sentence(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("dev", "")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.path.parent))
    code, _, errors = folder.team("show", "--history")
    assert code == 1
    assert errors.startswith("git cannot tell the history: ")
