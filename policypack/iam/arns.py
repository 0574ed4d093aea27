"""What an action's resource can be in one account.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodepipeline.html
"""

from __future__ import annotations

import re
import string
from functools import lru_cache

from .reach import ANY, ANY_BUT_COLON, Shape, Some

_ARN = re.compile(r"arn:([^:*?]+):[^:]*:[^:]*:([0-9]*):.+", re.DOTALL)
_REGION = Some(frozenset(string.ascii_lowercase + string.digits + "-"))
_DIGITS = Some(frozenset(string.digits))
_NAME = Some(frozenset(string.ascii_letters + string.digits + ".@_-"))
_WORDS = Some(frozenset(string.ascii_letters + string.digits + " .@_-"))
_NO_RESOURCE: tuple[Shape, ...] = (("*",),)  # AWS compares with "*" where an action takes no resource

_OF_PIPELINES = (
    *("createpipeline", "deletepipeline", "getpipeline", "getpipelineexecution", "getpipelinestate"),
    *("listactionexecutions", "listpipelineexecutions", "listruleexecutions"),
    *("startpipelineexecution", "stoppipelineexecution", "updatepipeline"),
)
_OF_STAGES = (
    *("disablestagetransition", "enablestagetransition", "overridestagecondition"),
    *("retrystageexecution", "rollbackstage"),
)
_OF_ACTIONS = ("putactionrevision", "putapprovalresult")
_OF_NOTHING = (
    *("acknowledgejob", "acknowledgethirdpartyjob", "getjobdetails", "getthirdpartyjobdetails"),
    *("listactiontypes", "listpipelines", "listruletypes", "pollforthirdpartyjobs"),
    *("putjobfailureresult", "putjobsuccessresult"),
    *("putthirdpartyjobfailureresult", "putthirdpartyjobsuccessresult"),
)


@lru_cache(maxsize=1_024)
def resources_of(action: str, account: str | None, partition: str) -> tuple[Shape, ...]:
    """The shapes of what `action` can be asked for.

    Args:
        action: in full; case does not matter.
        account: twelve digits; None if it is not known.
        partition: such as "aws".
    """
    service, _, name = action.lower().partition(":")
    owner = account or _DIGITS
    pipelines: Shape = (f"arn:{partition}:codepipeline:", _REGION, ":", owner, ":", _NAME)
    if service == "codepipeline":
        if name in _OF_PIPELINES:
            return (pipelines,)
        if name in _OF_STAGES:
            return ((*pipelines, "/", _WORDS),)
        if name in _OF_ACTIONS:
            return ((*pipelines, "/", _WORDS, "/", _WORDS),)
        if name in _OF_NOTHING:
            return _NO_RESOURCE
    if service in ("iam", "sts"):
        return (*_NO_RESOURCE, (f"arn:{partition}:iam::", owner, ":", ANY))
    of_its_service: list[Shape] = [
        (f"arn:{partition}:{service}:", *region, ":", *owned, ":", ANY)
        for region in ((), (ANY_BUT_COLON,))
        for owned in ((), (ANY_BUT_COLON,))
    ]
    return (*_NO_RESOURCE, *of_its_service)


def account_and_partition(arn: str) -> tuple[str, str] | None:
    """Twelve digits and such as "aws", from the ARN of a user, group, role or policy; None if it is none."""
    found = _ARN.fullmatch(arn)
    return (found[2], found[1]) if found else None
