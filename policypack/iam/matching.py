"""Wildcards as IAM reads them: `*` is any run of characters, `?` is one, everything else is itself.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

_MAX_COMPARED = 2_000_000  # characters of pattern times characters of text; far above two ARNs of 2,048


def matches(pattern: str, text: str) -> bool:
    """Whether `pattern` matches the whole of `text`; exact case, no recursion, nothing is compiled."""
    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    at = pattern.find("*")
    if at < 0:
        return len(pattern) == len(text) and _fits(pattern, text, 0)
    if at > len(text) or not _fits(pattern[:at], text, 0) or len(pattern) - pattern.count("*") > len(text):
        return False
    *middle, last = pattern[at + 1 :].split("*")
    end = len(text) - len(last)
    if at > end or not _fits(last, text, end):
        return False
    for piece in middle:
        if piece:
            at = _find(piece, text, at, end)
            if at < 0:
                return False
            at += len(piece)
    return True


def covers(outer: str, inner: str) -> bool:
    """Whether `outer` surely matches everything that `inner` matches, where both are patterns.

    A wildcard of `inner` is only ever taken up by a wildcard of `outer`, so a yes is certain; a no may also mean that
    nobody can tell.
    """
    if outer in {"*", inner}:
        return True
    if "?" in outer and ("*" in inner or len(outer) * len(inner) > _MAX_COMPARED):
        return False  # `?` would take the star for one character
    return matches(outer, inner)


def rests(pattern: str, beginning: str) -> list[str]:
    """What can be left of `pattern` for the rest of a text that starts with `beginning`; [] if it matches none."""
    at = {0}
    for character in beginning:
        for index in sorted(at):  # a star may stand for nothing
            while pattern[index : index + 1] == "*":
                index += 1  # noqa: PLW2901 - on to what follows the stars
                at.add(index)
        at = {
            index + (pattern[index] != "*")
            for index in at
            if index < len(pattern) and pattern[index] in ("*", "?", character)
        }
    return [pattern[index:] for index in sorted(at)]


def _fits(piece: str, text: str, at: int) -> bool:
    """Whether `piece`, which may hold `?`, stands in `text` at `at`; the caller has checked that it ends in time."""
    if "?" not in piece:
        return text.startswith(piece, at)
    return all(wanted in ("?", found) for wanted, found in zip(piece, text[at : at + len(piece)], strict=True))


def _find(piece: str, text: str, at: int, end: int) -> int:
    """Where `piece`, which may hold `?`, first stands in `text[at:end]`; -1 if nowhere."""
    if "?" not in piece:
        return text.find(piece, at, end)
    return next((start for start in range(at, end - len(piece) + 1) if _fits(piece, text, start)), -1)
