"""The account itself is asked: what comes back, and every way in which nothing does."""

from __future__ import annotations

import json
import time
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.httpsession import URLLib3Session

from audit import from_aws
from audit.command import main
from audit.saved_answer import NoAnswer
from sandbox.faults import parse_fault
from tests.audit.live import GROUP, Live, audit_actions, use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botocore.awsrequest import AWSResponse

    Judged = Callable[[str], dict[str, Any]]


@pytest.fixture
def live(filled: Live, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    """The account, asked by its administrator, who does not try again and again."""
    use(filled.account, monkeypatch)
    monkeypatch.setattr(from_aws, "CONFIG", Config(retries={"total_max_attempts": 1}))
    yield filled
    filled.account.faults.replace(())


def test_a_role_with_the_policy_in_deploy_learns_everything_and_needs_each_action(
    live: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], judged: Judged, tmp_path: Path
) -> None:
    live.allow(audit_actions())
    use(live.account, monkeypatch, **live.session())
    before = len(live.account.calls)
    saved = tmp_path / "saved.json"
    assert main(["--group", GROUP, "--save", str(saved), "--format", "json"]) == 1
    report = judged(capsys.readouterr().out)
    assert report["complete"] is True
    assert [one["principal"].rpartition(":")[2] for one in report["findings"]] == ["role/runs-pipelines"]
    assert [(one["principal"].rpartition("/")[2], one["how"]) for one in report["second_hand"]] == [
        ("ann", "starts-pipeline")
    ]
    assert [one["user"].rpartition("/")[2] for one in report["members"]] == ["jin"]
    assert saved.stat().st_mode & 0o777 == 0o600

    assert main(["--from", str(saved), "--format", "json"]) == 1
    assert judged(capsys.readouterr().out) == report

    called = {f"{one.service}:{one.action}" for one in live.account.calls[before:]}
    of_organizations = {
        "organizations:DescribePolicy",
        "organizations:ListParents",
        "organizations:ListPoliciesForTarget",
    }
    assert called - {"sts:GetCallerIdentity"} == set(audit_actions()) - of_organizations
    for action in sorted(called - {"sts:GetCallerIdentity"}):
        live.allow([other for other in audit_actions() if other != action])
        code = main(["--group", GROUP, "--format", "json"])
        out, err = capsys.readouterr()
        told = "".join(judged(out)["notes"]) if out else err
        assert f"You may not call {action} " in told
        assert (code, out) == (2, "") or not judged(out)["complete"]


FAILURES: dict[str, tuple[dict[str, str], list[str], str]] = {
    "no credentials": ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, [], "There are no AWS credentials: "),
    "half of them": ({"AWS_SECRET_ACCESS_KEY": ""}, [], "There are no AWS credentials: "),
    "an unknown key": ({"AWS_ACCESS_KEY_ID": "AKIA0000000000000000"}, [], "AWS does not know these credentials: "),
    "a wrong profile": ({}, ["--profile", "nobody"], "profile (nobody) could not be found: check --profile"),
    "nobody answers": (
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        [],
        "AWS cannot be reached for sts:GetCallerIdentity: ",
    ),
    "an endpoint that is none": ({"AWS_ENDPOINT_URL": "nonsense"}, [], "sts failed: Invalid endpoint: nonsense"),
    "a region that is none": ({}, ["--region", "a b"], "failed: "),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_without_access_there_is_a_sentence_and_no_file(
    live: Live,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    failure: tuple[dict[str, str], list[str], str],
) -> None:
    variables, options, sentence = failure
    use(live.account, monkeypatch, **variables)
    assert main([*options, "--save", str(tmp_path / "saved.json")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), list(tmp_path.iterdir())) == ("", 1, [])
    assert sentence in err


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("throttle", "AWS throttled iam:GetAccountAuthorizationDetails again and again"),
        ("deny", "You may not call iam:GetAccountAuthorizationDetails"),
        ("error500", "iam:GetAccountAuthorizationDetails failed: "),
        ("drop", "AWS cannot be reached for iam:GetAccountAuthorizationDetails"),
    ],
)
def test_an_account_that_does_not_answer_leaves_no_half_a_file(
    live: Live, capsys: pytest.CaptureFixture[str], tmp_path: Path, fault: str, sentence: str
) -> None:
    live.account.faults.replace([parse_fault(f"{fault}:GetAccountAuthorizationDetails:*")])
    assert main(["--save", str(tmp_path / "saved.json")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), list(tmp_path.iterdir())) == ("", 1, [])
    assert sentence in err


def test_an_expired_session_is_told_to_sign_in(capsys: pytest.CaptureFixture[str]) -> None:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - here alone

    with pytest.raises(from_aws.Refused, match="The AWS session has expired: sign in again"), from_aws.asking("iam:X"):
        raise ClientError({"Error": {"Code": "ExpiredToken", "Message": "expired"}}, "X")
    assert capsys.readouterr().out == ""


def cut_answers(monkeypatch: pytest.MonkeyPatch, change: Callable[[bytes], bytes]) -> None:
    """Change what comes over the wire as an answer of GetAccountAuthorizationDetails."""
    send = URLLib3Session.send

    def cut(self: URLLib3Session, request: Any) -> AWSResponse:  # noqa: ANN401 - botocore's
        answer = send(self, request)
        body = request.body or b""
        if b"GetAccountAuthorizationDetails" in (body if isinstance(body, bytes) else body.encode()):
            vars(answer)["_content"] = change(answer.content)
        return answer

    monkeypatch.setattr(URLLib3Session, "send", cut)


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda content: content[: len(content) // 2], "was cut off or is not AWS's"),
        (
            lambda content: content.replace(b"<IsTruncated>false", b"<IsTruncated>true"),
            "The answer to iam:GetAccountAuthorizationDetails is cut in the middle",
        ),
    ],
)
def test_an_answer_that_is_not_whole_is_none(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[bytes], bytes],
    sentence: str,
) -> None:
    cut_answers(monkeypatch, change)
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert sentence in err


@pytest.mark.usefixtures("live")
def test_an_answer_that_goes_round_in_circles_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_aws.Aws, "ask", lambda *_, **__: {"IsTruncated": True, "Marker": "x"})
    pages = from_aws.Aws(None, None).pages("iam", "ListUsers", from_aws.MARKER)
    with pytest.raises(NoAnswer, match="is cut in the middle"):
        list(islice(pages, 5))


@pytest.mark.usefixtures("live")
def test_ctrl_c_ends_at_once_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:

    def interrupted(*_arguments: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(from_aws, "_organization", interrupted)
    started = time.monotonic()
    assert main(["--save", str(tmp_path / "saved.json")]) == 2
    assert time.monotonic() - started < 60
    assert capsys.readouterr() == ("", "Stopped.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("live")
def test_a_file_that_cannot_be_written_shows_before_anything_is_asked(
    live: Live, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = len(live.account.calls)
    assert main(["--save", str(tmp_path / "no/saved.json")]) == 2
    assert "cannot be written: no such file or directory" in capsys.readouterr().err
    assert main(["--save", str(tmp_path)]) == 2
    assert len(live.account.calls) == before


@pytest.mark.usefixtures("live")
def test_a_boundary_that_may_not_be_read_cannot_be_told(
    live: Live, capsys: pytest.CaptureFixture[str], judged: Judged
) -> None:
    live.client("iam").put_user_policy(
        UserName="ann",
        PolicyName="all",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    )
    live.client("iam").put_user_permissions_boundary(
        UserName="ann", PermissionsBoundary="arn:aws:iam::aws:policy/ReadOnlyAccess"
    )
    try:
        main(["--format", "json"])
        assert "user/ann" not in json.dumps(judged(capsys.readouterr().out)["findings"])
        live.account.faults.replace([parse_fault("deny:GetPolicyVersion:*")])
        main(["--format", "json"])
        report = judged(capsys.readouterr().out)
        [finding] = [one for one in report["findings"] if one["principal"].endswith("user/ann")]
        assert finding["verdict"] == "unknown"
        assert any("arn:aws:iam::aws:policy/ReadOnlyAccess could not be read" in note for note in report["notes"])
    finally:
        live.client("iam").delete_user_policy(UserName="ann", PolicyName="all")
        live.client("iam").delete_user_permissions_boundary(UserName="ann")


ORGANIZATION = {"MasterAccountId": "210987654321"}
POLICIES = {
    "123456789012": [("p-full", '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}')],
    "ou-1": [
        ("p-ou", '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"codepipeline:*","Resource":"*"}}')
    ],
    "r-1": [
        ("p-root", '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'),
        ("p-deny", '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"codepipeline:D*","Resource":"*"}}'),
    ],
}
PARENTS = {"123456789012": "ou-1", "ou-1": "r-1"}


class FakeOrganization:
    """AWS Organizations, as a delegated administrator sees it."""

    def __init__(self, denied: str = "") -> None:
        self.denied = denied
        self.asked: set[str] = set()

    def ask(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self.asked.add(f"organizations:{operation}")
        if operation == self.denied:
            raise from_aws.Refused(f"You may not call organizations:{operation} (...)", "AccessDeniedException")
        if operation == "DescribeOrganization":
            return {"Organization": ORGANIZATION}
        if operation == "ListPoliciesForTarget":
            return {"Policies": [{"Id": policy} for policy, _ in POLICIES[parameters["TargetId"]]]}
        if operation == "DescribePolicy":
            [content] = [
                text for level in POLICIES.values() for policy, text in level if policy == parameters["PolicyId"]
            ]
            return {"Policy": {"Content": content}}
        return {"Parents": [{"Id": PARENTS[parameters["ChildId"]]}]}


@pytest.fixture
def organization(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], FakeOrganization]:
    def make(denied: str) -> FakeOrganization:
        fake, ask = FakeOrganization(denied), from_aws.Aws.ask

        def asked(self: from_aws.Aws, service: str, operation: str, **parameters: object) -> dict[str, Any]:
            return (
                fake.ask(operation, parameters)
                if service == "organizations"
                else ask(self, service, operation, **parameters)
            )

        monkeypatch.setattr(from_aws.Aws, "ask", asked)
        return fake

    return make


@pytest.mark.usefixtures("live")
def test_service_control_policies_count_where_they_can_be_read(
    organization: Callable[[str], FakeOrganization], capsys: pytest.CaptureFixture[str], judged: Judged
) -> None:
    fake = organization("")
    assert main(["--format", "json"]) == 1
    report = judged(capsys.readouterr().out)
    assert [one["actions"] for one in report["findings"]] == [
        ["codepipeline:CreatePipeline", "codepipeline:UpdatePipeline"]
    ]
    assert report["complete"] is True
    assert fake.asked == {action for action in audit_actions() if action.startswith("organizations:")}


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("denied", ["DescribeOrganization", "ListParents", "ListPoliciesForTarget", "DescribePolicy"])
def test_without_the_service_control_policies_nothing_is_certain(
    organization: Callable[[str], FakeOrganization], capsys: pytest.CaptureFixture[str], judged: Judged, denied: str
) -> None:
    organization(denied)
    assert main(["--format", "json"]) == 2
    report = judged(capsys.readouterr().out)
    [finding] = report["findings"]
    assert (finding["verdict"], len(finding["actions"])) == ("unknown", 3)
    assert finding["limits"] == ["the service control policies could not be read, and one of them may deny it"]
    assert [one["how"] for one in report["second_hand"]] == ["starts-pipeline"]
    assert report["complete"] is False
    assert any(f"You may not call organizations:{denied}" in note for note in report["notes"])
