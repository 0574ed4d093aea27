"""`team show --history`: since when each member has access, from the commits of a repository."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.team.conftest import write

if TYPE_CHECKING:
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


PROD = (Path(__file__).parents[2] / "Pulumi.prod.yaml").read_text()
KEY = PROD[PROD.index("      -----BEGIN") :]
FINGERPRINT = "E4088F3ADEB0A3DD3D4A7EAAF74BD6FFE0072953"


def commit_text(folder: Path, subject: str, text: str, day: str, stack: str = "dev") -> None:
    write(folder, stack, text)
    git(folder, "add", "-A")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GIT_COMMITTER_DATE", f"{day}T12:00:00+09:00")
        git(folder, "commit", "-q", "-m", subject)


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one change in each month of 2026; only ever copied."""
    folder = tmp_path_factory.mktemp("year")
    git(folder, "init", "-q", "-b", "main")
    developers, existing = "  codepipeline-access:developers: [{}]\n", "  codepipeline-access:existing: [{}]\n"
    commit_text(folder, "Begin", developers.format("jin, mina"), "2026-01-15")
    git(folder, "tag", "v1")
    until = '  codepipeline-access:until: {mina: "2026-12-31"}\n'
    commit_text(
        folder, "Mina stays until the end of the year (#3)", developers.format("jin, mina") + until, "2026-02-15"
    )
    commit_text(folder, "Break it", developers.format("jin, ] mina"), "2026-03-15")
    text = developers.format("jin, mina") + until.replace("2026-12-31", "2027-03-31")
    commit_text(folder, "Mend it, and extend", text, "2026-04-15")
    text += "  codepipeline-access:credentialIssues: {jin: 2}\n"
    commit_text(folder, "Lost password", f"{text}  codepipeline-access:pgpKeys:\n    jin: |\n{KEY}", "2026-05-15")
    git(folder, "tag", "v2")
    commit_text(folder, "Jin's user is another stack's", existing.format("jin"), "2026-06-15")
    commit_text(folder, "A second stack", developers.format("zoe"), "2026-07-15", "a")
    git(folder, "mv", "Pulumi.dev.yaml", "Pulumi.prod.yaml")
    commit_text(folder, "Rename", developers.format("zoe, ann"), "2026-08-15", "a")
    (folder / "Pulumi.prod.yaml").unlink()
    commit_text(folder, "Close prod", developers.format("zoe, ann"), "2026-09-15", "a")
    for sample in (folder / ".git/hooks").glob("*.sample"):
        sample.unlink()
    return folder


@pytest.fixture
def of_a_year(folder: Folder, year: Path) -> Folder:
    shutil.copytree(year, folder.path, dirs_exist_ok=True)
    return folder


def changes(folder: Folder, between: str, *options: str) -> list[tuple[str, ...]]:
    code, printed, errors = folder.team("show", "--history", between, "--format", "json", *options)
    assert (code, errors) == (0, "")
    rows: list[dict[str, str]] = json.loads(printed)
    return [(row["date"][5:7], row["stack"], row["name"], row["change"], row["what"]) for row in rows]


CLOSED = [
    ("08", "prod", "jin", "changed", "file Pulumi.dev.yaml -> Pulumi.prod.yaml"),
    ("09", "prod", "jin", "removed", "existing"),
]
A = [("07", "a", "zoe", "added", "developers"), ("08", "a", "ann", "added", "developers")]
JUNE = [
    (
        "06",
        "dev",
        "jin",
        "changed",
        f"list developers -> existing, credential issue 2 -> -, PGP fingerprint {FINGERPRINT} -> -",
    ),
    ("06", "dev", "mina", "removed", "developers, until 2027-03-31"),
]
APRIL = ("04", "dev", "mina", "changed", "until 2026-12-31 -> 2027-03-31")
MAY = ("05", "dev", "jin", "changed", f"credential issue 1 -> 2, PGP fingerprint - -> {FINGERPRINT}")


@pytest.mark.parametrize(
    ("between", "rows"),
    [
        ("v2..", [*A, *JUNE, *CLOSED]),
        ("v1..v2", [("02", "dev", "mina", "changed", "until - -> 2026-12-31"), APRIL, MAY]),
        ("..v1", [("01", "dev", name, "added", "developers") for name in ("jin", "mina")]),
        ("2026-04-15..2026-06-14", [APRIL, MAY]),
        ("2026-04-16..v2", [MAY]),
        ("v2..2026-06-15", JUNE),
        ("2026-09-16..", []),
        ("HEAD..", []),
        ("v1..v1", []),
    ],
)
def test_a_range_tells_who_came_and_left_and_what_changed(
    of_a_year: Folder, between: str, rows: list[tuple[str, ...]]
) -> None:
    assert changes(of_a_year, between) == rows


def test_a_change_has_its_commit_and_one_stack_can_be_asked_about(of_a_year: Folder) -> None:
    code, printed, _ = of_a_year.team("show", "--history", "v1..2026-02-28", "--format", "csv", "--stack", "dev")
    commit = git(of_a_year.path, "log", "--format=%h", "--abbrev=10", "--grep=until the end").strip()
    assert code == 0
    assert printed == (
        "stack,name,change,what,date,author,commit,pull_request,subject\n"
        f"dev,mina,changed,until - -> 2026-12-31,2026-02-15T03:00:00Z,Ada,{commit},3,"
        "Mina stays until the end of the year (#3)\n"
    )
    assert {row[1] for row in changes(of_a_year, "..", "--stack", "prod")} == {"prod"}
    assert of_a_year.team("show", "--history", "..", "--stack", "nowhere")[0] == 1


@pytest.mark.parametrize("form", ["table", "markdown", "json", "csv"])
def test_the_same_commits_give_the_same_bytes(of_a_year: Folder, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    once = of_a_year.team("show", "--history", "v1..", "--format", form)
    for setting in ("diff.renames=false", "log.showSignature=true", "log.diffMerges=combined", "diff.orderFile=none"):
        git(of_a_year.path, "config", *setting.split("="))
    git(of_a_year.path, "config", "--unset", "diff.orderFile")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert of_a_year.team("show", "--history", "v1..", "--format", form) == once


@pytest.mark.parametrize(
    ("between", "says"),
    [
        ("v1", "v1 is not a range. Write v1.. (since then) or v1..TO."),
        ("v1...v2", "v1...v2 is not a range. Write v1.. (since then) or v1..TO."),
        ("v1..v2..", "v1..v2.. is not a range. Write v1.. (since then) or v1..TO."),
        ("v2..v1", "v2..v1 ends before it begins. Write it the other way round: v1..v2"),
        ("2026-05-01..2026-04-30", "2026-05-01..2026-04-30 ends before it begins. Write it the other way round: "),
        ("2026-02-30..", "There is no day 2026-02-30."),
        ("v3..", "git knows no commit, tag or branch v3, and a day is written 2026-10-01."),
        ("v1..1.10.2026", "git knows no commit, tag or branch 1.10.2026, and a day is written 2026-10-01."),
        ("v1..--output=x", "git knows no commit, tag or branch --output=x, and a day"),
        ("v1..HEAD^{tree}", "git knows no commit, tag or branch HEAD^{tree}, and a day"),
        ("2026-01-01..", "2026-01-01 is a day, and a tag or branch as well. For the tag, write refs/tags/2026-01-01."),
    ],
)
def test_what_is_no_range_has_a_sentence(of_a_year: Folder, between: str, says: str) -> None:
    git(of_a_year.path, "tag", "2026-01-01")
    code, printed, errors = of_a_year.team("show", "--history", between)
    assert (code, printed) == (1, "")
    assert errors.startswith(says)
    assert errors.count("\n") == 1


def test_a_commit_of_a_year_that_no_calendar_has_is_shown_as_well(
    repository: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@253402300800 +0000")
    commit(repository, "Add mina", "jin, mina")
    assert [row[0] for row in changes(repository, "HEAD^..")] == ["12"]


def test_nothing_that_changed_is_said_in_words(of_a_year: Folder) -> None:
    said = "Nobody was added, removed or changed in v1..v1.\n"
    assert of_a_year.team("show", "--history", "v1..v1") == (0, said, "")
    assert of_a_year.team("show", "--history", "v1..v1", "--format", "json") == (0, "[]\n", "")


def test_a_subject_cannot_give_orders_to_a_terminal_or_forge_a_line(repository: Folder) -> None:
    commit(repository, "Add mina\x1e0123456789\x1f\x1b[2Jmina | jin", "jin, mina")
    _, printed, _ = repository.team("show", "--history", "HEAD^..", "--format", "markdown")
    assert printed.splitlines()[2].endswith("| Add mina?0123456789??[2Jmina &#124; jin |")
    assert len(printed.splitlines()) == 3
    assert told(repository)["jin"] == ("Begin", "")


def test_another_project_of_the_repository_is_not_ours_but_what_came_from_it_is(
    of_a_year: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (of_a_year.path / "access").mkdir()
    monkeypatch.chdir(of_a_year.path / "access")
    assert of_a_year.team("show", "--history", "..")[1] == "Nobody was added, removed or changed in ...\n"
    git(of_a_year.path, "mv", "Pulumi.a.yaml", "access/")
    git(of_a_year.path, "commit", "-q", "-m", "Move")
    assert [row[2:] for row in changes(of_a_year, "..")] == [
        (name, "changed", "file Pulumi.a.yaml -> access/Pulumi.a.yaml") for name in ("ann", "zoe")
    ]
    assert told(of_a_year)["zoe"] == ("A second stack", "")


def test_a_part_of_a_history_is_refused_with_the_way_out(
    repository: Folder, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, "Add mina", "jin, mina")
    shallow = tmp_path_factory.mktemp("shallow") / "clone"
    git(repository.path, "clone", "-q", "--depth", "1", f"file://{repository.path}", str(shallow))
    monkeypatch.chdir(shallow)
    for history in ("--history", "--history=HEAD..", "--history=2026-01-01.."):
        code, printed, errors = repository.team("show", history)
        assert (code, printed) == (1, "")
        assert errors == "This clone has only a part of the history. Get all of it: git fetch --unshallow\n"


def test_a_folder_without_git_has_a_sentence(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("dev", "")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.path.parent))
    code, _, errors = folder.team("show", "--history")
    assert code == 1
    assert errors.startswith("git cannot tell the history: ")
