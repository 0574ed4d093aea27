"""Why one way to a Pulumi CLI is not open."""


class Unavailable(Exception):
    """The message is the reason, in words for the person who has to install something."""
