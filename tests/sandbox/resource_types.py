"""Resource types and documents that many tests of the plugin use."""

from __future__ import annotations

from tests.sandbox.aws import allow, document

USER, GROUP, ROLE = "aws:iam/user:User", "aws:iam/group:Group", "aws:iam/role:Role"
POLICY, INLINE = "aws:iam/policy:Policy", "aws:iam/groupPolicy:GroupPolicy"
LOGIN, MEMBERS = "aws:iam/userLoginProfile:UserLoginProfile", "aws:iam/groupMembership:GroupMembership"
ATTACHMENT = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
ATTACHMENTS_EXCLUSIVE = "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive"
POLICIES_EXCLUSIVE = "aws:iam/groupPoliciesExclusive:GroupPoliciesExclusive"
PIPELINE = "aws:codepipeline/pipeline:Pipeline"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
READ_ONLY = "arn:aws:iam::aws:policy/AWSCodePipeline_ReadOnlyAccess"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
LIST = document(allow("codepipeline:ListPipelines"))
GET = document(allow("codepipeline:GetPipeline"))
