"""Does a simulation of the account contradict the audit anywhere, and why can it not be determined where it cannot?

Run with the project's own environment, from the project: .venv/bin/python -m bench.audit_exactness
10,000 users, groups and roles of accounts at random (4 minutes), or as many as the command line says: each verdict is
tried with the evaluator behind the simulated account's SimulatePrincipalPolicy, which shares no code with the audit.
"""

import platform
import sys
import time
from collections import Counter
from random import Random

from audit.account import account_of
from audit.findings import Judge
from tests.audit.accounts import answer
from tests.audit.random_accounts import disagreements, entries, simulation_of

PRINCIPALS = 10_000
OF_AN_ACCOUNT = 100  # users and roles; its groups come on top


def main() -> int:
    """Print the table; 1 if there is a disagreement."""
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else PRINCIPALS
    started = time.process_time()
    counts: Counter[str] = Counter()
    found: list[str] = []
    principals = seed = 0
    while principals < asked:
        saved = answer(*entries(Random(seed), OF_AN_ACCOUNT))  # noqa: S311 - no secret
        judge = Judge(account_of(saved, f"account {seed}"))
        contradicted, counted = disagreements(judge, simulation_of(saved))
        found += [f"account {seed}: {text}" for text in contradicted]
        counts.update(counted)
        principals += len(judge.account.principals)
        seed += 1
    seconds = time.process_time() - started
    print(f"Python {platform.python_version()} on {platform.machine()}, {seconds:.0f} s of processor time\n")
    print(f"{principals:,} principals of {seed} accounts, three actions each: {len(found)} disagreements\n")
    print("| verdict | how often |")
    print("| --- | --- |")
    for verdict, number in counts.most_common():
        print(f"| {verdict} | {number:,} |")
    for text in found:
        print(text, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
