"""When access ends: which forms say it, and what the group's policy makes of it."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from components import BadSettings, load_settings
from components.end_of_access import end_of_access, in_words
from components.policy_document import Place
from components.settings import Settings, guard_rails_of, policy_of

PLACE = Place("aws", "us-east-1", "123456789012")


ACCEPTED = {
    "2027-03-31": "2027-03-31 24:00 UTC",
    "2028-02-29": "2028-02-29 24:00 UTC",
    "2027-03-31T18:00:00+09:00": "2027-03-31 09:00 UTC",
    "2027-03-31T18:00-14:00": "2027-04-01 08:00 UTC",
    "2027-03-31T18:00Z": "2027-03-31 18:00 UTC",
    "2027-03-31T18:00:01Z": "2027-03-31 18:00:01 UTC",
    "2027-03-31T00:00:00Z": "2027-03-30 24:00 UTC",
    "2027-03-31 00:00:00 +0000 UTC": "2027-03-31 24:00 UTC",
    "2027-03-31 18:00:00 +0900 +0900": "2027-03-31 09:00 UTC",
    "2027-03-31 18:00:00 +0200 CEST": "2027-03-31 16:00 UTC",
    "2027-03-31 18:00:00 +0000 UTC": "2027-03-31 18:00 UTC",
    "1970-01-01": "1970-01-01 24:00 UTC",
    "1999-12-31": "1999-12-31 24:00 UTC",
    "9989-12-31": "9989-12-31 24:00 UTC",
    "9998-12-31": "9998-12-31 24:00 UTC",
}
# What only a calendar knows; a schema's pattern takes it.
NO_SUCH_DAY = ("2027-02-30", "2027-02-29", "2027-04-31", "1970-01-01T00:00:00+01:00", "2027-03-31T18:00+14:30")
REFUSED = (
    *("2027-W13", "2027-W13-3", "2027-090", "20270331", "2027-03", "2027", "27-03-31", "2027-3-31", "+2027-03-31"),
    *("2027-13-01", "2027-00-10", "2026-13-45", "2027-01-32", "2027-01-00", "10000-01-01", "9999-12-31"),
    *("1969-12-31", "0000-01-01", "2027-03-31T18:00:00", "2027-03-31 18:00:00", "2027-03-31T18:00Z+01:00"),
    *("2027-03-31T18:00:00 Europe/Seoul", "2027-03-31T18:00:00+25:00", "2027-03-31T24:00:00Z", "2027-03-31T18Z"),
    *("2027-03-31T18:60Z", "2027-03-31T18:00:60Z", "2027-03-31T18:00:00.5Z", "2027-03-31t18:00:00z", " 2027-03-31"),
    *("2027-03-31 18:00:00 +0900", "2027-03-31 18:00:00 KST", "2027-03-31 18:00 +0000 UTC"),
    *("2027/03/31", "31.03.2027", "tomorrow", "never", "", "2027-03-31/2027-04-30", "P3M", "\u0662027-03-31"),
    *(20270331, 2027.5, True, None, ["2027-03-31"], {"day": "2027-03-31"}),
)


@pytest.mark.parametrize(("text", "words"), ACCEPTED.items())
def test_a_day_lasts_to_its_end_and_an_instant_is_itself(text: str, words: str) -> None:
    assert in_words(end_of_access(text)) == words


@pytest.mark.parametrize("value", [*NO_SUCH_DAY, *REFUSED, "2027-03-31\n"])
def test_what_is_no_end_is_refused_in_one_line_with_what_is_allowed(value: object) -> None:
    config = {"codepipeline-access:team": "helprr", "codepipeline-access:developers": '["jin"]'}
    with pytest.raises(BadSettings) as caught:
        load_settings(config | {"codepipeline-access:until": json.dumps({"jin": value})})
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith("codepipeline-access:until.jin is ")
    assert "Allowed: a map from members to a day (" in problem


def test_an_end_of_nobody_is_refused_with_the_name_that_was_meant() -> None:
    config = {"codepipeline-access:team": "helprr", "codepipeline-access:developers": '["jin"]'}
    with pytest.raises(BadSettings) as caught:
        load_settings(config | {"codepipeline-access:until": '{"jin": "2027-03-31", "JIN": "2027-03-31"}'})
    (problem,) = map(str, caught.value.problems)
    assert "until.JIN is for nobody" in problem
    assert "Did you mean jin?" in problem


def loaded_with(**settings: object) -> Settings:
    given = {f"codepipeline-access:{key}": json.dumps(value) for key, value in settings.items()}
    return load_settings({"codepipeline-access:team": "helprr"} | given)


def rails(**settings: object) -> dict[str, list[dict[str, object]]]:
    return {
        name: json.loads(document)["Statement"]
        for name, document in guard_rails_of(loaded_with(**settings), PLACE).items()
        if name.startswith("access-ends-")
    }


def test_people_who_end_together_share_a_policy_and_those_made_here_lose_everything() -> None:
    ends = {"jin": "2027-03-31", "mina": "2027-04-01T00:00:00Z", "ada": "2027-06-30"}
    found = rails(developers=["jin", "mina", "ada"], until=ends)
    assert list(found) == ["access-ends-20270401T000000Z", "access-ends-20270701T000000Z"]
    assert found["access-ends-20270401T000000Z"] == [
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "StringEqualsIgnoreCase": {"aws:username": ["jin", "mina"]},
                "DateGreaterThanEquals": {"aws:CurrentTime": "2027-04-01T00:00:00Z"},
            },
        }
    ]


def test_what_a_user_made_elsewhere_is_granted_here_ends_by_itself_and_nothing_is_denied() -> None:
    until = {"ada": "2027-03-31", "ann": "2027-04-01T00:00:00Z", "ben": "2027-06-30", "jin": "2027-03-31"}
    settings = {"developers": ["jin"], "existing": ["ada", "ann", "ben", "cleo"], "until": until}
    assert "ada" not in str(rails(**settings))
    loaded = loaded_with(**settings, pipelines=["a"], capabilities=["approve"])
    found = json.loads(policy_of(loaded, PLACE))["Statement"]
    assert {statement["Effect"] for statement in found} == {"Allow"}
    plain = json.loads(policy_of(loaded_with(pipelines=["a"], capabilities=["approve"]), PLACE))["Statement"]
    without = [{key: one[key] for key in one if key not in ("Condition", "Sid")} for one in found]
    assert without == [{key: one[key] for key in one if key != "Sid"} for one in plain] * 3
    assert len({one.get("Sid", number) for number, one in enumerate(found)}) == len(found)
    assert [one["Condition"] for one in found[:: len(plain)]] == [
        {"StringNotEqualsIgnoreCase": {"aws:username": ["ada", "ann", "ben"]}},
        {
            "StringEqualsIgnoreCase": {"aws:username": ["ada", "ann"]},
            "DateLessThan": {"aws:CurrentTime": "2027-04-01T00:00:00Z"},
        },
        {
            "StringEqualsIgnoreCase": {"aws:username": ["ben"]},
            "DateLessThan": {"aws:CurrentTime": "2027-07-01T00:00:00Z"},
        },
    ]


def a_date_for_each(field: str, names: list[str]) -> dict[str, str]:
    """The config of a team whose members in a list all have ends of their own."""
    return {
        "aws:region": "us-east-1",
        "codepipeline-access:team": "helprr",
        f"codepipeline-access:{field}": json.dumps(names),
        "codepipeline-access:until": json.dumps({name: f"2027-01-{day + 1:02}" for day, name in enumerate(names)}),
    }


def test_too_many_dates_for_a_group_are_refused_with_what_to_do() -> None:
    names = [f"user{number}" for number in range(30)]
    config = a_date_for_each("developers", names)
    with pytest.raises(BadSettings) as caught:
        load_settings(config)
    (problem,) = map(str, caught.value.problems)
    assert "IAM allows a group 5,120" in problem
    same_day = json.dumps(dict.fromkeys(names, "2027-01-31"))
    loaded = load_settings(config | {"codepipeline-access:until": same_day})
    assert set(loaded.ends.values()) == {datetime(2027, 2, 1, tzinfo=timezone.utc)}


def test_too_many_dates_for_the_policy_are_refused_with_what_to_do() -> None:
    with pytest.raises(BadSettings) as caught:
        load_settings(a_date_for_each("existing", [f"user{number}" for number in range(20)]))
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith("codepipeline-access:until makes a policy of ")
    assert "Use one date for people whose access ends about the same time" in problem
