"""Who can at second hand: by extending themselves, by taking a role, by starting a pipeline."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tests.audit.accounts import (
    ACCOUNT,
    ALLOW,
    DENY,
    DENY_WITHOUT_MFA,
    MFA,
    answer,
    arn,
    document,
    group,
    pipeline,
    policy,
    role,
    statement,
    user,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.audit.accounts import Answer
    from tests.audit.conftest import Audit

    Judged = Callable[[str], dict[str, Any]]
    Leads = Callable[..., set[tuple[str, str, str | None]]]

BOUNDARY = arn("policy", "boundary")
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
AUDIT = {
    "Account": ACCOUNT,
    "At": "2026-11-24T05:00:00+00:00",
    "AskedBy": arn("user", "auditor"),
    "Region": "eu-west-1",
    "Organization": {"State": "none"},
    "Pipelines": [{"Name": "web", "Role": arn("role", "deployer")}],
    "Groups": [],
    "People": {},
    "Notes": [],
}


def trusting(*principals: object, **changes: object) -> dict[str, Any]:
    """A trust policy with one statement for each of these."""
    return document(
        *(
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **changes}
            for principal in principals
        )
    )


def assuming(*resources: str) -> dict[str, Any]:
    return {"assume": document(statement(Action="sts:AssumeRole", Resource=list(resources)))}


def short(name: str) -> str:
    return name.partition(f"{ACCOUNT}:")[2] or name


@pytest.fixture
def leads(audit: Audit, judged: Judged) -> Leads:
    """Who leads where: principal, how, to; short names within the account."""

    def run(*entries: Answer) -> set[tuple[str, str, str | None]]:
        report = judged(audit(answer(*entries) | {"Audit": AUDIT}, "--format", "json")[1])
        return {(short(one["principal"]), one["how"], one["to"] and short(one["to"])) for one in report["second_hand"]}

    return run


def deployer(trust: object) -> Answer:
    return role("deployer", {"p": ALLOW}, trust=trust)


ESCALATING = {"p": document(statement(Action="iam:PutUserPolicy", Resource=arn("user", "*")))}


def test_who_may_change_iam_may_extend_themselves(leads: Leads) -> None:
    found = leads(
        user("jin", ESCALATING), group("admins", ESCALATING), user("ann", groups=["admins"]), role("r", ESCALATING)
    )
    assert found == {
        ("user/jin", "escalation", None),
        ("group/admins", "escalation", None),
        ("user/ann", "escalation", None),
        ("role/r", "escalation", None),
    }


def test_everything_but_pipelines_leads_to_pipelines(leads: Leads) -> None:
    but_pipelines = document(statement(Action=None, NotAction="codepipeline:*"))
    assert leads(user("jin", {"p": but_pipelines})) == {("user/jin", "escalation", None)}


def test_rights_in_two_documents_lead_on_together(leads: Leads) -> None:
    passing = document(statement(Action="iam:PassRole"))
    running = document(statement(Action=["lambda:CreateFunction", "lambda:InvokeFunction"]))
    found = leads(user("jin", {"p": passing, "q": running}), user("ann", {"p": passing}), user("joe", {"q": running}))
    assert found == {("user/jin", "escalation", None)}


def test_a_deny_or_a_boundary_stops_who_would_extend_themselves(leads: Leads) -> None:
    denied = document(statement(Effect="Deny", Action="iam:*"))
    found = leads(
        policy(BOUNDARY, document(statement())),
        user("jin", ESCALATING | {"q": denied}),
        user("ann", ESCALATING, boundary=BOUNDARY),
    )
    assert found == set()


def test_who_can_anyway_is_not_listed_again(leads: Leads) -> None:
    assert leads(user("root-like", {"p": document(statement(Action="*"))}), deployer(trusting({"AWS": ROOT}))) == set()


def test_the_account_as_principal_leaves_it_to_the_policies_of_its_users(leads: Leads) -> None:
    found = leads(
        deployer(trusting({"AWS": [ROOT]})),
        user("jin", assuming(arn("role", "deploy*"))),
        user("ann", assuming(arn("role", "other"))),
        user("joe"),
        user("denied", assuming(arn("role", "deployer")) | {"d": document(statement(Effect="Deny", Action="sts:*"))}),
        user("bounded", assuming(arn("role", "deployer")), boundary=BOUNDARY),
        policy(BOUNDARY, document(statement())),
    )
    assert found == {("user/jin", "assume-role", "role/deployer")}
    assert leads(deployer(trusting({"AWS": ACCOUNT})), user("jin", assuming(arn("role", "deployer")))) == {
        ("user/jin", "assume-role", "role/deployer")
    }


def test_who_is_named_needs_no_policy_of_their_own_and_a_silent_boundary_stops_no_user(leads: Leads) -> None:
    named = [arn("user", "jin"), arn("user", "team/bounded"), arn("role", "ci"), arn("role", "bounded-role")]
    found = leads(
        deployer(trusting({"AWS": named})),
        user("jin"),
        user("ann"),
        user("team/bounded", boundary=BOUNDARY),
        role("ci"),
        role("bounded-role", boundary=BOUNDARY),
        policy(BOUNDARY, document(statement())),
    )
    assert found == {
        ("user/jin", "assume-role", "role/deployer"),
        ("user/team/bounded", "assume-role", "role/deployer"),
        ("role/ci", "assume-role", "role/deployer"),
    }


def test_a_deny_stops_who_is_named(leads: Leads) -> None:
    denied = {"d": document(statement(Effect="Deny", Action="sts:AssumeRole"))}
    denying_boundary = document(statement(Action="*"), statement(Effect="Deny", Action="sts:AssumeRole"))
    trust = trusting({"AWS": [arn("user", "jin"), arn("user", "ann"), arn("user", "bob")]})
    trust["Statement"].append({"Effect": "Deny", "Principal": {"AWS": arn("user", "ann")}, "Action": "sts:AssumeRole"})
    found = leads(
        deployer(trust),
        user("jin", denied),
        user("ann"),
        user("bob", boundary=BOUNDARY),
        policy(BOUNDARY, denying_boundary),
    )
    assert found == set()


def test_a_deny_of_one_session_leaves_the_role_all_others(leads: Leads) -> None:
    trust = trusting({"AWS": arn("role", "ci")})
    session = {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/session"}
    trust["Statement"].append({"Effect": "Deny", "Principal": session, "Action": "sts:AssumeRole"})
    assert leads(deployer(trust), role("ci")) == {("role/ci", "assume-role", "role/deployer")}


@pytest.mark.parametrize(
    ("denied", "listed"),
    [
        ({"Principal": "*"}, False),
        ({"Principal": {"AWS": "210987654321"}}, False),
        ({"Principal": {"AWS": "arn:aws:iam::210987654321:user/x"}}, False),
        ({"Principal": {"AWS": "444455556666"}}, True),
        ({"Principal": "*", "Condition": MFA}, True),
        ({"NotPrincipal": {"AWS": "444455556666"}}, True),
        ({"Principal": "*", "Action": "sts:TagSession"}, True),
    ],
)
def test_an_outsider_whom_the_trust_policy_denies_is_not_listed(
    leads: Leads, denied: dict[str, object], listed: bool
) -> None:
    trust = trusting({"AWS": "arn:aws:iam::210987654321:user/x"})
    trust["Statement"].append({"Effect": "Deny", "Action": "sts:AssumeRole", **denied})
    expected = {("arn:aws:iam::210987654321:user/x", "assume-role", "role/deployer")} if listed else set()
    assert leads(deployer(trust)) == expected


def test_another_account_is_of_the_same_partition(audit: Audit) -> None:
    text = json.dumps(answer(deployer(trusting({"AWS": "210987654321"})))).replace("arn:aws:", "arn:aws-cn:")
    [found] = json.loads(audit(text, "--format", "json")[1])["second_hand"]
    assert found["principal"] == "arn:aws-cn:iam::210987654321:root"


def test_a_trust_or_a_deny_under_a_condition_may_hold(leads: Leads) -> None:
    found = leads(deployer(trusting({"AWS": arn("user", "jin")}, Condition=MFA)), user("jin", {"d": DENY_WITHOUT_MFA}))
    assert found == {("user/jin", "assume-role", "role/deployer")}


def test_everybody_may_take_a_role_that_trusts_everybody(leads: Leads) -> None:
    found = leads(deployer(trusting("*")), user("jin"), role("ci"), group("g"))
    assert found == {
        ("user/jin", "assume-role", "role/deployer"),
        ("role/ci", "assume-role", "role/deployer"),
        ("*", "assume-role", "role/deployer"),
    }


def test_a_session_or_a_unique_id_names_its_role_or_user(leads: Leads) -> None:
    trust = trusting({"AWS": [f"arn:aws:sts::{ACCOUNT}:assumed-role/ci/session", "UIDJIN", "AIDAGONE"]})
    assert leads(deployer(trust), user("jin"), role("path/ci")) == {
        ("user/jin", "assume-role", "role/deployer"),
        ("role/path/ci", "assume-role", "role/deployer"),
    }


def test_a_role_that_leads_to_a_role_that_can_leads_there_too(leads: Leads) -> None:
    found = leads(
        deployer(trusting({"AWS": arn("role", "middle")})),
        role("middle", trust=trusting({"AWS": arn("role", "first")})),
        role("first", trust=trusting({"AWS": arn("user", "jin")})),
        user("jin"),
    )
    assert found == {
        ("role/middle", "assume-role", "role/deployer"),
        ("role/first", "assume-role", "role/middle"),
        ("user/jin", "assume-role", "role/first"),
    }


def test_a_circle_of_roles_leads_on_and_not_back(leads: Leads) -> None:
    found = leads(
        deployer(trusting({"AWS": arn("role", "a")})),
        role("a", trust=trusting({"AWS": [arn("role", "b"), arn("role", "c")]})),
        role("b", trust=trusting({"AWS": [arn("role", "a"), arn("role", "c")]})),
        role("c", trust=trusting({"AWS": [arn("role", "a"), arn("role", "b")]})),
    )
    assert found == {
        ("role/a", "assume-role", "role/deployer"),
        ("role/b", "assume-role", "role/a"),
        ("role/c", "assume-role", "role/a"),
        ("role/c", "assume-role", "role/b"),
        ("role/b", "assume-role", "role/c"),
    }


def test_outsiders_are_named_as_the_trust_policy_names_them(leads: Leads) -> None:
    oidc = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    federated = {"Federated": oidc}
    trust = trusting({"AWS": ["210987654321", "arn:aws:iam::444455556666:user/x"], "Service": "ec2.amazonaws.com"})
    trust["Statement"].append(
        {"Effect": "Allow", "Principal": federated, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": MFA}
    )
    trust["Statement"].append({"Effect": "Allow", "Principal": federated, "Action": "sts:TagSession"})
    assert leads(deployer(trust)) == {
        ("arn:aws:iam::210987654321:root", "assume-role", "role/deployer"),
        ("arn:aws:iam::444455556666:user/x", "assume-role", "role/deployer"),
        (short(oidc), "assume-role", "role/deployer"),
    }


def test_whoever_is_assigned_may_take_a_role_of_identity_center(audit: Audit) -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_abc_DO_NOT_DELETE"
    trust = document({"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithSAML"})
    name = "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admins_0123456789abcdef"
    out = " ".join(audit(answer(role(name, {"p": ALLOW}, trust=trust)))[1].split())
    assert "Whoever is assigned the permission set Admins in Identity Center may assume" in out


def test_who_may_start_a_pipeline_whose_role_can(leads: Leads) -> None:
    start = statement(Action="codepipeline:Start*", Resource=pipeline("web", region="eu-west-1"))
    found = leads(
        deployer(trusting({"Service": "codepipeline.amazonaws.com"})),
        user("jin", {"p": document(start)}),
        user("ann", {"p": document({**start, "Resource": pipeline("other", region="eu-west-1")})}),
    )
    assert found == {
        ("user/jin", "starts-pipeline", f"arn:aws:codepipeline:eu-west-1:{ACCOUNT}:web".partition(f"{ACCOUNT}:")[2])
    }


def test_a_pipeline_whose_role_cannot_leads_nowhere(leads: Leads) -> None:
    start = {"p": document(statement(Action="codepipeline:StartPipelineExecution"))}
    assert leads(role("deployer", {"p": DENY}), user("jin", start)) == set()


SERVICE_LINKED = role("aws-service-role/x.amazonaws.com/AWSServiceRoleForX", {"p": ALLOW})
LOOKALIKES = (
    role("aws-service-role/x.amazonaws.com/other", {"p": ALLOW}),
    role("AWSServiceRoleForX2", {"p": ALLOW}),
)
BOUND = [*LOOKALIKES, user("jin", {"p": ALLOW})]


@pytest.mark.parametrize(
    ("organization", "bound"),
    [
        ({"State": "none"}, "can"),
        ({"State": "management"}, "can"),
        ({"State": "unread"}, "unknown"),
        ({"State": "read", "Levels": [[json.dumps(ALLOW)]]}, "can"),
        (
            {"State": "read", "Levels": [[json.dumps(ALLOW)], [json.dumps(DENY_WITHOUT_MFA), json.dumps(ALLOW)]]},
            "unknown",
        ),
        ({"State": "read", "Levels": [[json.dumps(ALLOW)], ["nonsense"]]}, "unknown"),
        ({"State": "read", "Levels": [[json.dumps(ALLOW)], [json.dumps(DENY)]]}, None),
    ],
)
def test_a_service_control_policy_binds_all_but_service_linked_roles(
    audit: Audit, judged: Judged, organization: dict[str, object], bound: str | None
) -> None:
    saved = answer(SERVICE_LINKED, *BOUND) | {"Audit": AUDIT | {"Organization": organization, "Pipelines": []}}
    found = {one["principal"]: one["verdict"] for one in judged(audit(saved, "--format", "json")[1])["findings"]}
    expected = {entry["Arn"]: bound for entry in BOUND if bound}
    assert found == {SERVICE_LINKED["Arn"]: "can"} | expected


def test_the_roles_of_pipelines_are_shown_with_whom_they_trust(audit: Audit, judged: Judged) -> None:
    trust = trusting({"Service": "codepipeline.amazonaws.com"}, {"AWS": ROOT})
    saved = answer(role("deployer", trust=trust), role("other", trust=trust))
    sentence = "Pipelines {} with {}, which trusts codepipeline.amazonaws.com, " + f"{ROOT}."
    notes = judged(audit(saved | {"Audit": AUDIT}, "--format", "json")[1])["notes"]
    assert sentence.format("run", arn("role", "deployer")) in notes
    assert not [note for note in notes if arn("role", "other") in note]
    assert sentence.format("can run", arn("role", "other")) in judged(audit(saved, "--format", "json")[1])["notes"]


@pytest.mark.parametrize(
    "trust",
    [
        None,
        "%7B",
        document({"Effect": "Allow", "Action": "sts:AssumeRole"}),
        document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Aws": "*"}}),
        document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": []}),
        document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": [1]}}),
        {"Statement": [1]},
        {"Statement": "x"},
        '{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}',
    ],
)
def test_a_trust_policy_that_nobody_can_read_is_said(audit: Audit, judged: Judged, trust: object) -> None:
    report = judged(audit(answer(deployer(trust)), "--format", "json")[1])
    assert report["complete"] is False
    assert any(f"The trust policy of {arn('role', 'deployer')} cannot be read" in note for note in report["notes"])


def test_an_exception_excuses_at_second_hand_too_and_is_shown(audit: Audit, judged: Judged, tmp_path: Path) -> None:
    saved = answer(user("team/jin", ESCALATING), user("ann", ESCALATING))
    until = str(datetime.now(timezone.utc).date())
    file = tmp_path / "exceptions.json"
    for match, code in (("user/jin", 1), ("arn:aws:iam::*:user/*n", 0)):
        file.write_text(json.dumps({"exceptions": [{"match": match, "reason": "SEC-12", "until": until}]}))
        assert audit(saved, "--strict", "--exceptions", str(file))[0] == code
        report = judged(audit(saved, "--exceptions", str(file), "--format", "json")[1])
        assert len(report["second_hand"]) == 2
        assert arn("user", "team/jin") in report["exceptions"][0]["excuses"]
        assert "escalation (at second hand)" in audit(saved, "--exceptions", str(file))[1]


def test_what_is_uncertain_at_second_hand_is_said_to_be(audit: Audit) -> None:
    saved = answer(deployer(trusting({"AWS": ROOT})), user("jin", {"p": "nothing"}), user("ann", assuming("*")))
    out = " ".join(audit(saved | {"Audit": AUDIT})[1].split())
    uncertain = "(whether their policies allow it cannot be determined), which"
    assert f"May assume {arn('role', 'deployer')} {uncertain} can use" in out
    assert f"May start pipeline web {uncertain} runs with" in out
    assert f"May assume {arn('role', 'deployer')} (their policies allow it), which can use" in out


def test_second_hand_counts_only_with_strict(audit: Audit) -> None:
    saved = answer(user("jin", ESCALATING))
    assert audit(saved)[0] == 0
    assert audit(saved, "--strict")[0] == 1
    assert audit(answer(user("jin")), "--strict")[0] == 0
    unread = answer(role("up", trust="nonsense"))
    assert (audit(unread)[0], audit(unread, "--strict")[0]) == (0, 2)
