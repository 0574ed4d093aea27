"""The command on saved answers: what it prints, and its exit codes."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from audit._iam import parse_document
from audit.command import FORMATS, main
from tests.audit.accounts import (
    ACCOUNT,
    ADMINISTRATOR,
    ALLOW,
    DENY,
    DENY_WITHOUT_MFA,
    answer,
    arn,
    document,
    group,
    pipeline,
    policy,
    role,
    statement,
    user,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from audit._iam import Document
    from tests.audit.conftest import Audit

    Judged = Callable[[str], dict[str, Any]]

PROJECT = Path(__file__).parents[2]
TODAY = datetime.now(timezone.utc).date()


def exceptions(folder: Path, *entries: Mapping[str, object]) -> str:
    file = folder / "exceptions.json"
    file.write_text(json.dumps({"exceptions": list(entries)}))
    return str(file)


def excepted(match: str, days: int = 30) -> dict[str, object]:
    return {"match": match, "reason": "reviewed, SEC-12", "until": str(TODAY + timedelta(days=days))}


SOME = answer(
    group("builders", attached=[ADMINISTRATOR]),
    user("jin", {"p": DENY_WITHOUT_MFA}, groups=["builders"]),
    user("mina", {"=HYPERLINK(1)": document(statement(Sid="One"))}),
    role("deploy/up", {"p": ALLOW}),
)


def test_nobody_can(audit: Audit) -> None:
    code, out, err = audit(answer(user("jin", {"p": DENY})))
    assert (code, err) == (0, "")
    assert "\nNobody can change a pipeline.\n" in out


def test_somebody_can_whatever_else_cannot_be_told(audit: Audit) -> None:
    code, out, _ = audit(answer(user("jin", {"p": ALLOW}), user("ann", {"p": "nothing"})))
    assert code == 1
    assert "\n1 principal can change a pipeline; for 1 more it cannot be determined.\n" in out


def test_somebody_cannot_be_told(audit: Audit) -> None:
    code, out, _ = audit(answer(user("ann", {"p": "nothing"})))
    assert code == 2
    expected = "Nobody is known to be able to change a pipeline, but for 1 principal it cannot be determined."
    assert expected in " ".join(out.split())


def test_the_json_form_is_that_of_its_schema(audit: Audit, judged: Judged) -> None:
    report = judged(audit(SOME, "--format", "json")[1])
    assert report["account"] == ACCOUNT
    assert report["complete"] is True
    assert [(found["principal"], found["verdict"]) for found in report["findings"]] == [
        (arn("group", "builders"), "can"),
        (arn("role", "deploy/up"), "can"),
        (arn("user", "jin"), "unknown"),
        (arn("user", "mina"), "can"),
    ]
    assert report["findings"][2] == {
        "principal": arn("user", "jin"),
        "kind": "user",
        "verdict": "unknown",
        "actions": ["codepipeline:CreatePipeline", "codepipeline:UpdatePipeline", "codepipeline:DeletePipeline"],
        "through": [
            {
                "kind": "group-attached",
                "policy": ADMINISTRATOR,
                "group": "builders",
                "statement": 1,
                "conditional": False,
            }
        ],
        "resources": ["*"],
        "limits": ["inline policy p, statement 1, denies it under a condition"],
        "reason": f"Allowed by policy {ADMINISTRATOR} of group builders, statement 1, but whether it takes effect"
        " cannot be determined: inline policy p, statement 1, denies it under a condition.",
    }


def test_an_answer_with_something_unreadable_is_not_complete(audit: Audit, judged: Judged) -> None:
    report = judged(audit(answer(user("ann", {"p": "nothing"})), "--format", "json")[1])
    assert (report["complete"], report["findings"][0]["through"]) == (False, [])


def test_an_account_without_anybody_has_no_number(audit: Audit, judged: Judged) -> None:
    assert judged(audit(answer(), "--format", "json")[1])["account"] is None


def test_the_actions_asked_about_are_named_once(audit: Audit, judged: Judged) -> None:
    options = ("--action", "codepipeline:UpdatePipeline", "--action", "codepipeline:updatepipeline")
    report = judged(audit(SOME, "--format", "json", *options)[1])
    assert report["actions"] == ["codepipeline:UpdatePipeline"]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("codepipeline:UpdatePipelines", "CodePipeline has no action UpdatePipelines: did you mean"),
        ("CodePipeline:Frobnicate", "CodePipeline has no action Frobnicate"),
    ],
)
def test_an_action_that_nobody_can_for_it_does_not_exist_is_refused(
    capsys: pytest.CaptureFixture[str], action: str, message: str
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--from", "x", "--action", action])
    assert left.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_about_other_actions_does_not_speak_of_changes(audit: Audit, name: str) -> None:
    code, out, _ = audit(answer(user("jin", {"p": ALLOW})), "--action", "codepipeline:GETPIPELINE", "--format", name)
    assert code == 1
    assert name == "json" or "GetPipeline" in out
    assert "change a pipeline" not in out


def test_what_cannot_be_read_and_changes_nothing_is_said_all_the_same(audit: Audit, judged: Judged) -> None:
    own = arn("policy", "own")
    denied = [user(name, {"p": DENY}, [own]) for name in ("jin", "ann", "mina")]
    code, out, _ = audit(answer(*denied, policy(own, "nothing")), "--format", "json")
    report = judged(out)
    assert (code, report["findings"], report["complete"]) == (0, [], False)
    [note] = [note for note in report["notes"] if "cannot be read" in note]
    assert note.startswith(f"For {arn('user', 'ann')} and 2 more, policy {own} cannot be read (Not JSON")


def test_what_nobody_has_need_not_be_readable(audit: Audit, judged: Judged) -> None:
    report = judged(audit(answer(user("jin"), policy(arn("policy", "own"), "nothing")), "--format", "json")[1])
    assert report["complete"] is True
    assert not [note for note in report["notes"] if "cannot be read" in note]


def test_a_wildcard_is_no_action_to_ask_about(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--from", "x", "--action", "codepipeline:*"])
    assert left.value.code == 2
    assert "'codepipeline:*' is not the full name of an action" in capsys.readouterr().err


def test_an_exception_in_force_excuses_and_is_shown(audit: Audit, judged: Judged, tmp_path: Path) -> None:
    saved = answer(role("deploy/up", {"p": ALLOW}))
    file = exceptions(tmp_path, excepted("arn:aws:iam::*:role/deploy/*"))
    code, out, _ = audit(saved, "--exceptions", file, "--format", "json")
    report = judged(out)
    assert (code, report["findings"]) == (0, [])
    assert [(one["in_force"], one["excuses"]) for one in report["exceptions"]] == [(True, [arn("role", "deploy/up")])]
    for name in FORMATS:
        out = audit(saved, "--exceptions", file, "--format", name)[1]
        assert "SEC-12" in out.replace("\\", "")
        assert "role/deploy/up" in out


def test_an_exception_excuses_nobody_else(audit: Audit, judged: Judged, tmp_path: Path) -> None:
    code, out, _ = audit(SOME, "--exceptions", exceptions(tmp_path, excepted("group/builders")), "--format", "json")
    assert code == 1
    assert arn("group", "builders") not in [found["principal"] for found in judged(out)["findings"]]
    assert arn("user", "jin") in [found["principal"] for found in judged(out)["findings"]]


def test_an_exception_that_has_ended_excuses_nobody_and_is_a_finding(
    audit: Audit, judged: Judged, tmp_path: Path
) -> None:
    file = exceptions(tmp_path, excepted("arn:aws:iam::*:role/deploy/*", days=-1))
    saved = answer(role("deploy/up", {"p": ALLOW}))
    code, out, _ = audit(saved, "--exceptions", file, "--format", "json")
    assert code == 1
    assert [one["in_force"] for one in judged(out)["exceptions"]] == [False]
    assert "ENDED" in audit(saved, "--exceptions", file)[1]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('{"exceptions": [{"match": "*", "reason": "", "until": "2027-02-30"}]}', "exceptions[0].until"),
        ('{"exceptions": [], "other": 1}', "is not of the form"),
        ("[]", "is not of the form"),
        ('{"exceptions": [{"match": "user/jin", "match": "role/up"}]}', "has 'match' twice in one object."),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_exceptions_that_cannot_be_used_are_no_exceptions(
    audit: Audit, tmp_path: Path, written: str, message: str
) -> None:
    file = tmp_path / "exceptions.json"
    file.write_text(written)
    code, out, err = audit(SOME, "--exceptions", str(file))
    assert (code, out) == (2, "")
    assert message in err


BAD: dict[str, tuple[object, str]] = {
    "empty": ("", "it is empty"),
    "blank": (" \n", "it is empty"),
    "no JSON": ("UserDetailList: []", "it is not JSON, expecting value (line 1, column 1)"),
    "no number": ('{"UserDetailList": NaN}', "it is not JSON, it has NaN or Infinity"),
    "cut": (json.dumps(SOME)[:-200], "it ends in the middle"),
    "cut within a text": (json.dumps(SOME)[: json.dumps(SOME).index("HYPER") + 2], "it ends in the middle"),
    "a number": ("1", "it is not a JSON object"),
    "no text": (b"\xff\xfe\x00", "it is not UTF-8"),
    "nested": ("[" * 200_000, "it is nested too deeply"),
    "another answer": ({"Users": []}, "it lacks UserDetailList, GroupDetailList, RoleDetailList, Policies"),
    "a list missing": ({**SOME, "Policies": None}, "Policies is not a list of objects"),
    "a list of texts": ({**SOME, "UserDetailList": ["jin"]}, "UserDetailList is not a list of objects"),
    "an entry without an ARN": ({**SOME, "UserDetailList": [{"UserName": "jin"}]}, "UserDetailList[0].Arn is missing"),
    "an ARN that is none": (
        {**SOME, "UserDetailList": [user("jin") | {"Arn": "jin"}]},
        "UserDetailList[0].Arn is not that of a user",
    ),
    "an ARN of another kind": (
        {**SOME, "RoleDetailList": [role("up") | {"Arn": arn("user", "up")}]},
        "RoleDetailList[0].Arn is not that of a role",
    ),
    "no name of a policy": (
        {**SOME, "UserDetailList": [{**user("jin"), "AttachedManagedPolicies": [{}]}]},
        "UserDetailList[0].AttachedManagedPolicies[0].PolicyArn is missing",
    ),
    "groups that are none": ({**SOME, "UserDetailList": [{**user("jin"), "GroupList": "g"}]}, "is not a list of names"),
    "a name twice": (json.dumps(SOME)[:-1] + ', "UserDetailList": []}', "a name occurs twice in it"),
    "a name twice in an entry": (
        json.dumps(SOME).replace('"UserName": "jin"', '"UserName": "jin", "UserName": "ann"'),
        "UserDetailList[0] has a name twice",
    ),
    "somebody twice": (
        answer(user("jin", {"p": ALLOW}), user("jin")),
        f"{arn('user', 'jin')} occurs twice in it, and differs",
    ),
    "a policy twice": (
        answer(policy(arn("policy", "own"), DENY), policy(arn("policy", "own"), ALLOW)),
        f"{arn('policy', 'own')} occurs twice in it, and differs",
    ),
    "two groups of one name": (answer(group("a/g", {"p": ALLOW}), group("b/G")), "two groups are named G"),
    "a name in other letters": (
        {**SOME, "UserDetailList": [{**user("jin"), "userPolicyList": []}]},
        "UserDetailList[0] has 'userPolicyList', which must be written 'UserPolicyList'",
    ),
    "a boundary written twice": (
        json.dumps(answer(user("jin", boundary="x"))).replace(
            '"PermissionsBoundaryArn"', '"PermissionsBoundaryArn": "y", "PermissionsBoundaryArn"'
        ),
        "UserDetailList[0].PermissionsBoundary has a name twice",
    ),
    "two accounts": (
        answer(user("jin"), {**user("ann"), "Arn": "arn:aws:iam::210987654321:user/ann"}),
        "it is about more than one account",
    ),
}


@pytest.mark.parametrize(("saved", "message"), BAD.values(), ids=BAD)
def test_a_file_that_is_no_saved_answer_is_refused_in_a_sentence(audit: Audit, saved: object, message: str) -> None:
    code, out, err = audit(saved)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "is not a saved answer of GetAccountAuthorizationDetails: " in err
    assert message in err


@pytest.mark.parametrize("sign", [{"IsTruncated": True}, {"Marker": "x"}, {"NextToken": "x"}], ids=str)
def test_a_part_of_an_answer_is_refused(audit: Audit, sign: dict[str, object]) -> None:
    code, out, err = audit({**answer(user("jin")), **sign})
    assert (code, out) == (2, "")
    assert f"is only a part of an answer ({next(iter(sign))}): fetch it whole." in err


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.json", "no such file or directory"), (".", "is not a file"), ("a\0b", "cannot be a file's name")],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    assert main(["--from", f"{tmp_path}/{name}"]) == 2
    assert message in capsys.readouterr().err


def test_names_beyond_ascii_and_hostile_ones_are_printed_and_steer_nothing(audit: Audit) -> None:
    hostile = user("jin", {"\x1b[2J<script>|`": ALLOW}) | {"Tags": [{"Key": "Größe", "Value": "日本"}]}
    for name in FORMATS:
        code, out, _ = audit(answer(hostile), "--format", name)
        assert code == 1
        assert "\x1b" not in out
        assert name in {"json", "table", "csv"} or "<script>" not in out
        assert name != "markdown" or "\\|" in out


def test_a_cell_is_never_a_formula(audit: Audit) -> None:
    provider = {"Effect": "Allow", "Principal": {"Federated": "=HYPERLINK(1)"}, "Action": "sts:AssumeRoleWithSAML"}
    saved = answer(role("up", {"p": ALLOW}, trust=document(provider)))
    rows = list(csv.reader(audit(saved, "--format", "csv")[1].splitlines()))
    assert "'=HYPERLINK(1)" in [row[1] for row in rows]
    assert rows[0] == ["list", "principal", "result", "actions or group", "reason"]
    assert {len(row) for row in rows} == {5}
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]


class _Page(HTMLParser):
    """What a page loads, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[tuple[str, str | None]] = []
        self.text = ""
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [(tag, value) for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_says_what_was_read(audit: Audit, tmp_path: Path) -> None:
    code, out, _ = audit(SOME, "--format", "html")
    page = _Page()
    page.feed(out)
    assert (code, page.loads, page.open) == (1, [], [])
    assert "url(" not in out
    assert "@import" not in out
    assert "script" not in out
    for fact in (
        ACCOUNT,
        "2 users, 1 group, 1 role, 1 managed policy, 4 distinct documents",
        hashlib.sha256((tmp_path / "answer.json").read_bytes()).hexdigest(),
    ):
        assert fact in page.text
    for name in ("user/jin", "user/mina", "role/deploy/up", "group/builders", "Signature"):
        assert name in page.text


def test_the_command_runs_from_the_project_and_heeds_a_reader_that_has_enough(tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(answer(*[user(f"u{number}", {"p": ALLOW}) for number in range(2_000)])))
    command = f"{sys.executable} -m audit --from {file} | head -1"
    done = subprocess.run(["sh", "-c", command], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.stdout[:20], done.stderr) == ("Account 123456789012", "")


def test_ctrl_c_ends_in_a_word_even_while_packages_are_imported(tmp_path: Path) -> None:
    (tmp_path / "boto3.py").write_text("raise KeyboardInterrupt")
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{PROJECT}"}
    done = subprocess.run(
        [sys.executable, "-m", "audit", "--from", "x"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "Stopped.\n")


def test_the_help_lists_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "0  nobody outside the exceptions can" in capsys.readouterr().out


def test_each_distinct_document_is_read_once(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []

    def counted(written: object) -> Document:
        read.append(written)
        return parse_document(written)

    monkeypatch.setattr("audit.account.parse_document", counted)
    same = document(statement(Resource=pipeline("web")))
    entries = [user(f"u{number}", {"p": same}, [arn("policy", "own")]) for number in range(50)]
    assert audit(answer(*entries, policy(arn("policy", "own"), ALLOW)))[0] == 1
    assert len(read) == 3  # with that of AdministratorAccess
