"""The component: one team's limited access to CodePipeline, in the steps of the console guide.

No `from __future__ import annotations` here: Pulumi's analyzer reads these annotations to make the schema for other
languages, and wants the parameter to be called `args`.
"""

import difflib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components import one_maker
from components.access_matrix import access_matrix
from components.console_user import console_user
from components.developer_access_args import DeveloperAccessArgs
from components.end_of_access import in_words
from components.pgp_keys import fingerprint
from components.policy_document import Place
from components.settings import (
    BadSettings,
    Problem,
    Settings,
    checked_args,
    guard_rails_of,
    path_step,
    policy_of,
    problems_at,
)

# Domains of the console by partition. https://docs.aws.amazon.com/IAM/latest/UserGuide/console_account-alias.html
SIGN_IN_DOMAINS = {
    "aws": "signin.aws.amazon.com",
    "aws-cn": "signin.amazonaws.cn",
    "aws-us-gov": "signin.amazonaws-us-gov.com",
}


# Of Pulumi.prod.yaml; their private halves are gone.
EXAMPLE_KEYS = frozenset({"14540DA89E19C37BF327611EA60ED19858D88BE8", "E4088F3ADEB0A3DD3D4A7EAAF74BD6FFE0072953"})


class DeveloperAccess(pulumi.ComponentResource):
    """A group whose members may view, re-trigger, retry and stop pipelines, and never create, edit or delete one."""

    sign_in_url: pulumi.Output[str]
    """Where the developers sign in."""
    group: pulumi.Output[str]
    """The group's name."""
    policy_arn: pulumi.Output[str]
    """The managed policy's ARN."""
    developers: pulumi.Output[list[str]]
    """User names made here, in the order of the settings."""
    readme: pulumi.Output[str]
    """What the group may and may not do, in Markdown."""

    def __init__(self, name: str, args: DeveloperAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Build one team's access.

        Args:
            name: the component's name; the names of its resources start with it.
            args: the team's settings; checked before anything is registered.
            opts: the usual resource options.

        Raises:
            BadSettings: with every problem of `args`, or every user who cannot be a member.
            pulumi.RunError: AWS cannot be asked.
        """
        whose = f'DeveloperAccess "{name}"'
        settings = checked_args(args, whose, self._key)
        super().__init__("codepipeline-access:index:DeveloperAccess", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        invoke = pulumi.InvokeOptions(parent=self)
        place = _place(invoke)
        makers = {developer: one_maker.claim(place, developer, name) for developer in settings.developers}
        problems = [
            Problem(
                f"developers[{index}]",
                f'"{developer}" is made by DeveloperAccess "{maker.component}" in this program already. '
                "Only one component can make a user: list them as existing here, using its output `developers`.",
            )
            for index, (developer, maker) in enumerate(makers.items())
            if maker.component != name
        ]
        if not settings.unique_names:
            maker = one_maker.claim(place, settings.team, name, "group")
            if maker.component != name:
                says = f'"{settings.team}" is made by DeveloperAccess "{maker.component}" in this program already. '
                unique = f"Give this one another team, or set {self._key('unique_names')}."
                problems.append(Problem(self._key("team"), says + unique))
        existing = _existing(settings.existing, place, invoke, problems)
        problems += _missing_boundary(settings.permissions_boundary, place, invoke, self._key)
        problems += problems_at(settings, place, self._key)
        if problems:
            raise BadSettings(whose, problems)
        for warning in (*_warnings(settings, self._key), *_past_ends(settings, self._key)):
            pulumi.log.warn(f"{whose}: {warning}", self)
        document = policy_of(settings, place)
        suffix = _suffix(name, child) if settings.unique_names else ""

        # 1. The policy. No delete-before-replace option: the provider asks for it itself, and refusing it would fail.
        policy = aws.iam.Policy(
            f"{name}-policy",
            name=pulumi.Output.concat(settings.team, "-developer-policy", suffix),
            description=settings.policy_description,
            path=settings.path,
            policy=document,
            opts=child,
        )

        # 2. The group. A rename in place would lose its policies halfway (409 DeleteConflict, permanently).
        # After the policy, so that a refused policy leaves nothing at all.
        group = aws.iam.Group(
            f"{name}-group",
            name=pulumi.Output.concat(settings.team, "-developer-group", suffix),
            path=settings.path,
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[policy], replace_on_changes=["name"], delete_before_replace=False
            ),
        )

        # 3. The guard rails are inline, so that the policy stays as in the guide.
        rails = guard_rails_of(settings, place)
        guard_rails = [
            aws.iam.GroupPolicy(
                f"{name}-{rail}",
                name=rail,
                group=group.name,
                policy=rail_document,
                # No gap: the new group has its Deny before the old one loses its own.
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=False),
            )
            for rail, rail_document in rails.items()
        ]

        # 4. What is attached. The console adds IAMUserChangePassword by itself; without it the forced reset fails.
        attached: dict[str, pulumi.Input[str]] = {
            "policy": policy.arn,
            "change-password": f"arn:{place.partition}:iam::aws:policy/IAMUserChangePassword",
        }
        attachments = [
            aws.iam.GroupPolicyAttachment(f"{name}-{short}", group=group.name, policy_arn=arn, opts=child)
            for short, arn in attached.items()
        ]
        complete = aws.iam.GroupPolicyAttachmentsExclusive(
            f"{name}-attached-policies",
            group_name=group.name,
            policy_arns=list(attached.values()),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*guard_rails, *attachments]),
        )

        # 5. The developers, after everything that AWS may refuse: a refused policy leaves no incomplete user. They wait
        # for one resource that waits for the rest, because the state lists what each of them waits for.
        users = [
            console_user(name, developer, settings, parent=self, after=complete) for developer in settings.developers
        ]
        for developer, user in zip(settings.developers, users, strict=True):
            makers[developer].user_name = user.name

        # 6. The members, exactly these, once the Deny is in force.
        members = aws.iam.GroupMembership(
            f"{name}-members",
            name="developers",
            group=group.name,
            users=[*(user.name for user in users), *existing],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[complete]),
        )

        aws.iam.GroupPoliciesExclusive(
            f"{name}-inline-policies",
            group_name=group.name,
            policy_names=list(rails),
            # After the members: someone removed after their end has left the group before that end is lifted.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*guard_rails, members]),
        )

        sign_in_url = _sign_in_url(place, invoke)
        self.sign_in_url = pulumi.Output.from_input(sign_in_url)
        self.group = group.name
        self.policy_arn = policy.arn
        self.developers = pulumi.Output.all(*(user.name for user in users))
        self.readme = pulumi.Output.all(group.name, *existing).apply(
            lambda names: access_matrix(settings, names[0], names[1:], sign_in_url)
        )
        self.register_outputs(
            {
                "signInUrl": self.sign_in_url,
                "group": self.group,
                "policyArn": self.policy_arn,
                "developers": self.developers,
                "readme": self.readme,
                # The hand-over reads it to say who can decrypt a password.
                "handOverKey": fingerprint(settings.hand_over_key) if settings.hand_over_key else None,
            }
        )

    @staticmethod
    def _key(field: str) -> str:
        """How the caller spells a setting: in Python, as the field itself."""
        return field


def _warnings(settings: Settings, key: Callable[[str], str]) -> Iterator[str]:
    """What is allowed, but deserves a warning in preview."""
    keys = {f"{key('pgp_keys')}{path_step(name)}": text for name, text in settings.pgp_keys.items()}
    keys |= {key("hand_over_key"): settings.hand_over_key} if settings.hand_over_key else {}
    for path, text in keys.items():
        if fingerprint(text) in EXAMPLE_KEYS:
            yield f"{path} is an example key that nobody can decrypt with. Replace it before you hand over a password."
    if not settings.deny_pipeline_changes:
        yield (
            "without the explicit Deny, members can change pipelines as soon as any other policy lets them. "
            f"Leave out {key('deny_pipeline_changes')} to keep it."
        )
    if "approve" in settings.capabilities:
        yield (
            "with approve, members approve pipelines that they may start themselves. Where a second pair of eyes "
            "matters, let another group approve."
        )
    if settings.permissions_boundary and settings.existing:
        yield (
            "the permissions boundary holds for developers made here only; members listed as existing are not capped "
            "by it."
        )


def _past_ends(settings: Settings, key: Callable[[str], str]) -> Iterator[str]:
    """Access that has ended still takes up room in the group's policies. Nothing else depends on today's date."""
    now = datetime.now(timezone.utc)
    for member, end in settings.ends.items():
        if end <= now:
            yield (
                f"{key('until')}{path_step(member)}: the access of {member} ended {in_words(end)}. "
                f"To remove them: python -m team remove {member} --stack {pulumi.get_stack()}"
            )


def _place(invoke: pulumi.InvokeOptions) -> Place:
    """The provider's partition, region and account; also the first call to AWS."""
    try:
        return Place(
            aws.get_partition(opts=invoke).partition,
            aws.get_region(opts=invoke).region,
            aws.get_caller_identity(opts=invoke).account_id,
        )
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing more exact
        raise pulumi.RunError(
            f"Cannot look up the AWS account: {error}\nCheck your credentials, aws:region and aws:allowedAccountIds."
        ) from None


def _sign_in_url(place: Place, invoke: pulumi.InvokeOptions) -> str:
    try:
        account = aws.iam.get_account_alias(opts=invoke).account_alias
    except Exception:  # noqa: BLE001 - it fails where there is no alias; the account's number always works
        account = place.account
    return f"https://{account}.{SIGN_IN_DOMAINS[place.partition]}/console"


def _existing(
    names: Sequence[pulumi.Input[str]], place: Place, invoke: pulumi.InvokeOptions, problems: list[Problem]
) -> list[pulumi.Input[str]]:
    """The members made elsewhere. An unknown name must fail in preview, not halfway through an update."""
    members: list[pulumi.Input[str]] = []
    there: Sequence[str] | None = None
    for index, name in enumerate(names):
        if isinstance(name, str) and (maker := one_maker.maker(place, name)) and maker.user_name is not None:
            members.append(maker.user_name)
            continue
        members.append(name)
        if isinstance(name, str):
            there = _users(invoke) if there is None else there
            if name not in there:
                near = difflib.get_close_matches(name.lower(), [user.lower() for user in there], n=1)
                hint = next((f" Did you mean {user}?" for user in there if [user.lower()] == near), "")
                says = f'"{name}" is not a user of this account.{hint}'
                problems.append(Problem(f"existing[{index}]", says))
    return members


def _users(invoke: pulumi.InvokeOptions) -> Sequence[str]:
    try:
        return aws.iam.get_users(opts=invoke).names
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing more exact
        raise pulumi.RunError(
            f"Cannot look up the users in existing: {_answer(error)}\nThis needs iam:ListUsers."
        ) from None


def _answer(error: Exception) -> str:
    """What the plugin said of a look-up, without the SDK's words around it."""
    return str(error).rpartition("returned an error: ")[2]


def _missing_boundary(
    arn: str | None, place: Place, invoke: pulumi.InvokeOptions, key: Callable[[str], str]
) -> Iterator[Problem]:
    """Without its boundary no user can be made; that must fail in preview as well."""
    if arn is None or arn.split(":")[4] not in ("aws", place.account):  # of another account: told by the settings
        return
    try:
        aws.iam.get_policy(arn=arn, opts=invoke)
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing more exact
        yield Problem(
            key("permissions_boundary"),
            f"names a policy that cannot be found or read: {arn}. {_answer(error)}. An administrator makes it first, "
            "and lets the deploying roles read it (iam:GetPolicy, iam:GetPolicyVersion); see docs/operations.md, "
            '"The deploying roles".',
        )


def _suffix(name: str, child: pulumi.ResourceOptions) -> pulumi.Output[str]:
    suffix = random.RandomString(f"{name}-suffix", length=6, special=False, upper=False, opts=child)
    return pulumi.Output.concat("-", suffix.result)
