"""Exceptions say what, why and until when; all else excuses nothing."""

from datetime import date
from typing import Any

import pytest

from iam import BadExceptions, ended_exception_for, ending_soon, exception_for, parse_exceptions, unused

TODAY = date(2026, 11, 24)
GOOD = {"match": "arn:aws:iam::*:policy/central/*", "reason": "reviewed, SEC-12", "until": "2027-06-30"}
ARN = "arn:aws:iam::123456789012:policy/central/build"


def listed(*changes: dict[str, Any]) -> Any:  # noqa: ANN401 - of what is listed, tests ask what they want
    return parse_exceptions([{**GOOD, **change} for change in changes], TODAY)


def test_an_exception_excuses_what_it_matches_and_nothing_else() -> None:
    exceptions = listed({})
    found = exception_for(exceptions, "urn:pulumi:dev::p::t::n", ARN)
    assert str(found) == '"arn:aws:iam::*:policy/central/*" until 2027-06-30 (reviewed, SEC-12)'
    assert exception_for(exceptions, ARN.replace("central", "other"), "group/central") is None


@pytest.mark.parametrize(("pattern", "name"), [("group/Operations", "group/operations"), ("user/JIN", "user/jin")])
def test_names_are_the_same_in_any_letters(pattern: str, name: str) -> None:
    assert exception_for(listed({"match": pattern}), name)


@pytest.mark.parametrize(
    ("pattern", "meant", "other"),
    [
        (
            "urn:pulumi:*::access::aws:iam/role:Role::deploy",
            "urn:pulumi:prod::access::aws:iam/role:Role::deploy",
            "urn:pulumi:prod::access::aws:iam/policy:Policy::x::access::aws:iam/role:Role::deploy",
        ),
        (
            "urn:pulumi:*::aws:iam/role:Role::*deploy",
            "urn:pulumi:prod::access::aws:iam/role:Role::our::deploy",
            "urn:pulumi:prod::access::aws:iam/policy:Policy::x::aws:iam/role:Role::deploy",
        ),
        (
            "arn:aws:iam::*:policy/central/*",
            "arn:aws:iam::123456789012:policy/central/a:b",
            "arn:aws:iam::123456789012:policy/x:policy/central/a",
        ),
        (
            "arn:aws:iam::123456789012:policy/a:b",
            "arn:aws:iam::123456789012:policy/a:b",
            "arn:aws:iam::123456789012:policy/a",
        ),
    ],
)
def test_a_name_that_looks_like_more_of_a_urn_or_arn_is_a_name(pattern: str, meant: str, other: str) -> None:
    assert exception_for(listed({"match": pattern}), meant)
    assert exception_for(listed({"match": pattern}), other) is None


def test_an_exception_is_in_force_through_its_last_day() -> None:
    last, ended = listed({"until": "2026-11-24"}, {"until": "2026-11-23"})
    assert (last.ended, ended.ended) == (False, True)
    assert exception_for([last], ARN) == last
    assert exception_for([ended], ARN) is None
    assert ended_exception_for([last, ended], ARN) == ended


def test_a_year_ahead_is_the_longest() -> None:
    assert listed({"until": "2027-11-25"})[0].days_left == 366
    with pytest.raises(
        BadExceptions,
        match=r"until 2027-11-26 is more than 366 days ahead.*\(reason 'reviewed, SEC-12', until '2027-11-26'\)",
    ):
        listed({"until": "2027-11-26"})


def test_unused_ones_and_those_that_end_soon_are_found() -> None:
    soon, later, gone = exceptions = listed({"until": "2026-12-24"}, {"until": "2026-12-25"}, {"until": "2020-01-01"})
    assert ending_soon(exceptions) == [soon]
    assert unused(exceptions, [ARN]) == []
    assert unused(exceptions, ["group/g"]) == [soon, later, gone]


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(BadExceptions) as raised:
        parse_exceptions([{"match": "*", "resaon": "typo", "until": "soon"}, "arn:aws:iam::1:policy/x", GOOD], TODAY)
    assert raised.value.problems == (
        "exceptions[0] has the field 'resaon'. Did you mean reason? (until 'soon')",
        "exceptions[0].match \"*\" matches everything. Name what is to be accepted. (until 'soon')",
        ("exceptions[0].reason is missing. Write a string, such as \"reviewed by security, SEC-12\". (until 'soon')"),
        'exceptions[0].until "soon" is not a date. Write it like this: "2026-11-24". (until \'soon\')',
        "exceptions[1] is not an object with match, reason, until.",
    )


@pytest.mark.parametrize(
    "pattern",
    [
        *("*", "**", "***", "*:*", "*/*", "u*", "a*", "g*", "urn:*", "urn:pulumi:*", "*::*", "arn:*", "arn:aws:iam::*"),
        *("arn:aws:iam::*:*", "arn:aws:iam::*:policy/*", "*policy/*", "arn:*:iam::*:policy/*", "group/*", "user/*"),
        *("urn:pulumi:dev::*", "urn:pulumi:dev::project::*", "urn:pulumi:*::*::*::*", "urn:pulumi:dev::*::**::*"),
    ],
)
def test_a_match_of_everything_is_refused(pattern: str) -> None:
    with pytest.raises(BadExceptions, match="matches everything"):
        listed({"match": pattern})


@pytest.mark.parametrize(
    "pattern",
    [
        "urn:pulumi:dev::project::aws:iam/role:Role::deploy",
        "urn:pulumi:*::*::aws:iam/role:Role::deploy*",
        "urn:pulumi:dev::project::*deploy",
        "arn:aws:iam::123456789012:policy/*",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "group/ops-*",
    ],
)
def test_a_match_of_something_is_taken(pattern: str) -> None:
    assert listed({"match": pattern})[0].match == pattern


@pytest.mark.parametrize(
    "change",
    [
        *({"match": value} for value in (None, "", " ", 7, ["a"], "arn:aws:iam::?:policy/x", " group/g", "a\nb")),
        *({"reason": value} for value in (None, "", "  ", True, "two\nlines", "x" * 3_000)),
        *({"until": value} for value in (None, "", 20270630, "20270630", "2027-W26-3", "2027-02-30", "2027-6-30")),
        *({"until": value} for value in ("2027-06-30T00:00:00Z", " 2027-06-30", "2027-06-30\n", "never", "9999-12-31")),
        {"untill": "2027-06-30"},
        {"Match": "group/g"},
        {7: "x"},
    ],
    ids=repr,
)
def test_a_malformed_exception_is_refused(change: dict[Any, Any]) -> None:
    with pytest.raises(BadExceptions, match=r"^exceptions\[0\]"):
        listed(change)


@pytest.mark.parametrize("written", [None, {}, GOOD, "text", b"text", 7, [None], [[]], [{}]])
def test_what_is_no_list_of_exceptions_is_refused(written: object) -> None:
    with pytest.raises(BadExceptions):
        parse_exceptions(written, TODAY)
