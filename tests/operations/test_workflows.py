"""The workflows: what their steps run is run here, and no change can weaken its own judge."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml

from deploy.needed_roles import OF_MEMBERS
from walkthrough import copy_of_the_program
from walkthrough.demo import BEFORE, CATALOGUE, SNEAKED_IN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import CompletedProcess

    from sandbox.account import Account
    from tests.warm.starts import Starts
    from walkthrough import Workbench

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / ".github/workflows"
WORKFLOWS: dict[str, Any] = {path.stem: yaml.safe_load(path.read_text()) for path in FOLDER.glob("*.yml")}
GROUP = "helprr-backend-developer-group"


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, workflow in WORKFLOWS.items():
        for job_name, job in workflow["jobs"].items():
            yield f"{name}/{job_name}", job


def steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = job.get("steps", [])
    return found


def command(workflow: str, step: str) -> str:
    """What a step runs."""
    (found,) = (
        one["run"] for job in WORKFLOWS[workflow]["jobs"].values() for one in steps(job) if one.get("name") == step
    )
    return str(found)


def check_out_main(bench: Workbench) -> Path:
    """Lay out main beside the change, which is the bench's folder, as the job does; returns main's folder."""
    base = bench.folder.parent / "base"
    shutil.copytree(PROJECT / ".github", base / ".github")
    shutil.copytree(PROJECT / "policypack", base / "policypack", ignore=shutil.ignore_patterns("venv", "__pycache__"))
    (base / "policypack/venv").symlink_to(bench.folder / "policypack/venv")
    (bench.folder.parent / "change").symlink_to(bench.folder)
    return base


def judged(bench: Workbench, mode: str = "change", stack: str = "dev") -> CompletedProcess[str]:
    """Run the judging step in a workspace as the job has it: the change, and main beside it."""
    workspace = bench.folder.parent
    if not (workspace / "base").exists():
        check_out_main(bench)
    return subprocess.run(
        ["bash", "-e", "-c", command("judge", "Preview and judge")],
        cwd=workspace,
        env=bench.sandbox.environment | {"STACK": stack, "MODE": mode},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_change_that_weakens_policy_pack_and_its_configuration_is_judged_by_those_of_main(
    bench: Workbench, starts: Starts
) -> None:
    starts.initialized(bench)
    until = str(datetime.now(timezone.utc).date() + timedelta(days=90))
    config = {"no-access-keys": {"exceptions": [{"match": "user/robot", "reason": "SEC-12", "until": until}]}}
    (check_out_main(bench) / "policy-pack.json").write_text(json.dumps(config))
    (bench.folder / "policy-pack.json").write_text('{"all": "disabled"}')  # the change's own
    catalogue, pack = bench.folder / CATALOGUE, bench.folder / "policypack/__main__.py"
    catalogue.write_text(catalogue.read_text().replace(BEFORE, SNEAKED_IN + BEFORE))
    pack.write_text(
        re.sub(r"policies=\[.*\]", "policies=[login_reset_required.RULE]", pack.read_text(), flags=re.DOTALL)
    )
    by_itself = bench.run("pulumi", "preview", "--stack", "dev", "--policy-pack", "policypack")
    assert by_itself.returncode == 0, by_itself.stdout + by_itself.stderr
    done = judged(bench)
    assert done.returncode not in (0, 2), done.stdout + done.stderr
    folder = bench.folder.parent
    report = (folder / "dev.md").read_text()
    assert report.startswith("## dev: refused or failed\n")
    assert '"codepipeline:Update*" grants UpdatePipeline' in report
    # What main excepts is listed.
    assert f"- `no-access-keys`: `user/robot` until {until}: SEC-12" in report
    assert [one["match"] for one in json.loads((folder / "dev.findings.json").read_text())["exceptions"]] == [
        "user/robot"
    ]
    rules = {one["ruleId"] for one in json.loads((folder / "dev.sarif").read_text())["runs"][0]["results"]}
    assert "no-pipeline-change-grants" in rules


def test_a_good_change_is_reported_with_its_diff_and_who_may_do_what(bench: Workbench, starts: Starts) -> None:
    starts.initialized(bench)
    done = judged(bench)
    assert done.returncode == 0, done.stdout + done.stderr
    report = (bench.folder.parent / "dev.md").read_text()
    assert report.startswith("## dev: may be deployed\n")
    assert "+ aws:iam/user:User: (create)" in report
    assert "| may | re-trigger a pipeline | `codepipeline:StartPipelineExecution` |" in report


def test_the_deployment_judges_again_and_then_drift_is_an_error(bench: Workbench, starts: Starts) -> None:
    starts.initialized(bench)
    up = command("deploy", "Judge again, and change the account")
    as_members = {"STACK": "dev", "ROLE": "members"}
    catalogue = bench.folder / CATALOGUE
    honest = catalogue.read_text()
    catalogue.write_text(honest.replace(BEFORE, SNEAKED_IN + BEFORE))
    refused = bench.run("bash", "-e", "-c", up, **as_members)
    assert refused.returncode != 0
    assert '"codepipeline:Update*" grants UpdatePipeline' in refused.stdout
    assert bench.client("iam").list_users()["Users"] == []
    catalogue.write_text(honest)
    done = bench.run("bash", "-e", "-c", up, **as_members)
    assert done.returncode == 0, done.stdout + done.stderr
    assert judged(bench, "drift").returncode == 0
    bench.client("iam").create_user(UserName="stranger")
    bench.client("iam").add_user_to_group(GroupName=GROUP, UserName="stranger")
    assert judged(bench, "drift").returncode == 7
    report = (bench.folder.parent / "dev.md").read_text()
    assert report.startswith("## dev: the account is not what main says\n")
    assert '"stranger"' in report


def test_the_drift_report_says_whose_access_has_ended(tmp_path: Path) -> None:
    (tmp_path / "change").mkdir()
    change = copy_of_the_program(tmp_path / "change")
    with (change / "Pulumi.dev.yaml").open("a") as file:
        file.write('  codepipeline-access:until:\n    jin: "1999-12-31"\n')
    script = command("judge", "Say whose access has ended, and whose ends soon")
    for stack in ("dev", "prod"):
        bash = ("bash", "-e", "-c", script)
        subprocess.run(bash, cwd=tmp_path, env=os.environ | {"STACK": stack}, check=True, timeout=60)
    heading, _, *rows = (tmp_path / "dev.ends.md").read_text().splitlines()
    assert heading == "### dev: access that has ended, or ends within 14 days"
    assert rows[-1] == "| dev | jin | ended 1999-12-31 24:00 UTC |"
    assert not (tmp_path / "prod.ends.md").exists()


@pytest.fixture
def audited(tmp_path: Path, account: Account, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The audit job's workspace, with credentials of an account that has an administrator, boss."""
    for name in (".venv", "audit", "policypack"):
        (tmp_path / name).symlink_to(PROJECT / name)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/dev.outputs.json").write_text("")
    for name, value in {
        "AWS_ENDPOINT_URL": account.endpoint,
        "AWS_ACCESS_KEY_ID": account.admin_access_key_id,
        "AWS_SECRET_ACCESS_KEY": account.admin_secret_access_key,
        "AWS_REGION": "us-east-1",
        "STACK": "dev",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
    }.items():
        monkeypatch.setenv(name, value)
    iam = boto3.client("iam", region_name="us-east-1")
    iam.create_user(UserName="boss")
    iam.attach_user_policy(UserName="boss", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    return tmp_path


@pytest.mark.parametrize(
    ("exceptions", "code", "verdict"),
    [
        (None, 0, "somebody can change a pipeline"),  # nobody has said yet who may
        ([], 1, "somebody can change a pipeline"),
        (["user/boss"], 0, "nobody else can change a pipeline"),
        ("{", 2, "it cannot be told who can change a pipeline"),
    ],
)
def test_the_audit_is_in_the_drift_report_and_counts_once_somebody_has_said_who_may(
    audited: Path, exceptions: list[str] | str | None, code: int, verdict: str
) -> None:
    if isinstance(exceptions, list):
        until = str(datetime.now(timezone.utc).date() + timedelta(days=90))
        listed = [{"match": match, "reason": "SEC-12", "until": until} for match in exceptions]
        (audited / "audit-exceptions.json").write_text(json.dumps({"exceptions": listed}))
    elif exceptions:
        (audited / "audit-exceptions.json").write_text(exceptions)
    done = subprocess.run(
        ["bash", "-e", "-c", command("drift", "Ask who can change a pipeline")],
        cwd=audited,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    report = (audited / "dev.audit.md").read_text()
    assert (done.returncode, report.splitlines()[0]) == (code, f"## dev: {verdict}"), done.stderr + report
    assert ("user/boss" in report) is (code != 2)
    assert (audited / "summary").read_text() == report


JUDGE = runpy.run_path(str(PROJECT / ".github/judge.py"))


@pytest.mark.parametrize(
    ("mode", "code", "heading"),
    [
        ("change", 0, "## dev: may be deployed"),
        ("change", 1, "## dev: refused or failed"),
        ("change", -9, "## dev: refused or failed"),
        ("drift", 0, "## dev: the account is what main says"),
        ("drift", 7, "## dev: the account is not what main says"),
        ("drift", 1, "## dev: could not look"),
        ("drift", -9, "## dev: could not look"),
    ],
)
def test_a_report_starts_with_the_verdict(mode: str, code: int, heading: str) -> None:
    assert JUDGE["report"]("dev", mode, code, "diff", []).splitlines()[0] == heading


def test_a_report_leaves_out_urns_and_cannot_be_broken_out_of() -> None:
    diff = "+ user\n    [urn=urn:pulumi:dev::x]\n````\n@everybody"
    assert JUDGE["report"]("dev", "change", 0, diff, ["matrix"]).splitlines()[2:7] == [
        "`````",
        "+ user",
        "````",
        "@everybody",
        "`````",
    ]


@pytest.mark.parametrize(
    ("resource", "line"), [("access-jin", 5), ("access-mina-2", 6), ("access-policy", 1), ("jin", 5), ("access-in", 1)]
)
def test_a_finding_points_at_the_line_of_its_setting(resource: str, line: int) -> None:
    stack_file = "config:\n  codepipeline-access:team: helprr\n  codepipeline-access:developers:\n  # people\n"
    stack_file += '    - jin # since May\n    - "mina-2"\n'
    assert JUDGE["line_about"](stack_file, resource) == line


def test_a_report_fits_into_a_comment() -> None:
    report = JUDGE["report"]("dev", "change", 0, "+" * 200_000, [])
    assert len(report) < 30_000
    assert "cut here; the rest is in the job's log" in report


@pytest.mark.parametrize("events", ["", "error: no stack", "{}", "[]", "null", '{"resOutputsEvent": null}'])
def test_a_preview_that_tells_nothing_gives_no_access_matrix(events: str) -> None:
    assert JUDGE["access_matrices"](events) == []


def gh(folder: Path, answer: str) -> dict[str, str]:
    """A stand-in for GitHub's command: it answers a question and notes everything else in a file."""
    program = folder / "gh"
    program.write_text(
        f"""#!/bin/sh
case "$1 $2" in *list | api*) echo "{answer}" ;; *) echo "$@" >> done ;; esac
"""
    )
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


DRIFT, NO_LOOK = "Drift: an account is not what main says", "Drift: could not look"
FOUND, FINE, FAILED = (
    f"## dev: {verdict}\n"
    for verdict in ("the account is not what main says", "the account is what main says", "could not look")
)


SOMEBODY, ENDS = "Audit: somebody can change a pipeline, or it cannot be told", "Access that has ended, or ends soon"


@pytest.mark.parametrize(
    ("dev", "results", "open_issue", "done"),
    [
        (FOUND, "failure success", "", ["label create drift --force", f"issue create --title {DRIFT}"]),
        (FOUND, "failure failure", "7", [f"issue edit 7 --title {DRIFT} --body-file body.md"]),
        (FAILED, "failure success", "", ["label create drift --force", f"issue create --title {NO_LOOK}"]),
        (None, "failure success", "7", [f"issue edit 7 --title {NO_LOOK} --body-file body.md"]),
        (None, "cancelled skipped", "7", [f"issue edit 7 --title {NO_LOOK} --body-file body.md"]),
        (FINE, "success failure", "7", [f"issue edit 7 --title {SOMEBODY} --body-file body.md"]),
        (FINE, "success cancelled", "7", [f"issue edit 7 --title {SOMEBODY} --body-file body.md"]),
        (FINE, "success success ends", "", ["label create drift --force", f"issue create --title {ENDS}"]),
        (FINE, "success success", "7", ["issue close 7 --comment The account is again what main says: the run"]),
        (FINE, "success success", "", []),
    ],
    ids=[
        "found",
        "found again",
        "failed",
        "no report",
        "cut off",
        "audit",
        "no audit",
        "only an end",
        "gone",
        "nothing",
    ],
)
def test_drift_keeps_one_issue_and_says_when_it_could_not_look(
    tmp_path: Path, dev: str | None, results: str, open_issue: str, done: list[str]
) -> None:
    drift, audit, *ends = results.split()
    (tmp_path / "reports").mkdir()
    for name, text in {"dev": dev, "prod": FINE.replace("dev", "prod")}.items():
        if text:
            (tmp_path / f"reports/{name}.md").write_text(text)
    (tmp_path / "reports/prod.audit.md").write_text("## prod: the audit\n")
    if ends:
        (tmp_path / "reports/dev.ends.md").write_text("### dev: the ends\n")
    environment = gh(tmp_path, open_issue) | {"DRIFT": drift, "AUDIT": audit, "RUN": "the run"}
    script = command("drift", "Open, renew or close the issue")
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=True, timeout=30)
    called = (tmp_path / "done").read_text().splitlines() if (tmp_path / "done").exists() else []
    assert [line.partition(" --label")[0] for line in called] == done
    body = (tmp_path / "body.md").read_text()
    assert ("## dev: could not look" in body) is (dev in (None, FAILED))
    assert ("### dev: the ends" in body) is bool(ends)
    assert body.endswith("## prod: the audit\n\n")


def test_an_issue_that_is_too_long_is_cut_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/dev.md").write_text(FOUND)
    (tmp_path / "reports/prod.audit.md").write_text("x" * 70_000)
    environment = gh(tmp_path, "7") | {"DRIFT": "failure", "AUDIT": "success", "RUN": "the run"}
    script = command("drift", "Open, renew or close the issue")
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=True, timeout=30)
    body = (tmp_path / "body.md").read_text()
    assert len(body) < 65_536
    assert body.endswith("... cut here; the rest is on the page of the run: the run\n")


@pytest.mark.parametrize(("newest", "goes_on"), [("abc", True), ("def", False), ("", False)])
def test_a_run_that_is_not_of_mains_newest_commit_stops(tmp_path: Path, newest: str, goes_on: bool) -> None:
    environment = gh(tmp_path, newest) | {"COMMIT": "abc", "GH_REPO": "helprr/codepipeline-access"}
    script = command("deploy", "Stop unless this is main's newest commit")
    done = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=False, timeout=30)
    assert (done.returncode == 0) is goes_on
    (first, *_) = steps(WORKFLOWS["deploy"]["jobs"]["up"])
    assert first["run"] == script


@pytest.mark.parametrize(("ago", "warned"), [("3 hours", False), ("50 hours", True), (None, True)])
def test_the_comment_says_who_wrote_it_and_whether_drift_was_looked_for(
    tmp_path: Path, ago: str | None, warned: bool
) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/dev.md").write_text("## dev: may be deployed\n")
    answer = f"$(date -u -d '{ago} ago' +%FT%TZ)" if ago else "never"
    environment = gh(tmp_path, answer) | {"PULL_REQUEST": "7"}
    script = command("preview", "Write or renew the comment")
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=True, timeout=30)
    comment = (tmp_path / "comment.md").read_text()
    assert comment.startswith("Written by a job that ran this change's code")
    assert comment.endswith("## dev: may be deployed\n")
    assert ("**Nobody looks for drift" in comment) is warned


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_rights_of_its_own_and_each_job_few(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}
    rights = {right: level for job in WORKFLOWS[name]["jobs"].values() for right, level in job["permissions"].items()}
    with_token = {"preview", "judge", "deploy", "drift"}
    assert ("id-token" in rights) is (name in with_token)
    assert rights.get("contents") == "write" if name == "refresh" else rights.get("contents") in ("read", None)


def test_what_pushes_a_branch_runs_nothing_that_was_installed() -> None:
    renew, propose = WORKFLOWS["refresh"]["jobs"].values()
    assert renew["permissions"] == {"contents": "read"}
    commands = "\n".join(step.get("run", "") for step in steps(propose))
    assert not re.search(r"\b(make|pip|python\d?)\b", commands)


@pytest.mark.parametrize(("difference", "called"), [("", []), ("+renewed\n", ["pr list", "pr create"])])
def test_the_table_of_managed_policies_is_renewed_by_a_pull_request(
    tmp_path: Path, difference: str, called: list[str]
) -> None:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-C", str(tmp_path)]
    (tmp_path / "table").write_text("known\n")
    (tmp_path / "patches").mkdir()
    for command_line in (["init", "--quiet"], ["add", "table"], ["commit", "--quiet", "-m", "x"]):
        subprocess.run([*git, *command_line], check=True, timeout=30)
    header = "--- a/table\n+++ b/table\n@@ -1 +1,2 @@\n known\n"
    (tmp_path / "patches/refresh.patch").write_text(header + difference if difference else "")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "gh").write_text(f'#!/bin/sh\necho "$1 $2" >> {tmp_path}/called\n')
    real = shutil.which("git")
    (tools / "git").write_text(f'#!/bin/sh\n[ "$1" = push ] || exec {real} "$@"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}", "GH_TOKEN": "t", "GH_REPO": "o/r"}
    script = command("refresh", "Open or renew the pull request")
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=True, timeout=30)
    done = tmp_path / "called"
    assert (done.read_text().splitlines() if done.exists() else []) == called
    subject = subprocess.run([*git, "log", "-1", "--format=%s"], check=True, capture_output=True, text=True, timeout=30)
    assert subject.stdout.startswith("Renew") is bool(called)


def test_nothing_runs_with_the_rights_of_main_on_what_somebody_else_wrote() -> None:
    # YAML reads the key "on" as true.
    triggers = {name: set(workflow[True]) for name, workflow in WORKFLOWS.items()}
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set().union(*triggers.values())
    assert WORKFLOWS["preview"]["jobs"]["judge"]["if"] == (
        "github.event.pull_request.head.repo.full_name == github.repository"
    )
    assert WORKFLOWS["preview"]["jobs"]["judge"]["uses"].endswith("/.github/workflows/judge.yml@main")
    on_main = "github.ref == 'refs/heads/main'"
    assert (WORKFLOWS["deploy"]["jobs"]["plan"]["if"], WORKFLOWS["drift"]["jobs"]["drift"]["if"]) == (on_main, on_main)
    # An environment for main only refuses what a branch's own workflow starts by another event.
    assert WORKFLOWS["judge"]["jobs"]["judge"]["environment"] == (
        "${{ matrix.stack }}-${{ github.event_name == 'pull_request' && 'preview' || 'main' }}"
    )
    foreign = [step for _, job in jobs() for step in steps(job) if "${{" in step.get("run", "")]
    assert foreign == []


def test_every_action_is_pinned_to_a_commit_and_says_its_version() -> None:
    lines = [
        line
        for path in FOLDER.glob("*.yml")
        for line in path.read_text().splitlines()
        if re.search(r"\buses: \w", line)
    ]
    loose = [line for line in lines if not re.search(r"uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)]
    assert [line.split("uses: ")[1].split(" #")[0] for line in loose] == [
        "helprr/codepipeline-access/.github/workflows/judge.yml@main"
    ]


def test_no_job_holds_a_long_lived_key() -> None:
    text = "".join(path.read_text() for path in FOLDER.glob("*.yml"))
    assert "secrets." not in text
    assert "aws-secret-access-key" not in text


def test_an_update_is_never_cut_off_and_waits_for_its_approval() -> None:
    up = WORKFLOWS["deploy"]["jobs"]["up"]
    assert up["concurrency"] == {"group": "deploy-${{ matrix.environment }}", "cancel-in-progress": False}
    assert up["environment"] == "${{ matrix.environment }}"
    assert up["strategy"] == {
        "max-parallel": 1,
        "matrix": {"include": "${{ fromJSON(needs.approvals.outputs.runs) }}"},
    }
    jobs_before = {name: job.get("needs") for name, job in WORKFLOWS["deploy"]["jobs"].items()}
    assert jobs_before == {"plan": None, "approvals": "plan", "up": "approvals"}
    assert "environment" not in WORKFLOWS["deploy"]["jobs"]["approvals"]


def test_every_stack_is_previewed_and_has_its_roles() -> None:
    names = sorted(path.name.split(".")[1] for path in PROJECT.glob("Pulumi.*.yaml"))
    assert WORKFLOWS["judge"]["jobs"]["judge"]["strategy"]["matrix"] == {"stack": names}
    roles = json.loads((PROJECT / "deploy/stacks.json").read_text())["roles"]
    assert sorted(roles) == names
    assert {role for its in roles.values() for role in its} == {"preview", "members", "grants", "audit"}
    assert WORKFLOWS["drift"]["jobs"]["audit"]["strategy"]["matrix"] == {"stack": names}
    assert f"for stack in {' '.join(names)}; do" in command("drift", "Open, renew or close the issue")


def test_the_grants_run_leaves_out_what_is_the_members() -> None:
    up = command("deploy", "Judge again, and change the account")
    assert re.findall(r"--exclude '\*\*(\S+)::\*\*'", up) == sorted(OF_MEMBERS)


def test_there_are_no_credentials_while_packages_are_installed_and_none_of_the_tests_are() -> None:
    for workflow, job in (("deploy", "up"), ("judge", "judge"), ("drift", "audit")):
        names = [step.get("name") or step["uses"].partition("@")[0] for step in steps(WORKFLOWS[workflow]["jobs"][job])]
        credentials = names.index("aws-actions/configure-aws-credentials")
        installing = [
            at for at, step in enumerate(steps(WORKFLOWS[workflow]["jobs"][job])) if "pip install" in str(step)
        ]
        assert installing
        assert max(installing) < credentials
        text = " ".join(step.get("run", "") for step in steps(WORKFLOWS[workflow]["jobs"][job]))
        assert "requirements-dev" not in text
        assert "make " not in text
        assert text.count("--require-hashes --no-deps") == text.count("pip install")
        assert text.count("--only-binary :all:") == text.count("pip install")


@pytest.fixture
def downloads() -> Iterator[tuple[str, list[str]]]:
    """A server that has nothing: its address, and what was asked of it."""
    asked: list[str] = []

    class Nothing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Nothing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def with_a_plugin_from(address: str, state: dict[str, Any]) -> dict[str, Any]:
    """A state with a resource whose provider is to be had from an address."""
    resources = state["deployment"]["resources"]
    (aws,) = (one for one in resources if one["type"] == "pulumi:providers:aws")
    urn = "urn:pulumi:dev::codepipeline-access::{}::x".format
    inputs = {"version": "1.0.0", "__internal": {"pluginDownloadURL": address}}
    provider = aws | {"urn": urn("pulumi:providers:evil"), "type": "pulumi:providers:evil", "inputs": inputs}
    thing = {"urn": urn("evil:index:Thing"), "custom": True, "id": "x", "type": "evil:index:Thing"}
    resources += [provider, thing | {"provider": f"{provider['urn']}::{provider['id']}"}]
    return state


def test_a_state_cannot_bring_a_plugin_into_a_deployment(
    bench: Workbench, starts: Starts, downloads: tuple[str, list[str]]
) -> None:
    """Whoever has the members' role can write the state that the grants' run reads."""
    address, asked = downloads
    starts.initialized(bench)
    assert starts.updated(bench).returncode == 0
    state = with_a_plugin_from(address, json.loads(bench.run("pulumi", "stack", "export", "--stack", "dev").stdout))
    (bench.folder / "state.json").write_text(json.dumps(state))
    assert bench.run("pulumi", "stack", "import", "--stack", "dev", "--file", "state.json").returncode == 0
    (up,) = (step for step in steps(WORKFLOWS["deploy"]["jobs"]["up"]) if step.get("name", "").startswith("Judge"))
    switch = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"
    ours = {"STACK": "dev", "ROLE": "grants", switch: up["env"][switch]}
    assert bench.run("bash", "-e", "-c", up["run"], **ours).returncode != 0
    assert asked == []
    bench.run("bash", "-e", "-c", up["run"], **(ours | {switch: "false"}))
    assert "pulumi-resource-evil-v1.0.0" in asked[0]


def test_a_state_cannot_bring_a_plugin_into_the_plan_or_the_look_for_drift() -> None:
    """What runs there could say that a change needs nobody, or that nothing has drifted."""
    judge = WORKFLOWS["judge"]["jobs"]["judge"]
    on_main = "github.event_name != 'pull_request'"
    assert judge["env"]["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == f"${{{{ {on_main} }}}}"
    names = [step.get("name") or step["uses"].partition("@")[0] for step in steps(judge)]
    install = names.index("Install main's plugins")
    assert (steps(judge)[install]["if"], steps(judge)[install]["run"].split()[:2]) == (on_main, ["pulumi", "install"])
    assert install < names.index("aws-actions/configure-aws-credentials")
    switched = [step["name"] for step in steps(judge) if "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION" in str(step)]
    assert switched == ["Install main's plugins"]
    # In a pull request, nothing of the change runs before the pack is there.
    assert [step["run"] for step in steps(judge) if "change" in step.get("run", "")][1] == steps(judge)[install]["run"]


def test_no_setting_that_anybody_may_change_decides_what_a_deployment_does() -> None:
    text = "".join(path.read_text() for path in FOLDER.glob("*.yml"))
    assert "vars." not in text


UNOWNED = ("bench/", "docs/", "tests/", "walkthrough/", "CONTRIBUTING.md", "LICENSE", "README.md")


def owned(path: str) -> bool:
    """By the last line of CODEOWNERS that is about the path; only the forms that ours uses."""
    owner = False
    for line in (PROJECT / ".github/CODEOWNERS").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern, *owners = line.split()
            assert pattern == "*" or re.fullmatch(r"/[\w./-]+", pattern), line
            if pattern == "*" or path == pattern[1:] or (pattern.endswith("/") and path.startswith(pattern[1:])):
                owner = bool(owners)
    return owner


def test_everything_that_can_run_with_credentials_has_an_owner() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True)
    files = [path for path in tracked.stdout.split("\0") if path]
    assert len(files) > 100
    by_administrators = ["docs/operations.md"]  # its commands are typed with an administrator's credentials
    assert [path for path in files if owned(path) is path.startswith(UNOWNED)] == by_administrators
    assert all(map(owned, ["a-new-file", "new/folder.py", ".github/CODEOWNERS", "deploy/docs/x", "Pulumi.dev.yaml"]))


def test_a_path_gets_no_empty_element_where_there_is_no_engine(checkout: Workbench) -> None:
    """The current folder would be on the PATH, and a file named pulumi in it would run with the credentials."""
    (checkout.folder / "pulumi").write_text("#!/bin/sh\necho mine >&2\n")
    (checkout.folder / "pulumi").chmod(0o755)
    (checkout.folder / "sandbox").unlink()
    done = checkout.run("make", "up", PATH="/usr/bin:/bin")
    assert done.returncode != 0
    assert "mine" not in done.stderr


def test_the_cli_of_the_workflows_is_the_one_of_the_lock_file() -> None:
    locked = re.search(r"^pulumi==(\S+)", (PROJECT / "requirements.txt").read_text(), re.MULTILINE)
    assert locked
    versions = {
        step["with"]["pulumi-version"]
        for _, job in jobs()
        for step in steps(job)
        if "pulumi-version" in step.get("with", {})
    }
    assert versions == {locked[1]}


def test_every_make_target_that_a_workflow_calls_exists() -> None:
    called = {
        word
        for _, job in jobs()
        for step in steps(job)
        for words in re.findall(r"\bmake (?:-C \w+ )?([\w./-]+)", step.get("run", ""))
        for word in [words]
    }
    makefile = (
        (PROJECT / "Makefile")
        .read_text()
        .replace("$(PROJECT):", ".venv/.installed:")
        .replace("$(PACK):", "policypack/venv/.installed:")
    )
    assert {target for target in called if not re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE)} == set()
