"""A stack file that cannot be used ends in one message, before anything is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from walkthrough import Workbench

STACKS: dict[str, tuple[str, list[str]]] = {
    "no team": (
        "developers: [jin]",
        ["team is missing. Name the team: pulumi config set codepipeline-access:team helprr-backend"],
    ),
    "a null team and a misspelt key": (
        "team:\ndeveloper: [jin]",
        ["team is empty.", "developer is not a known setting. Did you mean developers?"],
    ),
    "names that YAML turned into something else": (
        "team: helprr\ndevelopers: [jin, 1207, true, null, 1.5, [mina], {mina: 1}]",
        [
            'developers[1] is the number 1207, not a string. Quote it: "1207".',
            'developers[2] is true, not a string. Quote it: "true".',
            "developers[3] is empty, not a string.",
            'developers[4] is the number 1.5, not a string. Quote it: "1.5".',
            "developers[5] is a list, not a string.",
            "developers[6] is a map, not a string.",
        ],
    ),
    "names that AWS refuses, and twins": (
        f"team: helprr\ndevelopers: [jin, JIN, 'a b', {'x' * 65}, 'j\u0456n']\nexisting: [Jin, '']",
        [
            'developers[1] "JIN" is the same as developers[0] "jin": IAM treats names that differ only in ',
            'developers[2] is "a b".',
            "developers[3] is 65 characters long.",
            'developers[4] is "j\\u0456n".',
            'existing[0] "Jin" is the same as developers[0] "jin"',
            "existing[1] is empty.",
        ],
    ),
    "wrong types at the top": (
        (
            "team: [a]\ndevelopers: jin\nexisting: {a: b}\npgpKeys: [x]\ncredentialIssues: 2\npipelines: helprr\n"
            "capabilities: {}\ndenyPipelineChanges: 'no'\nrequireMfa: 1\nuniqueNames: [true]\n"
            "passwordLength: long\npath: {}"
        ),
        [
            "team is a list, not a string.",
            'developers is the string "jin", not a list.',
            "existing is a map, not a list.",
            "pgpKeys is a list, not a map.",
            'credentialIssues is the string "2", not a map.',
            'pipelines is the string "helprr", not a list.',
            "capabilities is a map, not a list.",
            'denyPipelineChanges is the string "no", not true or false.',
            'requireMfa is the string "1", not true or false.',
            "uniqueNames is a list, not true or false.",
            'passwordLength is the string "long", not a whole number.',
            "path is a map, not a string.",
        ],
    ),
    "keys of nobody": (
        "team: helprr\ndevelopers: [jin]\npgpKeys: {mina: x}\ncredentialIssues: {jim: 2, jin: '2'}",
        [
            'pgpKeys.mina is for nobody: developers does not list "mina".',
            "pgpKeys.mina is not a PGP key",
            'credentialIssues.jim is for nobody: developers does not list "jim". Did you mean jin?',
            'credentialIssues.jin is the string "2", not a whole number.',
        ],
    ),
    "pipelines that mean none or all": ("team: helprr\npipelines: []", ["pipelines is empty."]),
}


@pytest.mark.parametrize("name", STACKS)
def test_every_problem_is_in_one_message_and_nothing_is_registered(bench: Workbench, name: str) -> None:
    text, problems = STACKS[name]
    settings: dict[str, Any] = yaml.safe_load(text)
    bench.run("pulumi", "stack", "init", "dev")
    bench.write_config("dev", settings)
    done = bench.run("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert [problem for problem in problems if f"codepipeline-access:{problem}" not in said] == []
    assert "Traceback" not in said
    assert "DeveloperAccess" not in said
    assert "access-" not in said.replace("codepipeline-access-", "")
    assert bench.sandbox.account.calls == []
