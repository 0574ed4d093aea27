"""`python3 judge.py ...`: preview a program with a policy pack from elsewhere, and report it as Markdown.

The workflows run the copy on main, so that a change is judged by nothing of its own. Standard library only.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

LONGEST_REPORT = 25_000  # characters; a comment on GitHub takes 65,536 for all stacks together
NOISE = re.compile(r"^ *\[(urn|provider|id)=")  # lines of a diff that nobody reads
DRIFT = 7  # `pulumi preview --expect-no-changes` found changes; https://www.pulumi.com/docs/iac/cli/exit-codes/
CONFIGURATION = "policy-pack.json"  # beside the pack's folder, if it is there
EXIT_CODES = "exit codes: that of pulumi preview (0 fine, 7 drift, others an error or a violation), 2 wrong usage"


def preview(
    where: tuple[Path, Path, str], *options: str, variables: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `pulumi preview`, judged by the pack with the configuration beside it; both streams in one text.

    Args:
        where: folders of the program and of the pack, and the stack.
        options: of the command.
        variables: of the environment, beside this process's.
    """
    program, pack, stack = where
    command = ["pulumi", "preview", "--non-interactive", "--color", "never", "--stack", stack]
    command += ["--policy-pack", str(pack.resolve()), *options]
    configuration = pack.resolve().parent / CONFIGURATION  # of the pack that judges, never of the change
    if configuration.exists():
        command += ["--policy-pack-config", str(configuration)]
    environment = os.environ | {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"} | (variables or {})
    return subprocess.run(  # noqa: S603 - a list of ours, no shell
        command, cwd=program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def access_matrices(events: str) -> list[str]:
    """The `readme` of each component, from the engine's events, one a line of JSON."""
    found: dict[str, str] = {}
    for line in events.splitlines():
        try:
            metadata = json.loads(line)["resOutputsEvent"]["metadata"]
            readme = metadata["new"]["outputs"]["readme"]
        except (ValueError, LookupError, TypeError):
            continue
        if metadata["type"] == "codepipeline-access:index:DeveloperAccess" and metadata["op"] != "refresh":
            found[metadata["urn"]] = readme
    return list(found.values())


def exceptions_of(findings: Path) -> str:
    """The exceptions of the run as Markdown, from the file that the pack wrote; "" if there are none."""
    if not findings.exists():
        return ""
    listed = json.loads(findings.read_text(encoding="utf-8"))["exceptions"]
    lines = [
        f"- `{one['rule']}`: `{one['match']}` {'ended on' if one['ended'] else 'until'} {one['until']}: {one['reason']}"
        for one in listed
    ]
    return "\n".join(["Exceptions from the rules:", "", *lines]) if lines else ""


def point_at_settings(sarif: Path, program: Path) -> None:
    """Let each result point at the line of the stack file that names what it is about, if one does."""
    if not sarif.exists():
        return
    written = json.loads(sarif.read_text(encoding="utf-8"))
    for result in written["runs"][0]["results"]:
        for location in result["locations"]:
            place = location["physicalLocation"]
            file = program / place["artifactLocation"]["uri"]
            names = [logical["name"] for logical in location.get("logicalLocations", ())]
            if file.exists() and names:
                place["region"]["startLine"] = line_about(file.read_text(encoding="utf-8"), names[0])
    sarif.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def line_about(stack_file: str, resource: str) -> int:
    """The line with the setting that a resource such as `access-jin` was made of; 1 if there is none."""
    longest = (0, 1)
    for number, line in enumerate(stack_file.splitlines(), 1):
        value = re.sub(r"^[\s-]*|\s+#.*$|[\"':\s]+$", "", line).strip("\"'")
        if value and (resource == value or resource.endswith(f"-{value}")):
            longest = max(longest, (len(value), number))
    return longest[1]


VERDICTS = {
    "change": {0: "may be deployed"},
    "drift": {0: "the account is what main says", DRIFT: "the account is not what main says"},
}
NO_VERDICT = {"change": "refused or failed", "drift": "could not look"}


def report(stack: str, mode: str, code: int, diff: str, matrices: list[str], exceptions: str = "") -> str:  # noqa: PLR0913, PLR0917 - a part of the report each
    """The Markdown of one stack."""
    verdict = VERDICTS[mode].get(code, NO_VERDICT[mode])
    lines = [line for line in diff.strip().splitlines() if not NOISE.search(line)]
    shown = "\n".join(lines)
    if len(shown) > LONGEST_REPORT:
        shown = f"{shown[:LONGEST_REPORT]}\n... cut here; the rest is in the job's log"
    # A fence longer than any run of backticks within: the text cannot end it.
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    parts = [f"## {stack}: {verdict}", f"{fence}\n{shown}\n{fence}", *([exceptions] if exceptions else [])]
    parts += [f"<details><summary>Who may do what</summary>\n\n{matrix}\n\n</details>" for matrix in matrices]
    return "\n\n".join(parts) + "\n\n"


def main() -> int:
    """Judge one stack; returns the exit code of the preview."""
    parser = argparse.ArgumentParser(prog="judge.py", description="Preview and judge one stack.", epilog=EXIT_CODES)
    parser.add_argument("--program", type=Path, required=True, help="folder of the program")
    parser.add_argument("--policy-pack", type=Path, required=True, help="folder of the pack that judges it")
    parser.add_argument("--stack", required=True)
    parser.add_argument("--mode", choices=["change", "drift"], default="change", help="drift: changes are an error")
    parser.add_argument(
        "--output", type=Path, required=True, help="the report, in Markdown; findings.json and sarif beside it"
    )
    arguments = parser.parse_args()
    where = (arguments.program, arguments.policy_pack, arguments.stack)
    expectation = ["--expect-no-changes"] if arguments.mode == "drift" else []
    findings, sarif = (arguments.output.resolve().with_suffix(end) for end in (".findings.json", ".sarif"))
    files = {"CODEPIPELINE_ACCESS_FINDINGS": str(findings), "CODEPIPELINE_ACCESS_SARIF": str(sarif)}
    done = preview(where, "--diff", "--suppress-progress", "--suppress-outputs", *expectation, variables=files)
    print(done.stdout)
    matrices = access_matrices(preview(where, "--json").stdout)
    point_at_settings(sarif, arguments.program)
    exceptions = exceptions_of(findings)
    arguments.output.write_text(
        report(arguments.stack, arguments.mode, done.returncode, done.stdout, matrices, exceptions), encoding="utf-8"
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
