"""The account's clock: the real one until it is set, from then on it runs from there."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 9_998  # what the API's timestamps can tell, and sessions that end a day later
_ahead = timedelta()  # of the real clock


def now() -> datetime:
    """The account's time, in UTC."""
    return datetime.now(timezone.utc) + _ahead


def set_now(instant: datetime | None) -> None:
    """Move the clock, forwards or back; None: to the real time."""
    global _ahead  # noqa: PLW0603 - as moto's, the account is one a process
    _ahead = instant - datetime.now(timezone.utc) if instant else timedelta()


def parse_instant(text: str) -> datetime:
    """Read an instant of ISO 8601 with its offset from UTC.

    Raises:
        ValueError: with one sentence for the person who wrote it.
    """
    instant = _read(text) if _INSTANT.fullmatch(text) else None
    if instant is None or not _FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise ValueError(
            f"{text!r} is not an instant from {_FIRST_YEAR} to {_LAST_YEAR} with its offset from UTC. "
            "Write it like this: 2027-03-31T18:00:00+09:00 or 2027-03-31T09:00:00Z"
        )
    return instant


def _read(text: str) -> datetime | None:
    fraction = re.search(r"\.\d+", text)  # before Python 3.11 of three or six digits only
    padded = text.replace(fraction[0], f"{fraction[0]:0<7}") if fraction else text
    try:
        return datetime.fromisoformat(padded.replace("Z", "+00:00")).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None
