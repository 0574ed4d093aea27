"""Why one source of a Pulumi CLI failed."""


class Unavailable(Exception):
    """The message is the reason, for the person who has to install something."""
