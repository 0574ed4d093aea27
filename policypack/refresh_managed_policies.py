"""Write managed_policies.json anew, from the AWS managed policies that come with moto. `make refresh` runs it."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from iam import escalations, granted

TARGET = Path(__file__).with_name("managed_policies.json")
PIPELINE_CHANGES = ("codepipeline:CreatePipeline", "codepipeline:UpdatePipeline", "codepipeline:DeletePipeline")
FEWEST_EXPECTED = 1_500  # of November 2026 there are 1,582; far fewer means that the data set is broken


def generate() -> str:
    """The whole file as text.

    Raises:
        ValueError: the data set is suspiciously small.
    """
    policies: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    if len(policies) < FEWEST_EXPECTED:
        raise ValueError(f"moto has {len(policies)} AWS managed policies, fewer than the {FEWEST_EXPECTED} expected.")
    changing, escalating, harmless = {}, [], []
    for name, policy in policies.items():
        path = f"{policy['Path']}{name}".removeprefix("/")
        grants = granted(policy["Document"], PIPELINE_CHANGES)
        if grants:
            changing[path] = sorted({action for grant in grants for action in grant.actions})
        elif escalations(policy["Document"]):
            escalating.append(path)
        else:
            harmless.append(path)
    table = {
        "source": f"moto {version('moto')}",
        "youngest": max(policy["UpdateDate"] for policy in policies.values())[:10],
        "changing_pipelines": dict(sorted(changing.items())),
        "escalating": sorted(escalating),
        "harmless": sorted(harmless),
    }
    return json.dumps(table, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(generate(), encoding="utf-8")
