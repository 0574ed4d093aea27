"""The workflows: what their steps run is run here, and no change can weaken its own judge."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from walkthrough.demo import BEFORE, CATALOGUE, SNEAKED_IN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import CompletedProcess

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


def judged(bench: Workbench, mode: str = "change", stack: str = "dev") -> CompletedProcess[str]:
    """Run the judging step in a workspace as the job has it: the change, and main beside it."""
    workspace = bench.folder.parent
    if not (workspace / "base").exists():
        (workspace / "base").mkdir()
        shutil.copytree(PROJECT / ".github", workspace / "base/.github")
        shutil.copytree(PROJECT / "policypack", workspace / "base/policypack", symlinks=True)
        (workspace / "change").symlink_to(bench.folder)
    return subprocess.run(
        ["bash", "-e", "-c", command("judge", "Preview and judge")],
        cwd=workspace,
        env=bench.sandbox.environment | {"STACK": stack, "MODE": mode},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_change_that_weakens_pack_and_policy_is_judged_by_the_pack_of_main(bench: Workbench) -> None:
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    catalogue, pack = bench.folder / CATALOGUE, bench.folder / "policypack/__main__.py"
    catalogue.write_text(catalogue.read_text().replace(BEFORE, SNEAKED_IN + BEFORE))
    pack.write_text(
        re.sub(r"policies=\[.*\]", "policies=[login_reset_required.RULE]", pack.read_text(), flags=re.DOTALL)
    )
    by_itself = bench.run("pulumi", "preview", "--stack", "dev", "--policy-pack", "policypack")
    assert by_itself.returncode == 0, by_itself.stdout + by_itself.stderr
    done = judged(bench)
    assert done.returncode not in (0, 2), done.stdout + done.stderr
    report = (bench.folder.parent / "dev.md").read_text()
    assert report.startswith("## dev: refused or failed\n")
    assert '"codepipeline:Update*" grants UpdatePipeline' in report


def test_a_good_change_is_reported_with_its_diff_and_who_may_do_what(bench: Workbench) -> None:
    assert bench.run("pulumi", "stack", "init", "dev").returncode == 0
    done = judged(bench)
    assert done.returncode == 0, done.stdout + done.stderr
    report = (bench.folder.parent / "dev.md").read_text()
    assert report.startswith("## dev: may be deployed\n")
    assert "+ aws:iam/user:User: (create)" in report
    assert "| may | re-trigger a pipeline | `codepipeline:StartPipelineExecution` |" in report


def test_the_deployment_judges_again_and_then_drift_is_an_error(checkout: Workbench) -> None:
    assert checkout.run("pulumi", "stack", "init", "dev").returncode == 0
    up = command("deploy", "Judge again, and change the account")
    catalogue = checkout.folder / CATALOGUE
    honest = catalogue.read_text()
    catalogue.write_text(honest.replace(BEFORE, SNEAKED_IN + BEFORE))
    refused = checkout.run("bash", "-e", "-c", up, STACK="dev")
    assert refused.returncode != 0
    assert '"codepipeline:Update*" grants UpdatePipeline' in refused.stdout
    assert checkout.client("iam").list_users()["Users"] == []
    catalogue.write_text(honest)
    done = checkout.run("bash", "-e", "-c", up, STACK="dev")
    assert done.returncode == 0, done.stdout + done.stderr
    assert judged(checkout, "drift").returncode == 0
    checkout.client("iam").create_user(UserName="stranger")
    checkout.client("iam").add_user_to_group(GroupName=GROUP, UserName="stranger")
    assert judged(checkout, "drift").returncode == 7
    report = (checkout.folder.parent / "dev.md").read_text()
    assert report.startswith("## dev: the account is not what main says\n")
    assert '"stranger"' in report


JUDGE = runpy.run_path(str(PROJECT / ".github/judge.py"))


@pytest.mark.parametrize(
    ("code", "heading"),
    [
        (0, "## dev: may be deployed"),
        (7, "## dev: the account is not what main says"),
        (1, "## dev: refused or failed"),
        (-9, "## dev: refused or failed"),
    ],
)
def test_a_report_starts_with_the_verdict(code: int, heading: str) -> None:
    assert JUDGE["report"]("dev", code, "diff", []).splitlines()[0] == heading


def test_a_report_leaves_out_urns_and_cannot_be_broken_out_of() -> None:
    diff = "+ user\n    [urn=urn:pulumi:dev::x]\n````\n@everybody"
    assert JUDGE["report"]("dev", 0, diff, ["matrix"]).splitlines()[2:7] == [
        "`````",
        "+ user",
        "````",
        "@everybody",
        "`````",
    ]


def test_a_report_fits_into_a_comment() -> None:
    report = JUDGE["report"]("dev", 0, "+" * 200_000, [])
    assert len(report) < 30_000
    assert "cut here; the rest is in the job's log" in report


@pytest.mark.parametrize("events", ["", "error: no stack", "{}", "[]", "null", '{"resOutputsEvent": null}'])
def test_a_preview_that_tells_nothing_gives_no_access_matrix(events: str) -> None:
    assert JUDGE["access_matrices"](events) == []


@pytest.mark.parametrize(
    ("result", "open_issue", "done"),
    [
        ("failure", "", ["label create drift --force", "issue create --title Drift: an account is not what main says"]),
        ("failure", "7", ["issue edit 7 --body-file body.md"]),
        ("success", "7", ["issue close 7 --comment The account is again what main says: the run"]),
        ("success", "", []),
    ],
)
def test_drift_keeps_one_issue(tmp_path: Path, result: str, open_issue: str, done: list[str]) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports/dev.md").write_text("## dev: the account is not what main says\n")
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\n[ "$2" = list ] && echo {open_issue} || echo "$@" >> done\n')
    gh.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "RESULT": result, "RUN": "the run"}
    script = command("drift", "Open, renew or close the issue")
    subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, env=environment, check=True, timeout=30)
    called = (tmp_path / "done").read_text().splitlines() if (tmp_path / "done").exists() else []
    assert [line.partition(" --label")[0] for line in called] == done


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_rights_of_its_own_and_each_job_few(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}
    rights = {right: level for job in WORKFLOWS[name]["jobs"].values() for right, level in job["permissions"].items()}
    with_token = {"preview", "judge", "deploy", "drift"}
    assert ("id-token" in rights) is (name in with_token)
    assert rights.get("contents") in ("read", None)


def test_nothing_runs_with_the_rights_of_main_on_what_somebody_else_wrote() -> None:
    # YAML reads the key "on" as true.
    triggers = {name: set(workflow[True]) for name, workflow in WORKFLOWS.items()}
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set().union(*triggers.values())
    assert WORKFLOWS["preview"]["jobs"]["judge"]["if"] == (
        "github.event.pull_request.head.repo.full_name == github.repository"
    )
    assert WORKFLOWS["preview"]["jobs"]["judge"]["uses"].endswith("/.github/workflows/judge.yml@main")
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


def test_an_update_is_never_cut_off_and_two_never_meet() -> None:
    up = WORKFLOWS["deploy"]["jobs"]["up"]
    assert up["concurrency"] == {"group": "deploy-${{ matrix.stack }}", "cancel-in-progress": False}
    assert up["environment"] == "${{ matrix.stack }}"
    assert up["strategy"] == {"max-parallel": 1, "matrix": {"stack": ["dev", "prod"]}}


def test_every_stack_is_previewed_and_deployed() -> None:
    stacks = sorted(path.name.split(".")[1] for path in PROJECT.glob("Pulumi.*.yaml"))
    matrices = [
        job["strategy"]["matrix"]["stack"] for _, job in jobs() if "stack" in job.get("strategy", {}).get("matrix", {})
    ]
    assert matrices == [stacks, stacks]


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
