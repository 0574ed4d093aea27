"""Pure reasoning about IAM policies: standard library only, no Pulumi."""

from iam.document import InvalidDocument
from iam.grants import Grant, granted

__all__ = ["Grant", "InvalidDocument", "granted"]
