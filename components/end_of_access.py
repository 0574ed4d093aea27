"""When someone's access ends: a day or an instant, as written in stack files and programs."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

ALLOWED = (
    'a day ("2027-03-31": through its end in UTC) or an instant with its offset ("2027-03-31T18:00:00+09:00", '
    '"2027-03-31T09:00:00Z"), from 1970 to 9998, in quotes'
)
FIRST_YEAR, LAST_YEAR = 1970, 9998  # the end of the last day must have a date
LARGEST_OFFSET = 14  # hours; Kiribati

_YEAR = "(19[7-9][0-9]|[2-8][0-9]{3}|9[0-8][0-9]{2}|99[0-8][0-9]|999[0-8])"
_DAY = rf"(?P<day>{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))"
_MINUTE, _SECOND, _HOURS = "([01][0-9]|2[0-3]):[0-5][0-9]", ":[0-5][0-9]", "[+-](0[0-9]|1[0-4])"
_ISO = re.compile(rf"{_DAY}(T(?P<time>{_MINUTE}({_SECOND})?)(Z|{_HOURS}:[0-5][0-9]))?")
# What Pulumi turns unquoted values into: Go's time.String(). The zone's name only repeats the offset.
_REWRITTEN = re.compile(rf"{_DAY} (?P<time>{_MINUTE}{_SECOND}) (?P<offset>{_HOURS}:?[0-5][0-9]) [A-Z0-9+-]{{1,6}}")
# For editors. It also takes a few days that do not exist: 2027-02-30.
PATTERN = "^(" + "|".join(re.sub(r"\?P<\w+>", "", form.pattern) for form in (_ISO, _REWRITTEN)) + ")$"


def end_of_access(text: str) -> datetime:
    """The instant, in UTC, from which nothing is allowed.

    Args:
        text: a day (its end counts) or an instant. Midnight UTC in Pulumi's own form is a day without quotes.

    Raises:
        ValueError: `text` is neither, has no offset, or names a day that does not exist.
    """
    iso, rewritten = _ISO.fullmatch(text), _REWRITTEN.fullmatch(text)
    if rewritten:
        moment = datetime.strptime(
            f"{rewritten['day']} {rewritten['time']} {rewritten['offset']}", "%Y-%m-%d %H:%M:%S %z"
        )
        is_day = (rewritten["time"], rewritten["offset"]) == ("00:00:00", "+0000")
    elif iso and iso["time"]:
        moment, is_day = datetime.fromisoformat(text.replace("Z", "+00:00")), False
    elif iso:
        moment, is_day = datetime.fromisoformat(text).replace(tzinfo=timezone.utc), True
    else:
        raise ValueError(text)
    offset = moment.utcoffset() or timedelta()
    if abs(offset) > timedelta(hours=LARGEST_OFFSET) or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(text)
    end = moment.astimezone(timezone.utc) + timedelta(days=is_day)
    if end.year < FIRST_YEAR:
        raise ValueError(text)
    return end


def aws_form(end: datetime) -> str:
    """The end in the form of IAM's date conditions."""
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


def in_words(end: datetime) -> str:
    """The end in words for people; midnight is written as 24:00 of the day before."""
    if (end.hour, end.minute, end.second) == (0, 0, 0):
        return f"{end - timedelta(days=1):%Y-%m-%d} 24:00 UTC"
    return f"{end:%Y-%m-%d %H:%M} UTC" if end.second == 0 else f"{end:%Y-%m-%d %H:%M:%S} UTC"
