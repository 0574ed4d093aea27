"""Who has ended, and who ends soon."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from team.ends import ends
from team.listing import Member

if TYPE_CHECKING:
    from tests.team.conftest import Folder

NOW = datetime(2027, 3, 20, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("until", "says"),
    [
        ("2027-03-20", "ends 2027-03-20 24:00 UTC"),
        ("2027-03-19", "ended 2027-03-19 24:00 UTC"),
        ("2027-03-20T21:00:00+09:00", "ended 2027-03-20 12:00 UTC"),
        ("2027-03-20T21:00:01+09:00", "ends 2027-03-20 12:00:01 UTC"),
        ("2027-04-03T12:00:00Z", "ends 2027-04-03 12:00 UTC"),
        ("2027-04-03T12:00:01Z", None),
        ("2027-04-03", None),
        ("2027-02-30", "until is no date: '2027-02-30'"),
        ("", None),
    ],
)
def test_an_end_is_told_from_fourteen_days_before_on(until: str, says: str | None) -> None:
    found = ends([Member("dev", "jin", "here", until, "", 1, "")], NOW, timedelta(days=14))
    assert [end.access for end in found] == ([says] if says else [])


def test_the_first_end_comes_first(folder: Folder) -> None:
    folder.write(
        "dev",
        "  codepipeline-access:developers: [ada, jin, mina]\n"
        '  codepipeline-access:until: {ada: "2001-01-01", jin: "1999-12-31", mina: "9998-12-31"}\n',
    )
    assert folder.team("ends", "--format", "csv")[1] == (
        "stack,name,access\ndev,jin,ended 1999-12-31 24:00 UTC\ndev,ada,ended 2001-01-01 24:00 UTC\n"
    )


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_nobody_is_said_in_words(folder: Folder, form: str) -> None:
    folder.write("dev", "  codepipeline-access:developers: [ada]\n")
    assert folder.team("ends", "--within", "3", "--format", form) == (
        0,
        "Nobody's access has ended or ends within 3 days.\n",
        "",
    )


@pytest.mark.parametrize("days", ["-1", "1.5", "soon", "99999999999"])
def test_days_are_a_whole_number(folder: Folder, days: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        folder.team("ends", f"--within={days}")
    assert "no whole number of days" in folder.output.readouterr().err
