"""Whether there is a resource that some patterns match and others leave out: exact, however they overlap.

All patterns are followed over all possible resources at once, character by character. What has been seen is not
followed again, so this ends; the resources that a document names make a few hundred steps.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_STEPS = 20_000  # far above what documents of AWS's sizes need, unless they are made to need more
MAX_WORK = 400_000_000  # steps times characters of all patterns
_PRINTABLE = frozenset(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)]))  # documents have no others


class TooManyWays(Exception):
    """The patterns are too entangled to be followed to the end."""


class Some(NamedTuple):
    """One or more of these characters."""

    characters: frozenset[str]


ANY = Some(_PRINTABLE)
ANY_BUT_COLON = Some(_PRINTABLE - {":"})
Shape = tuple["str | Some", ...]
"""How a resource looks: plain text and runs of characters in turn; what follows a run is none of its characters."""

Reach = Literal["every", "some", "none"]


def find(shapes: Sequence[Shape], patterns: Sequence[str], wanted: Callable[[int], bool]) -> str | None:
    """Find a text of one of `shapes` for which `wanted` holds.

    Args:
        shapes: how the texts look.
        patterns: with the wildcards `*` and `?`.
        wanted: told which patterns match a text, as a number whose bit N stands for `patterns[N]`.

    Returns:
        Such a text; None if there surely is none.

    Raises:
        TooManyWays: nobody can tell.
    """
    runner = _Runner(patterns)
    for shape in shapes:
        found = runner.search(_states(shape), wanted)
        if found is not None:
            return found
    return None


@lru_cache(maxsize=20_000)
def reach(shapes: Sequence[Shape], pattern: str) -> Reach:
    """How many of the texts `pattern` matches; "some" where nobody can tell."""
    if pattern.strip("*") == "" and pattern:
        return "every"
    if "*" not in pattern and "?" not in pattern:
        return "some" if any(_fits(_states(shape), pattern) for shape in shapes) else "none"
    try:
        if find(shapes, [pattern], lambda matched: matched == 1) is None:
            return "none"
        return "some" if "*" not in pattern or find(shapes, [pattern], lambda matched: matched == 0) else "every"
    except TooManyWays:
        return "some"


@lru_cache(maxsize=20_000)
def example(shapes: Sequence[Shape], pattern: str) -> str | None:
    """One of the texts that `pattern` matches; None if it matches none, or nobody can tell."""
    if "*" not in pattern and "?" not in pattern:
        return pattern if reach(shapes, pattern) == "some" else None
    try:
        return find(shapes, [pattern], bool)
    except TooManyWays:
        return None


class _State(NamedTuple):
    """A place within a shape."""

    stays: frozenset[str]
    moves: frozenset[str]
    ends: bool


@lru_cache(maxsize=256)
def _states(shape: Shape) -> tuple[_State, ...]:
    nothing: frozenset[str] = frozenset()
    steps: list[tuple[frozenset[str], bool]] = []  # characters, and whether more of them may follow
    for part in shape:
        if isinstance(part, Some):
            steps.append((part.characters, True))
        else:
            steps += [(frozenset(character), False) for character in part]
    return tuple(
        _State(
            steps[at - 1][0] if at and steps[at - 1][1] else nothing,
            steps[at][0] if at < len(steps) else nothing,
            at == len(steps),
        )
        for at in range(len(steps) + 1)
    )


def _fits(states: Sequence[_State], text: str) -> bool:
    at = 0
    for character in text:
        if character in states[at].moves:
            at += 1
        elif character not in states[at].stays:
            return False
    return states[at].ends


class _Runner:
    """The patterns laid end to end; a set of places within them is one number."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.literals: dict[str, int] = {}  # character -> the places that it leads on from
        self.singles = self.loops = self.start = 0
        self.ends: list[int] = []
        self.most = MAX_STEPS
        place = 0
        for pattern in patterns:
            self.start |= 1 << place
            for character in pattern:
                if character == "*":
                    self.loops |= 1 << place
                    continue
                if character == "?":
                    self.singles |= 1 << place
                else:
                    self.literals[character] = self.literals.get(character, 0) | 1 << place
                place += 1
            self.ends.append(place)
            place += 1
        self.most = min(MAX_STEPS, MAX_WORK // (place + 1))

    def step(self, places: int, character: str) -> int:
        return ((places & (self.literals.get(character, 0) | self.singles)) << 1) | (places & self.loops)

    def matched(self, places: int) -> int:
        return sum(1 << index for index, end in enumerate(self.ends) if places >> end & 1)

    def search(self, states: Sequence[_State], wanted: Callable[[int], bool]) -> str | None:
        todo = [(0, self.start, "")]
        seen = {(0, self.start)}
        while todo:
            at, places, text = todo.pop()
            state = states[at]
            if state.ends and wanted(self.matched(places)):
                return text
            for characters, then in ((state.stays, at), (state.moves, at + 1)):
                for character in characters if len(characters) <= 1 else self._worth_trying(characters, places):
                    after = then, self.step(places, character)
                    if after not in seen:
                        seen.add(after)
                        todo.append((*after, text + character))
            if len(seen) > self.most:
                raise TooManyWays
        return None

    def _worth_trying(self, characters: frozenset[str], places: int) -> list[str]:
        """Those that the patterns tell apart, and one that stands for all others; that one last, to be taken first."""
        expected = frozenset(
            [character for character, leads in self.literals.items() if places & leads and character in characters]
        )
        other = _other(characters, expected)
        return [*sorted(expected), *([other] if other else [])]


@lru_cache(maxsize=4_096)
def _other(characters: frozenset[str], expected: frozenset[str]) -> str:
    left = characters - expected
    return min(left & _LETTERS or left, default="")


_LETTERS = frozenset("xyzw")  # so that what is found looks like a name
