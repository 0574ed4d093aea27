"""How long does it take to tell what a document grants, beside reading its JSON and beside the peers?

Run with the peers' own environment: bench/venv/bin/python bench/policy_evaluators.py
All AWS managed policies, as JSON text in memory; a round is all of them once.
"""

import json
import os
import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "policypack"))
warnings.simplefilter("ignore")  # the peers' own, about their dependencies

# ruff: noqa: E402 - the two lines above must come first
from cloudsplaining.scan.policy_document import PolicyDocument  # type: ignore[import-not-found]  # in bench/venv only
from moto.iam.aws_managed_policies import aws_managed_policies_data
from parliament import analyze_policy_string  # type: ignore[import-not-found]  # in bench/venv only
from policy_sentry.analysis.expand import get_expanded_policy  # type: ignore[import-not-found]  # in bench/venv only
from py_iam_expand.policy import expand_policy_actions  # type: ignore[import-untyped]  # it comes without types

from iam import InvalidDocument, granted

ACTIONS = ("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline", "codepipeline:DeletePipeline")
ROUNDS = {"json.loads": 30, "granted": 30}
ROUNDS_OF_A_PEER = 3
MEGABYTE = 1_000_000


def _names_one(policy: dict[str, Any]) -> bool:
    """Whether an expanded document allows one of the three by name, leaving aside what it denies."""
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    return any(
        action in ACTIONS for item in statements if item["Effect"] == "Allow" for action in item.get("Action", ())
    )


def _cloudsplaining(document: str) -> bool:
    return any(action in ACTIONS for action in PolicyDocument(json.loads(document)).all_allowed_actions)


def _py_iam_expand(document: str) -> bool:
    policy = json.loads(document)
    if isinstance(policy["Statement"], dict):
        policy["Statement"] = [policy["Statement"]]  # it takes a list only
    return _names_one(expand_policy_actions(policy))


def _parliament(document: str) -> None:
    with suppress(Exception):  # it raises bare Exceptions on types of conditions that it does not know
        analyze_policy_string(document)


EVALUATORS: dict[str, Callable[[str], object]] = {
    "json.loads": json.loads,
    "granted": lambda document: bool(granted(document, ACTIONS)),
    "policy_sentry": lambda document: _names_one(get_expanded_policy(json.loads(document))),
    "parliament": _parliament,
    "cloudsplaining": _cloudsplaining,
    "py-iam-expand": _py_iam_expand,
}
BOMBS: dict[str, Callable[[], str]] = {
    "a million nested lists": lambda: "[" * MEGABYTE,
    "10 MB of blanks": lambda: " " * 10 * MEGABYTE,
    "a million stars": lambda: _allowing("codepipeline:" + "*" * MEGABYTE),
    "500,000 stars with letters": lambda: _allowing("codepipeline:" + "*a" * (MEGABYTE // 2)),
    "100,000 actions": lambda: _allowing(*["codepipeline:*a*b*c*d*e*f*g"] * 100_000),
    "10,000 statements": lambda: json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}] * 10_000}
    ),
    "a number of a million digits": lambda: "9" * MEGABYTE,
}


def _allowing(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _microseconds(evaluate: Callable[[str], object], documents: list[str], rounds: int) -> list[float]:
    """Microseconds a document, one for each round."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        for document in documents:
            evaluate(document)
        times.append((time.perf_counter() - started) / len(documents) * 1e6)
    return times


def main() -> None:
    """Print both tables."""
    documents = [json.dumps(policy["Document"]) for policy in json.loads(aws_managed_policies_data).values()]
    peers = ", ".join(f"{name} {version(name)}" for name in EVALUATORS if name not in ROUNDS)
    print(f"{len(documents)} documents, {sum(map(len, documents)) / len(documents):,.0f} characters each on average")
    busy = f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}"
    print(f"{busy}, Python {platform.python_version()}\nmoto {version('moto')}, {peers}\n")
    print(
        f"{'us a document':16}{'median':>9}{'fastest':>9}{'slowest':>9}{'rounds':>8}{'x json':>8}   says one is granted"
    )
    baseline = 0.0
    for name, evaluate in EVALUATORS.items():
        evaluate(documents[0])  # what a peer loads at its first use does not count
        rounds = ROUNDS.get(name, ROUNDS_OF_A_PEER)
        times = _microseconds(evaluate, documents, rounds)
        median = statistics.median(times)
        baseline = baseline or median
        verdicts = [evaluate(document) for document in documents]
        said = str(sum(map(bool, verdicts))) if isinstance(verdicts[0], bool) else "-"
        spread = f"{median:>9,.0f}{min(times):>9,.0f}{max(times):>9,.0f}"
        print(f"{name:16}{spread}{rounds:>8}{median / baseline:>8.1f}   {said}")
    print(f"\n{'granted on bad input':32}{'MB':>6}{'ms':>8}{'ms a MB':>9}")
    for name, bomb in BOMBS.items():
        document = bomb()
        times = []
        for _ in range(5):
            started = time.perf_counter()
            with suppress(InvalidDocument):
                granted(document, ACTIONS)
            times.append((time.perf_counter() - started) * 1e3)
        megabytes = len(document) / MEGABYTE
        print(f"{name:32}{megabytes:>6.1f}{statistics.median(times):>8.1f}{statistics.median(times) / megabytes:>9.1f}")


if __name__ == "__main__":
    main()
