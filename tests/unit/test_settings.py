"""Stack config -> settings: defaults, types, and every problem at once."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pulumi
import pytest
from pydantic.alias_generators import to_camel

from components.developer_access_args import DeveloperAccessArgs
from components.policy_document import Place
from components.settings import BadSettings, Settings, checked_args, problems_at
from components.stack_config import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

BOUNDARY = "arn:aws:iam::123456789012:policy/admin/boundary"
REGION = {"aws:region": "us-east-1"}
NAMES = "Allowed: a list of names, each 1 to 64 letters, digits and +=,.@_-."


def config(settings: Mapping[str, object]) -> dict[str, str]:
    """As `pulumi.runtime.get_config_env()` has it: scalars as text, the rest as JSON."""
    return REGION | {
        f"codepipeline-access:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in settings.items()
    }


def problems(settings: Mapping[str, object]) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        load_settings(config(settings))
    return [str(problem).removeprefix("codepipeline-access:") for problem in caught.value.problems]


def test_a_team_alone_is_enough() -> None:
    settings = load_settings(config({"team": "helprr"}))
    assert settings == Settings(team="helprr")
    assert settings.policy_description == (
        "Limited access for helprr developers to view, re-trigger, and stop pipelines"
    )


def test_every_key_is_read() -> None:
    everything = {
        "team": "helprr",
        "description": "For Helprr",
        "developers": ("jin",),
        "existing": ("mina",),
        "permissionsBoundary": BOUNDARY,
        "credentialIssues": {"jin": 3},
        "startable": ("helprr-dev", "us-east-1:helprr-api", "eu-west-1:api"),
        "projects": ("helprr-*",),
        "until": {"mina": "2027-03-31"},
        "pipelines": ("helprr-*", "eu-west-1:api"),
        "capabilities": ("approve", "build-logs"),
        "denyPipelineChanges": False,
        "requireMfa": True,
        "uniqueNames": True,
        "passwordLength": 32,
        "path": "/teams/helprr/",
    }
    loaded = load_settings(config(everything))
    assert {to_camel(name): value for name, value in loaded if name not in ("pgp_keys", "hand_over_key")} == everything


def test_keys_of_other_namespaces_are_left_alone() -> None:
    assert load_settings({"codepipeline-access:team": "helprr", "other:team": "x"}).team == "helprr"


@pytest.mark.parametrize("name", ["a", "x" * 64, "jin@example.com", "a+b=c,d.e_f-g", "1207", "null", "Robert", "on"])
def test_every_name_that_aws_takes_is_taken(name: str) -> None:
    assert load_settings(config({"team": "helprr", "developers": [name]})).developers == (name,)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", f"developers[0] is empty. {NAMES}"),
        ("x" * 65, f"developers[0] is 65 characters long. {NAMES}"),
        ("jin ", f'developers[0] is "jin ". {NAMES}'),
        ("jin\n", f'developers[0] is "jin\\n". {NAMES}'),
        ("a/b", f'developers[0] is "a/b". {NAMES}'),
        ("a:b", f'developers[0] is "a:b". {NAMES}'),
        ("j\u0131n", f'developers[0] is "j\\u0131n". {NAMES}'),
        ("\u212aim", f'developers[0] is "\\u212aim". {NAMES}'),
        ("\uff4ain", f'developers[0] is "\\uff4ain". {NAMES}'),
        ("\u0661", f'developers[0] is "\\u0661". {NAMES}'),
        ("*", f'developers[0] is "*". {NAMES}'),
        (1207, 'developers[0] is the number 1207, not a string. Quote it: "1207".'),
        (True, 'developers[0] is true, not a string. Quote it: "true".'),
        (None, f"developers[0] is empty, not a string. {NAMES}"),
        ([], f"developers[0] is a list, not a string. {NAMES}"),
        ({}, f"developers[0] is a map, not a string. {NAMES}"),
    ],
)
def test_a_name_that_aws_or_yaml_would_spoil_is_refused(value: object, problem: str) -> None:
    assert problems({"team": "helprr", "developers": [value]}) == [problem]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"developers": ["jin", "mina", "jin"]}, ["developers[2]", "developers[0]"]),
        ({"developers": ["jin", "JIN"]}, ["developers[1]", "developers[0]"]),
        ({"existing": ["Jin", "jin"]}, ["existing[1]", "existing[0]"]),
        ({"developers": ["jin"], "existing": ["Jin"]}, ["existing[0]", "developers[0]"]),
        ({"pipelines": ["api", "web", "api"]}, ["pipelines[2]", "pipelines[0]"]),
        ({"capabilities": ["approve", "approve"]}, ["capabilities[1]", "capabilities[0]"]),
    ],
)
def test_twins_are_named_by_both_paths(settings: dict[str, object], expected: list[str]) -> None:
    (problem,) = problems({"team": "helprr"} | settings)
    assert [path for path in expected if path not in problem] == []
    assert " is the same as " in problem


def test_pipelines_that_differ_in_case_are_two() -> None:
    assert load_settings(config({"team": "helprr", "pipelines": ["Api", "api"]})).pipelines == ("Api", "api")


@pytest.mark.parametrize(
    "name", ["", "a b", "a/b", "x" * 101, "b:*:a", "eu west 1:api", "*:api", ":api", "api:", "api?", "\u0430pi"]
)
def test_a_pipeline_that_cannot_be_is_refused(name: str) -> None:
    (problem,) = problems({"team": "helprr", "pipelines": [name]})
    assert problem.startswith("pipelines[0] is ")


@pytest.mark.parametrize("path", ["", "/", "/a/", "/teams/helprr/", "teams/", "/teams", "//", "/a b/", "/*/", "/${x}/"])
def test_a_path_has_parts_between_slashes(path: str) -> None:
    if path in ("/", "/a/", "/teams/helprr/"):
        assert load_settings(config({"team": "helprr", "path": path})).path == path
    else:
        assert len(problems({"team": "helprr", "path": path})) == 1


@pytest.mark.parametrize(("length", "unique"), [(111, False), (104, True)])
def test_a_team_leaves_room_for_the_names_of_its_policy_and_group(length: int, unique: bool) -> None:
    assert load_settings(config({"team": "x" * length, "uniqueNames": unique})).team == "x" * length
    (problem,) = problems({"team": "x" * (length + 1), "uniqueNames": unique})
    assert problem.startswith(f"team is {length + 1} characters long")
    assert str(length) in problem.partition("long")[2]


def test_a_policy_over_the_limit_says_its_size_and_what_to_do() -> None:
    (problem,) = problems({"team": "helprr", "pipelines": [f"pipeline-{number}" for number in range(100)]})
    assert problem.startswith("pipelines makes a policy of ")
    assert "IAM allows 6,144" in problem


def test_more_users_than_an_account_takes_are_refused() -> None:
    names = [f"user{number}" for number in range(5001)]
    assert problems({"team": "helprr", "developers": names}) == [
        "developers and existing name 5,001 users; an AWS account has at most 5,000."
    ]


@pytest.mark.parametrize("text", ["", "x" * 1001, "bell\x07", "\x00"])
def test_a_description_that_aws_refuses_is_refused(text: str) -> None:
    (problem,) = problems({"team": "helprr", "description": text})
    assert problem.startswith("description is ")


@pytest.mark.parametrize("text", ["[" * 100_000, "{", '{"jin": 1e}'])
def test_text_that_starts_like_json_and_is_none_is_no_list(text: str) -> None:
    (problem,) = problems({"team": "helprr", "developers": text})
    assert problem.startswith("developers is the string ")
    assert len(problem) < 300


def test_a_key_that_is_no_plain_word_is_shown_as_a_path_takes_it() -> None:
    nobody = 'codepipeline-access:credentialIssues["a\\nb"] is for nobody'
    with pytest.raises(BadSettings, match=re.escape(nobody)):
        load_settings(config({"team": "helprr", "credentialIssues": {"a\nb": 1}}))


@pytest.mark.parametrize("namespace", ["codepipelin-access", "codepipeline_access", "CodePipeline-Access"])
def test_a_slip_in_the_namespace_is_not_passed_over(namespace: str) -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(config({"team": "helprr"}) | {f"{namespace}:requireMfa": "true"})
    assert [str(problem) for problem in caught.value.problems] == [
        f"{namespace}:requireMfa is not a known setting. Did you mean codepipeline-access:requireMfa?"
    ]


def test_nested_keys_are_told_apart_from_unknown_ones() -> None:
    (problem,) = problems({"team": "helprr", "codepipeline-access": {"team": "helprr"}})
    assert problem.endswith("is nested. Write each key in full, on its own: codepipeline-access:team: helprr-backend")


def test_thousands_of_problems_are_told_without_delay() -> None:
    names = [f"user{number}" for number in range(3000)]
    nobodies = {f"nobody{number}": 1 for number in range(3000)}
    found = problems({"team": "helprr", "developers": names, "credentialIssues": nobodies})
    assert len(found) == 3000
    assert found[-1] == (
        'credentialIssues.nobody2999 is for nobody: developers does not list "nobody2999". '
        "Remove: python -m team remove nobody2999"
    )


@pytest.mark.parametrize(
    ("name", "remove"),
    [
        ("mina", "python -m team remove mina --stack dev"),
        ("m.ina@x", "python -m team remove m.ina@x --stack dev"),
        ("-x", "pulumi config rm --stack dev --path 'codepipeline-access:credentialIssues.-x'"),
        # A member made elsewhere: removing them by name would take their membership as well.
        ("ann", "pulumi config rm --stack dev --path 'codepipeline-access:credentialIssues.ann'"),
    ],
)
def test_what_is_left_of_somebody_has_a_command_that_takes_nothing_else(name: str, remove: str) -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(config({"team": "helprr", "existing": ["ann"], "credentialIssues": {name: 2}}), "dev")
    assert str(caught.value).endswith(f"Remove: {remove}")


@pytest.mark.parametrize("value", ["yes", "True", "1", "", "null", "[true]"])
def test_only_true_and_false_are_booleans(value: str) -> None:
    (problem,) = problems({"team": "helprr", "requireMfa": value})
    assert problem.startswith("requireMfa is ")


@pytest.mark.parametrize("value", ["4", "129", "20.5", "twenty", "", "1e1", "\u0662\u0660", "9" * 5000])
def test_a_password_length_that_aws_refuses_is_refused(value: str) -> None:
    (problem,) = problems({"team": "helprr", "passwordLength": value})
    assert problem.startswith("passwordLength is ")
    assert len(problem) < 200


def test_no_key_material_is_repeated() -> None:
    (problem,) = problems({"team": "helprr", "pgpKeys": "-----BEGIN PGP PRIVATE KEY BLOCK-----"})
    assert "PRIVATE" not in problem


def test_a_text_that_looks_like_json_and_is_none_stays_text() -> None:
    assert load_settings(config({"team": "helprr", "description": "[dev] access"})).description == "[dev] access"


def problems_of(args: object) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        checked_args(args, "It")
    return [str(problem) for problem in caught.value.problems]


def test_a_program_is_told_every_problem_in_its_own_words() -> None:
    with pytest.raises(BadSettings) as caught:
        checked_args(
            {
                "team": "x" * 111,
                "unique_names": True,
                "developers": ["jin", "JIN", "jin"],
                "pgp_keys": {"jin": "rubbish", "nobody": "x"},
                "credential_issues": {"ghost": 2},
                "requireMfa": True,
                7: "seven",
            },
            'DeveloperAccess "backend"',
        )
    heading, *lines = str(caught.value).splitlines()
    assert heading == 'DeveloperAccess "backend" has problems:'
    assert [" ".join(line.split()[:3]) for line in lines] == [
        "requireMfa is not",
        "7 is not",
        'developers[1] "JIN" is',
        'developers[2] "jin" is',
        "pgp_keys.nobody is for",
        "credential_issues.ghost is for",
        "pgp_keys.jin is not",
        "pgp_keys.nobody is not",
        "team is 111",
    ]
    assert "Did you mean require_mfa?" in lines[0]
    assert "with unique_names at most 104" in lines[-1]
    assert "pulumi config" not in str(caught.value)


def test_arguments_and_settings_have_the_same_fields() -> None:
    assert list(DeveloperAccessArgs.__annotations__) == list(Settings.model_fields)
    required = {name for name, field in Settings.model_fields.items() if field.is_required()}
    assert set(DeveloperAccessArgs.__required_keys__) == required == {"team"}


def test_settings_are_taken_as_they_were_given() -> None:
    developers, issues = ["jin"], {"jin": 2}
    settings = checked_args({"team": "helprr", "developers": developers, "credential_issues": issues}, "It")
    developers.append("root")
    issues["jin"] = 3
    assert (settings.developers, settings.credential_issues) == (("jin",), {"jin": 2})
    with pytest.raises(TypeError):
        settings.credential_issues["jin"] = 3  # type: ignore[index]  # what must not work
    with pytest.raises(ValueError, match="frozen"):
        settings.require_mfa = False  # what must not work


def test_none_is_what_is_left_out() -> None:
    nothing = dict.fromkeys(Settings.model_fields, None)
    assert checked_args(nothing | {"team": "helprr"}, "It") == Settings(team="helprr")
    assert problems_of(nothing) == ["team is missing."]


@pytest.mark.parametrize("args", [None, [], "team", 7])
def test_what_is_no_map_is_said_to_be_none(args: object) -> None:
    (problem,) = problems_of(args)
    assert problem.startswith("args is ")


def test_whole_numbers_are_taken_as_other_languages_send_them() -> None:
    given = {"team": "helprr", "developers": ["jin"], "credential_issues": {"jin": 2.0}, "password_length": 24.0}
    settings = checked_args(given, "It")
    assert [type(settings.password_length), type(settings.credential_issues["jin"])] == [int, int]
    assert problems_of({"team": "helprr", "password_length": 24.5}) == [
        "password_length is the number 24.5, not a whole number. Allowed: whole numbers from 5 to 128."
    ]


def test_only_an_existing_user_may_be_an_output() -> None:
    name = pulumi.Output.from_input("jin")
    assert checked_args({"team": "helprr", "existing": [name, "ada"]}, "It").existing == (name, "ada")
    assert problems_of({"team": name, "developers": [name], "pgp_keys": name, "require_mfa": name}) == [
        f"{path} is an output, not {wanted}. It must be known in preview: write the value itself."
        for path, wanted in [
            ("team", "a string"),
            ("developers[0]", "a string"),
            ("pgp_keys", "a map"),
            ("require_mfa", "true or false"),
        ]
    ]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            {"pipelines": ["helprr-*"], "startable": ["helprr-a", "billing"]},
            'startable[1] "billing" is not covered by pipelines: helprr-*.',
        ),
        (
            {"pipelines": ["eu-west-1:a*"], "startable": ["a"]},
            'startable[0] "a" is not covered by pipelines: eu-west-1:a*.',
        ),
        ({"startable": ["a", "a"]}, 'startable[1] "a" is the same as startable[0] "a": list it once.'),
        (
            {"pipelines": ["a"], "capabilities": ["build-logs"]},
            "projects is missing: with pipelines, build-logs needs the team's CodeBuild projects (* for all).",
        ),
        ({"projects": ["a"]}, "projects needs build-logs among capabilities."),
        (
            {"permissionsBoundary": "boundary"},
            f'permissionsBoundary is "boundary". Allowed: a policy\'s ARN, such as {BOUNDARY}.',
        ),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings: dict[str, object], problem: str) -> None:
    assert problems({"team": "helprr"} | settings) == [problem]


@pytest.mark.parametrize("key", ["startable", "projects"])
def test_an_empty_list_that_could_mean_none_or_all_is_refused(key: str) -> None:
    (problem,) = problems({"team": "helprr", "capabilities": ["build-logs"], key: []})
    assert problem.startswith(f"{key} is empty. ")


def test_a_hand_over_key_is_checked_and_not_repeated() -> None:
    (problem,) = problems({"team": "helprr", "handOverKey": "rubbish"})
    assert problem.startswith("handOverKey is not a PGP key in base64 or ASCII armor.")
    (problem,) = problems({"team": "helprr", "handOverKey": {"jin": "rubbish"}})
    assert problem.startswith("handOverKey is a map, not a string.")
    assert "rubbish" not in problem


def test_a_boundary_of_another_account_is_refused_once_the_account_is_known() -> None:
    settings = checked_args({"team": "a", "permissions_boundary": "arn:aws:iam::999999999999:policy/b"}, "It")
    assert [str(problem) for problem in problems_at(settings, Place("aws", "us-east-1", "123456789012"))] == [
        "permissions_boundary is a policy of account 999999999999; this is account 123456789012."
    ]


def test_an_account_that_is_no_list_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(config({"team": "helprr"}) | {"aws:allowedAccountIds": "999999999999"})
    assert [str(problem) for problem in caught.value.problems] == [
        'aws:allowedAccountIds is "999999999999", not a list. Write a list of strings: ["123456789012"]'
    ]


@pytest.mark.parametrize("ids", ["[12345678901]", '["1234"]', '[123456789012, "x"]'])
def test_an_account_id_has_12_digits(ids: str) -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(config({"team": "helprr"}) | {"aws:allowedAccountIds": ids})
    assert "not the 12 digits of an account. Quote them" in str(caught.value)


def test_a_name_in_both_lists_is_listed_once() -> None:
    with pytest.raises(BadSettings, match=r'existing\[0\] "jin" is the same as developers\[0\] "jin": list it once\.'):
        checked_args({"team": "helprr", "developers": ["jin"], "existing": ["jin"]}, "It")
