"""How long does the audit of a large account take once its answer is there, and how much memory?

Run with the project's own environment, from the project: PYTHONPATH=. .venv/bin/python bench/audit.py
A saved answer of 5,000 users, 1,000 roles, 300 groups and 1,500 managed policies, and half of it, each in a process of
its own: from reading the file to the report as JSON.
"""

import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

ACCOUNT = "123456789012"
SIZES = ((2_500, 500, 150, 750), (5_000, 1_000, 300, 1_500))  # users, roles, groups, managed policies
ROUNDS = 3
MEGABYTE = 2**20
SERVICES = ("s3", "ec2", "logs", "lambda", "dynamodb", "sqs", "sns", "ecr", "kms", "ssm", "codebuild", "codepipeline")
VERBS = ("Get*", "List*", "Describe*", "Put*", "Create*", "Delete*", "Update*", "Start*")


def _document(random: Random) -> dict[str, Any]:
    """Some statements about services, of the size that managed policies usually have."""
    statements: list[dict[str, Any]] = [
        {
            "Effect": "Allow",
            "Action": [f"{random.choice(SERVICES)}:{random.choice(VERBS)}" for _ in range(random.randint(2, 8))],
            "Resource": random.choice(["*", [f"arn:aws:codepipeline:*:*:team-{random.randint(1, 99)}-*"]]),
        }
        for _ in range(random.randint(1, 5))
    ]
    if random.random() < 0.1:  # noqa: PLR2004 - one in ten denies
        name = f"team-{random.randint(1, 99)}-*"
        denied = {"Effect": "Deny", "Action": "codepipeline:*", "Resource": f"arn:aws:codepipeline:*:{ACCOUNT}:{name}"}
        statements.append(denied)
    return {"Version": "2012-10-17", "Statement": statements}


def _holder(random: Random, kind: str, number: int, policies: list[str]) -> dict[str, Any]:
    return {
        "Path": "/",
        f"{kind}Name": f"{kind.lower()}{number}",
        f"{kind}Id": f"{kind[0]}ID{number}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:{kind.lower()}/{kind.lower()}{number}",
        f"{kind}PolicyList": [{"PolicyName": "own", "PolicyDocument": _document(random)}] if number % 2 else [],
        "AttachedManagedPolicies": [
            {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in random.sample(policies, 3)
        ],
        "Tags": [{"Key": "owner", "Value": f"team-{number % 99}"}],
    }


def answer(users: int, roles: int, groups: int, managed: int) -> dict[str, Any]:
    """An account in which about every policy counts, each managed one with two old versions."""
    random = Random(1)  # noqa: S311 - no secret
    policies = [f"arn:aws:iam::{ACCOUNT}:policy/p{number}" for number in range(managed)]
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    return {
        "UserDetailList": [
            _holder(random, "User", number, policies)
            | {"GroupList": [f"group{random.randrange(groups)}" for _ in range(3)]}
            for number in range(users)
        ],
        "GroupDetailList": [_holder(random, "Group", number, policies) for number in range(groups)],
        "RoleDetailList": [
            _holder(random, "Role", number, policies)
            | {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}}
            for number in range(roles)
        ],
        "Policies": [
            {
                "PolicyName": arn.rpartition("/")[2],
                "Arn": arn,
                "DefaultVersionId": "v3",
                "PolicyVersionList": [
                    {"VersionId": f"v{version}", "IsDefaultVersion": version == 3, "Document": _document(random)}  # noqa: PLR2004 - the third of three
                    for version in (1, 2, 3)
                ],
            }
            for arn in policies
        ],
        "IsTruncated": False,
    }


def audit(file: Path) -> tuple[float, float, dict[str, Any]]:
    """Seconds, megabytes at most, and the report."""
    code = (
        "import resource, sys\n"
        "from audit.command import main\n"
        f"main(['--from', {str(file)!r}, '--format', 'json'])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    seconds = time.perf_counter() - started
    kilobytes = int(done.stderr.split()[-1]) / (1024 if sys.platform == "darwin" else 1)
    return seconds, kilobytes / 1024, json.loads(done.stdout)


def main() -> None:
    """Print the table."""
    print(f"Python {platform.python_version()} on {platform.machine()}, {ROUNDS} rounds, median (lowest to highest)\n")
    print("| users | roles | groups | policies | file | time | memory | can | at second hand |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "answer.json"
            file.write_text(json.dumps(answer(*size)))
            rounds = [audit(file) for _ in range(ROUNDS)]
            times, memory = sorted(one[0] for one in rounds), max(one[1] for one in rounds)
            report = rounds[0][2]
            numbers = " | ".join(f"{number:,}" for number in size)
            print(
                f"| {numbers} | {file.stat().st_size / MEGABYTE:.0f} MB"
                f" | {statistics.median(times):.1f} s ({times[0]:.1f} to {times[-1]:.1f}) | {memory:.0f} MB"
                f" | {len(report['findings']):,} | {len(report['second_hand']):,} |"
            )


if __name__ == "__main__":
    main()
