"""Wildcards, against a second implementation that is slow and obvious."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam.matching import covers, matches
from tests.policypack import oracle

PATTERNS = st.text(alphabet="ab*?", max_size=12)
TEXTS = st.text(alphabet="ab", max_size=12)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("", ""),
        ("*", ""),
        ("a*", "a"),
        ("*a*", "bab"),
        ("a?c", "abc"),
        ("?*?", "ab"),
        ("*b?*", "aabc"),
        ("a*b*c", "axxbyyc"),
        ("[ab]", "[ab]"),
    ],
)
def test_a_pattern_matches_the_whole_text(pattern: str, text: str) -> None:
    assert matches(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("", "a"), ("?", ""), ("a", "ab"), ("a*a", "a"), ("?*?", "a"), ("ab*ba", "aba"), ("*bb", "ab"), ("a.c", "abc")],
)
def test_a_pattern_matches_nothing_but_the_whole_text(pattern: str, text: str) -> None:
    assert not matches(pattern, text)


def test_brackets_in_a_pattern_are_literal() -> None:
    assert not matches("[ab]", "a")


@given(PATTERNS, TEXTS)
def test_matching_is_that_of_the_textbook(pattern: str, text: str) -> None:
    assert matches(pattern, text) == oracle.matches(pattern, text)


@given(PATTERNS, PATTERNS, TEXTS)
def test_what_covers_a_pattern_matches_all_that_it_matches(outer: str, inner: str, text: str) -> None:
    if covers(outer, inner) and oracle.matches(inner, text):
        assert oracle.matches(outer, text)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("*", "a*"),
        ("a*", "ab*"),
        ("a*", "a*b"),
        ("a?", "ab"),
        ("a?", "a?"),
        ("*b", "a*b"),
        ("a*c", "abc"),
        ("a?b*", "a?b*"),
    ],
)
def test_a_wider_pattern_covers_a_narrower_one(outer: str, inner: str) -> None:
    assert covers(outer, inner)


@pytest.mark.parametrize(("outer", "inner"), [("a", "a*"), ("a?", "a*"), ("ab*", "a*"), ("a*b", "a*"), ("?", "*")])
def test_a_narrower_pattern_does_not_cover_a_wider_one(outer: str, inner: str) -> None:
    assert not covers(outer, inner)


@pytest.mark.parametrize("pattern", ["*" * 1_000_000, "a*" * 500_000, "*?" * 500_000, "?" * 1_000_000])
def test_a_pattern_of_a_million_characters_is_answered_without_trying_its_stars(pattern: str) -> None:
    assert not matches(f"{pattern}z", "codepipeline:updatepipeline")
