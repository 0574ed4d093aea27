"""The account's clock: set from outside, it decides conditions, ends sessions and dates what is made."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from sandbox.account import console_credentials, parse_instant, simulated_account
from tests.sandbox.aws import allow, client_of, deny, document, refusal

if TYPE_CHECKING:
    from types_boto3_iam import IAMClient

    from sandbox.account import Account
    from tests.sandbox.conftest import ActingAs

END = datetime(2027, 4, 1, tzinfo=timezone.utc)
BEFORE = END - timedelta(hours=1)


def put(account: Account, body: str) -> tuple[int, str]:
    """What `PUT /sandbox/now` answers: status and body."""
    request = Request(f"{account.endpoint}/sandbox/now", body.encode(), method="PUT")  # noqa: S310 - our own server
    try:
        with urlopen(request) as response:  # noqa: S310 - likewise
            return response.status, response.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_a_deny_by_date_ends_keys_consoles_and_sessions_taken_before_and_nobody_else(
    account: Account, iam: IAMClient, acting_as: ActingAs
) -> None:
    account.set_now(BEFORE)
    ended = {
        "StringEqualsIgnoreCase": {"aws:username": ["Jin"]},
        "DateGreaterThanEquals": {"aws:CurrentTime": "2027-04-01T00:00:00Z"},
    }
    iam.create_group(GroupName="devs")
    for name, statement in {"use": allow("codepipeline:*"), "until": deny("*", Condition=ended)}.items():
        iam.put_group_policy(GroupName="devs", PolicyName=name, PolicyDocument=document(statement))
    for user in ("jin", "mina"):
        iam.create_user(UserName=user)
        iam.add_user_to_group(GroupName="devs", UserName=user)
    iam.create_login_profile(UserName="jin", Password="Temporary-1")
    by_console = client_of(account, "codepipeline", **console_credentials(account.endpoint, "jin", "Temporary-1"))
    by_token = acting_as("jin", "sts").get_session_token()["Credentials"]
    by_session = client_of(
        account,
        "codepipeline",
        aws_access_key_id=by_token["AccessKeyId"],
        aws_secret_access_key=by_token["SecretAccessKey"],
        aws_session_token=by_token["SessionToken"],
    )
    jins, minas = (acting_as("jin"), by_console, by_session), acting_as("mina")
    assert [refusal(client.list_pipelines) for client in (*jins, minas)] == [""] * 4
    account.set_now(END)
    assert all("with an explicit deny" in refusal(client.list_pipelines) for client in jins)
    assert refusal(minas.list_pipelines) == ""


def test_a_session_expires_by_the_accounts_clock(account: Account, iam: IAMClient) -> None:
    iam.create_user(UserName="jin")
    iam.create_login_profile(UserName="jin", Password="Temporary-1")
    console = client_of(account, "sts", **console_credentials(account.endpoint, "jin", "Temporary-1"))
    assert refusal(console.get_caller_identity) == ""
    account.set_now(datetime.now(timezone.utc) + timedelta(hours=12))
    assert refusal(console.get_caller_identity).startswith("ExpiredToken: ")


def test_what_is_made_has_the_accounts_date() -> None:
    with simulated_account(now=BEFORE) as account:
        iam = client_of(account, "iam")
        dates = [
            iam.create_user(UserName="jin")["User"]["CreateDate"],
            iam.create_access_key(UserName="jin")["AccessKey"]["CreateDate"],
            iam.create_login_profile(UserName="jin", Password="Temporary-1")["LoginProfile"]["CreateDate"],
        ]
    assert all(timedelta() <= date - BEFORE < timedelta(minutes=10) for date in dates)


def test_the_next_account_has_the_real_time_again() -> None:
    with simulated_account(now=END + timedelta(days=10_000)):
        pass
    with simulated_account() as account:
        made = client_of(account, "iam").create_user(UserName="jin")["User"]["CreateDate"]
    assert made < END + timedelta(days=10_000)


def test_any_process_moves_the_clock(account: Account, iam: IAMClient) -> None:
    assert put(account, "2027-04-01T09:00:00+09:00\n") == (200, "2027-04-01T00:00:00+00:00\n")
    assert iam.create_user(UserName="jin")["User"]["CreateDate"].date() == END.date()
    with urlopen(f"{account.endpoint}/sandbox/now") as response:  # noqa: S310 - our own server
        assert response.read().startswith(b"2027-04-01T00:")


NO_INSTANTS = {
    "without an offset": "2027-03-31T18:00:00",
    "a day": "2027-03-31",
    "an impossible day": "2027-02-30T00:00:00Z",
    "words": "tomorrow",
    "nothing": "",
    "a zone by its name": "2027-03-31T18:00:00 Asia/Seoul",
    "the year 10000": "10000-01-01T00:00:00Z",
    "before 1970": "1969-12-31T23:59:59Z",
    "before the first year": "0001-01-01T00:00:00+14:00",
    "an impossible offset": "2027-03-31T18:00:00+99:00",
}


@pytest.mark.parametrize("text", NO_INSTANTS.values(), ids=NO_INSTANTS)
def test_what_is_no_instant_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="is not an instant from 1970 to 9998 with its offset from UTC") as refused:
        parse_instant(text)
    assert str(refused.value).startswith(repr(text))


@pytest.mark.parametrize(
    "text", ["2027-03-31T18:00+09:00", "2027-03-31T09:00:00Z", "2027-03-31T09:00:00.0Z", "2027-03-31T00:00:00-09:00"]
)
def test_an_instant_is_read_in_utc(text: str) -> None:
    assert parse_instant(text) == datetime(2027, 3, 31, 9, tzinfo=timezone.utc)


def test_a_bad_instant_leaves_the_clock_alone(account: Account, iam: IAMClient) -> None:
    status, sentence = put(account, "soon")
    assert (status, sentence.count("\n")) == (400, 1)
    assert iam.create_user(UserName="jin")["User"]["CreateDate"] < END + timedelta(days=10_000)


def test_the_command_refuses_a_bad_instant_before_it_starts_anything() -> None:
    command = [sys.executable, "-m", "sandbox", "run", "--now", "2027-03-31", "--", "true"]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].startswith(
        "python -m sandbox run: error: argument --now: '2027-03-31' is not an instant"
    )
