"""`python -m team` on stack files: what is written, what is said, and what is refused with nothing written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.team.conftest import Folder

DEVELOPERS = "  codepipeline-access:developers:\n    - jin # since 2024\n    # contractors\n    - ada\n"
ISSUES = "  codepipeline-access:credentialIssues: {jin: 3}\n"
PROD = (Path(__file__).parents[2] / "Pulumi.prod.yaml").read_text()


def test_somebody_is_added_on_one_line_and_the_next_steps_are_said(folder: Folder) -> None:
    folder.write("dev", DEVELOPERS + ISSUES)
    code, printed, errors = folder.team("add", "mina")
    assert (code, errors) == (0, "")
    assert folder.read("dev") == DEVELOPERS + "    - mina\n" + ISSUES
    assert printed == (
        "Pulumi.dev.yaml: mina is added to developers.\n"
        "Next: make up STACK=dev\n"
        "      make hand-over DEVELOPER=mina STACK=dev\n"
        "In a team: commit Pulumi.dev.yaml, open a pull request; its merge deploys.\n"
    )


def test_somebody_is_removed_everywhere_with_all_that_is_said_of_them(folder: Folder) -> None:
    folder.write("dev", DEVELOPERS + ISSUES)
    folder.write("web", "  codepipeline-access:existing: [mina, jin]\n")
    code, printed, _ = folder.team("remove", "jin", "--everywhere")
    assert code == 0
    assert folder.read("dev") == DEVELOPERS.replace("    - jin # since 2024\n", "") + ISSUES.replace("jin: 3", "")
    assert folder.read("web") == "  codepipeline-access:existing: [mina]\n"
    assert "jin is removed from developers and credentialIssues" in printed
    assert "make up STACK=dev\n      make up STACK=web\n" in printed


@pytest.mark.parametrize("command", [("add", "mina"), ("remove", "jin"), ("off-board", "jin")])
def test_a_second_time_changes_nothing(folder: Folder, command: tuple[str, ...]) -> None:
    folder.write("dev", DEVELOPERS + ISSUES)
    assert folder.team(*command)[0] == 0
    once = folder.read("dev")
    assert folder.team(*command)[0] == 0
    assert folder.read("dev") == once


def test_a_credential_issue_is_raised_by_one(folder: Folder) -> None:
    folder.write("dev", DEVELOPERS + ISSUES)
    assert folder.team("reissue", "jin")[0] == 0
    assert folder.team("reissue", "ada")[0] == 0
    assert folder.read("dev") == DEVELOPERS + "  codepipeline-access:credentialIssues: {jin: 4, ada: 2}\n"


def test_a_dry_run_prints_the_diff_and_writes_nothing(folder: Folder) -> None:
    folder.write("dev", DEVELOPERS)
    code, printed, _ = folder.team("remove", "ada", "--dry-run")
    assert code == 0
    assert printed.splitlines()[0:2] == ["--- a/Pulumi.dev.yaml", "+++ b/Pulumi.dev.yaml"]
    assert [line for line in printed.splitlines()[2:] if line[0] in "+-"] == ["-    - ada"]
    assert folder.read("dev") == DEVELOPERS


def test_a_public_key_is_taken_from_a_file(folder: Folder) -> None:
    folder.write("dev", DEVELOPERS)
    key = PROD[PROD.index("      -----BEGIN") :].replace("      ", "")
    (folder.path / "mina.asc").write_text(key)
    assert folder.team("add", "mina", "--pgp-key", "mina.asc")[0] == 0
    assert folder.team("add", "mina", "--pgp-key", "mina.asc")[1].endswith("listed already; nothing to do.\n")
    _, printed, _ = folder.team("show", "--format", "csv")
    assert "dev,mina,here,,,1,E4088F3ADEB0A3DD3D4A7EAAF74BD6FFE0072953\n" in printed


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("add", "Jin", "--stack", "dev"), 'Pulumi.dev.yaml lists "jin", not "Jin": IAM treats names that differ only'),
        (("add", "j n", "--stack", "dev"), 'codepipeline-access:developers[2] is "j n". Allowed: a list of names'),
        (("add", "mina"), "There are several stacks: dev, web. Say --stack STACK."),
        (("add", "mina", "--stack", "wev"), "There is no stack file Pulumi.wev.yaml. Did you mean web?"),
        (("add", "jin", "--stack", "web"), "jin is listed in existing: this user was made elsewhere"),
        (("add", "mina", "--stack", "dev", "--pgp-key", "no.asc"), "no.asc cannot be read: No such file"),
        (("remove", "jin"), "jin is in several stacks: dev, web. Say --stack STACK or --everywhere."),
        (("remove", "jim", "--everywhere"), "No stack file lists jim. Did you mean jin (Pulumi.dev.yaml)?"),
        (("remove", "ADA"), "No stack file lists ADA. Did you mean ada (Pulumi.dev.yaml)?"),
        (("off-board", "adda"), "No stack file lists adda. Did you mean ada (Pulumi.dev.yaml)?"),
        (("reissue", "mina"), "No stack file lists mina."),
        (("reissue", "jin", "--stack", "web"), "only the maker of a user can issue a password"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(folder: Folder, command: tuple[str, ...], says: str) -> None:
    folder.write("dev", DEVELOPERS)
    folder.write("web", "  codepipeline-access:existing: [jin]\n")
    code, printed, errors = folder.team(*command)
    assert (code, printed) == (1, "")
    assert says in errors
    assert folder.read("dev") == DEVELOPERS


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  a: [\n", "Pulumi.web.yaml, line 5: not YAML"),
        ("\tb: c\n", "Pulumi.web.yaml, line 4: a tab stands where YAML wants spaces."),
        ("  codepipeline-access:developers: &people [jin]\n", "uses an anchor or an alias. Write its values out."),
        ("  aws:region: eu-west-1\n", 'line 4: the key "aws:region" stands there twice.'),
        ("  team: helprr\n", "codepipeline-access:team stands there twice."),
        ("  codepipeline-access:developers: '[\"jin\"]'\n", "developers is not a list. Write it as a list."),
        ("  codepipeline-access:developers: {secure: AAAB}\n", "is encrypted; it holds no secret. Write it in plain."),
        ("  codepipeline-access:developers: [[jin]]\n", "holds a list or a map where a name or a value belongs."),
        ("  <<: {a: b}\n", "a map is merged in (<<). Write its keys out."),
        ("---\na: b\n", "a second document begins, which Pulumi ignores and would delete. Keep one."),
        ("  a: \x07\n", "the character U+0007 is not allowed in YAML."),
        (f"  a: {'[' * 5000}\n", "Pulumi.web.yaml is nested too deeply."),
    ],
)
def test_a_stack_file_that_cannot_be_read_stops_all_before_anything_is_written(
    folder: Folder, text: str, says: str
) -> None:
    folder.write("dev", DEVELOPERS)
    folder.write("web", text)
    code, _, errors = folder.team("remove", "jin", "--everywhere")
    assert code == 1
    assert says in errors
    assert folder.read("dev") == DEVELOPERS
    assert folder.read("web") == text


def test_a_list_without_lines_of_its_own_is_left_to_people(folder: Folder) -> None:
    odd = "  ? codepipeline-access:developers\n  : - jin\n"
    folder.write("dev", odd)
    code, _, errors = folder.team("remove", "jin")
    assert code == 1
    assert "is written in a way that only people can edit. Change it by hand." in errors
    assert folder.read("dev") == odd


def test_problems_from_before_are_told_and_do_not_keep_anybody_in(folder: Folder) -> None:
    folder.write("dev", DEVELOPERS + "  codepipeline-access:requireMfa: maybe\n")
    code, _, errors = folder.team("remove", "jin")
    assert code == 0
    assert 'requireMfa is the string "maybe"' in errors


def test_a_read_only_file_keeps_the_others_as_they_are(folder: Folder) -> None:
    folder.write("dev", DEVELOPERS)
    folder.write("web", DEVELOPERS)
    (folder.path / "Pulumi.web.yaml").chmod(0o444)
    code, _, errors = folder.team("remove", "jin", "--everywhere")
    assert code == 1
    assert "Pulumi.web.yaml is read-only." in errors
    assert folder.read("dev") == DEVELOPERS


def test_a_file_that_somebody_changes_meanwhile_is_not_overwritten(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("dev", DEVELOPERS)

    def changed_by_somebody(_: int) -> None:
        folder.write("dev", DEVELOPERS + ISSUES)

    monkeypatch.setattr(os, "fsync", changed_by_somebody)
    code, _, errors = folder.team("add", "mina")
    assert code == 1
    assert "Pulumi.dev.yaml was changed by somebody else meanwhile." in errors
    assert folder.read("dev") == DEVELOPERS + ISSUES
    assert [path.name for path in folder.path.iterdir()] == ["Pulumi.dev.yaml"]


def test_a_link_stays_a_link_and_the_mode_is_kept(folder: Folder) -> None:
    folder.write("real", DEVELOPERS)
    (folder.path / "Pulumi.real.yaml").rename(folder.path / "shared.yaml")
    (folder.path / "shared.yaml").chmod(0o640)
    (folder.path / "Pulumi.dev.yaml").symlink_to("shared.yaml")
    assert folder.team("add", "mina")[0] == 0
    assert (folder.path / "Pulumi.dev.yaml").readlink() == Path("shared.yaml")
    assert (folder.path / "shared.yaml").stat().st_mode & 0o777 == 0o640
    assert "- mina\n" in folder.read("dev")


@pytest.mark.parametrize("what", ["nothing", "a folder", "a dangling link", "latin-1"])
def test_what_is_no_stack_file_has_a_sentence(folder: Folder, what: str) -> None:
    path = folder.path / "Pulumi.dev.yaml"
    if what == "a folder":
        path.mkdir()
    elif what == "a dangling link":
        path.symlink_to("nowhere")
    elif what == "latin-1":
        path.write_bytes(b"config:\n  a: \xe4\n")
    code, _, errors = folder.team("show")
    assert code == 1
    assert {
        "nothing": "There is no stack file Pulumi.STACK.yaml in ",
        "a folder": "Pulumi.dev.yaml is not a file.",
        "a dangling link": "Pulumi.dev.yaml cannot be read: No such file or directory.",
        "latin-1": "Pulumi.dev.yaml, line 2: not UTF-8. Save it as UTF-8.",
    }[what] in errors


def test_off_boarding_names_the_commands_for_each_account(folder: Folder) -> None:
    account = '  aws:allowedAccountIds: ["123456789012"]\n'
    folder.write("dev", DEVELOPERS + account)
    folder.write("web", DEVELOPERS + account)
    folder.write("china", DEVELOPERS.replace("jin", "mina"))
    code, printed, _ = folder.team("off-board", "jin")
    assert code == 0
    assert printed.count("attach-user-policy") == 1
    assert (
        "In account 123456789012 (dev, web):\n"
        "  aws iam attach-user-policy --user-name jin --policy-arn arn:aws:iam::aws:policy/AWSDenyAll\n"
        "  aws iam delete-login-profile --user-name jin\n"
    ) in printed
    assert printed.endswith("prove it: make gone DEVELOPER=jin\n")


def test_what_is_left_once_the_last_one_is_removed_is_taken_by_the_program(folder: Folder) -> None:
    everybody = (
        "  codepipeline-access:developers:\n    - jin\n"
        "  codepipeline-access:existing:\n    - ada\n"
        '  codepipeline-access:until:\n    jin: "2027-03-31" # contractor\n    ada: "2027-03-31"\n'
        "  codepipeline-access:credentialIssues: {jin: 2}\n"
    )
    folder.write("dev", everybody)
    for name in ("jin", "ada"):
        assert folder.team("remove", name)[0] == 0
    assert folder.read("dev") == (
        "  codepipeline-access:developers: []\n"
        "  codepipeline-access:existing: []\n"
        "  codepipeline-access:credentialIssues: {}\n"
    )
    # The same, and what `pulumi config rm --path` leaves of maps.
    folder.write("dev", folder.read("dev") + "  codepipeline-access:until: {}\n  codepipeline-access:pgpKeys: {}\n")
    code, _, errors = folder.team("add", "mina")
    assert (code, errors) == (0, "")


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("ca-central-1", "aws")]
)
def test_off_boarding_names_the_policy_of_the_partition(folder: Folder, region: str, partition: str) -> None:
    text = f"config:\n  aws:region: {region}\n  codepipeline-access:team: helprr\n{DEVELOPERS}"
    (folder.path / "Pulumi.dev.yaml").write_text(text)
    _, printed, _ = folder.team("off-board", "jin")
    assert f"--policy-arn arn:{partition}:iam::aws:policy/AWSDenyAll\n" in printed


def test_an_end_that_has_passed_and_a_name_of_nobody_are_told(folder: Folder) -> None:
    folder.write("dev", DEVELOPERS)
    code, _, errors = folder.team("extend", "jin", "--until", "2020-01-01")
    assert (code, errors) == (0, "2020-01-01 24:00 UTC has passed: jin has no access from the next update on.\n")
    code, printed, _ = folder.team("off-board", "ghost")
    assert printed.startswith("No stack file lists ghost: check the spelling, unless they were removed before.\n")


def test_a_cell_is_never_a_formula(folder: Folder) -> None:
    folder.write("dev", '  codepipeline-access:developers: ["=1+1", "-a", jin]\n')
    rows = folder.team("show", "--format", "csv")[1].splitlines()
    assert [row.split(",")[1] for row in rows] == ["name", "'=1+1", "'-a", "jin"]
